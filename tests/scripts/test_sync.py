"""The derivation of sync code from async code."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.generate import sync
from scripts.generate.errors import GenerationError

ASYNC = '''
"""A module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any
from contextlib import asynccontextmanager

from ..time import async_sleep
from .client import AsyncBaseClient, _AsyncPool


class CognitoraAsync:
    """A client."""

    def __init__(self) -> None:
        self._client = AsyncBaseClient(_AsyncPool())

    async def __aenter__(self) -> CognitoraAsync:
        return self

    async def aclose(self) -> None:
        await async_sleep(1)
        async with self._client as client:
            await client.aclose()

    async def call(self, make: Callable[[int], Awaitable[str]]) -> Coroutine[Any, Any, str]:
        return make(1)

    async def lines(self) -> AsyncIterator[str]:
        async for line in self._client:
            yield line
'''

SYNC = '''# Derived from ../_async/client.py by `make generate`: change that, not this.

"""A module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..time import sleep
from .client import BaseClient, _Pool


class Cognitora:
    """A client."""

    def __init__(self) -> None:
        self._client = BaseClient(_Pool())

    def __enter__(self) -> Cognitora:
        return self

    def close(self) -> None:
        sleep(1)
        with self._client as client:
            client.close()

    def call(self, make: Callable[[int], str]) -> str:
        return make(1)

    def lines(self) -> Iterator[str]:
        for line in self._client:
            yield line
'''


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "_async"
    folder.mkdir()
    return folder


def test_names_and_syntax_become_sync(source: Path, tmp_path: Path) -> None:
    (source / "client.py").write_text(ASYNC)
    sync.derive(source, tmp_path / "_sync")
    assert (tmp_path / "_sync" / "client.py").read_text() == SYNC


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("AsyncBaseClient", "BaseClient"),
        ("_AsyncPool", "_Pool"),
        ("async_sleep", "sleep"),
        ("CognitoraAsync", "Cognitora"),
        ("aclose", "close"),
        ("asyncio", "asyncio"),
        ("Asynchronous", "Asynchronous"),
    ],
)
def test_names(name: str, becomes: str) -> None:
    assert sync.new_name(name) == becomes


@pytest.mark.parametrize(
    "line", ['f"{await x()}"', 'f"{AsyncBaseClient.name}"', 'f"{self.aclose}"']
)
def test_an_f_string_that_depends_on_the_python_version_is_refused(
    source: Path, tmp_path: Path, line: str
) -> None:
    (source / "client.py").write_text(
        f"AsyncBaseClient = aclose = 1\n\nasync def f(self, x):\n    return {line}\n"
    )
    with pytest.raises(GenerationError, match=r"client\.py:4: an f-string holds what is renamed"):
        sync.derive(source, tmp_path / "_sync")


def test_nothing_to_derive_from_is_an_error(source: Path, tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="there is no module in"):
        sync.derive(source, tmp_path / "_sync")


def test_a_syntax_error_is_named_with_its_line(source: Path, tmp_path: Path) -> None:
    (source / "client.py").write_text("x = 1\ndef (\n")
    with pytest.raises(GenerationError, match=r"client\.py:2: invalid syntax"):
        sync.derive(source, tmp_path / "_sync")
