"""200 MB up and down again, through both facades and the runtime, in little memory."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync
from tests.conftest import Runtime
from tests.facade.both import Driven

MB = 1024 * 1024
SIZE = 200 * MB


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client of each kind, straight at the runtime."""
    with asyncio.Runner() as runner:
        if request.param == "sync":
            made: Any = Cognitora(runtime.api_key, base_url=runtime.base_url)
        else:
            made = Driven(CognitoraAsync(runtime.api_key, base_url=runtime.base_url), runner)
        yield made
        made.close()


def test_200_mb_in_constant_memory(client: Any, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        os.truncate(file.fileno(), SIZE)
        os.pwrite(file.fileno(), b"the end", SIZE - 7)
    with client.code_interpreter.session() as session:
        session.run("1")  # what the first call imports and opens isn't the file's
        tracemalloc.start()
        session.upload(source, "large")
        session.download("large", target)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert session.run("import os; os.path.getsize('large')").text == str(SIZE)
    assert peak < 8 * MB
    assert target.stat().st_size == SIZE
    with target.open("rb") as file:
        file.seek(-7, os.SEEK_END)
        assert file.read() == b"the end"
