"""200 MB up and down again, through both facades and the runtime, in little memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import KINDS, client_of
from tests.conftest import Runtime

MB = 1024 * 1024
SIZE = 200 * MB


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client of each kind, straight at the runtime."""
    with client_of(request.param, runtime) as client:
        yield client


def test_200_mb_in_constant_memory(client: Any, tmp_path: Path) -> None:
    with client.code_interpreter.session() as session:
        session.run("1")  # what the first call imports and opens isn't the file's
        move(session, tmp_path)
        assert session.run("import os; os.path.getsize('large')").text == str(SIZE)


@pytest.mark.usefixtures("registry")
def test_200_mb_of_a_container_in_constant_memory(client: Any, tmp_path: Path) -> None:
    with client.containers.container("docker.io/library/busybox", 1, 64, 5, storage_gb=1) as box:
        box.run(["true"])
        move(box, tmp_path)
        assert box.run(["stat", "-c", "%s", "large"]).output == f"{SIZE}\n"


def move(place: Any, folder: Path) -> None:
    """Moves a file of 200 MB to a session or a container and back."""
    source, target = folder / "source", folder / "target"
    with source.open("wb") as file:
        os.truncate(file.fileno(), SIZE)
        os.pwrite(file.fileno(), b"the end", SIZE - 7)
    tracemalloc.start()
    place.upload(source, "large")
    place.download("large", target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MB
    assert target.stat().st_size == SIZE
    with target.open("rb") as file:
        file.seek(-7, os.SEEK_END)
        assert file.read() == b"the end"
