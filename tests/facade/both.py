"""Lets one test speak for both facades: the async one is driven as if it were sync."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

DRIVEN = (
    "CognitoraAsync",
    "AsyncCodeInterpreter",
    "AsyncContainers",
    "AsyncInterpreterSession",
    "AsyncContainer",
    "AsyncExecutionStream",
    "AsyncSandboxFile",
    "AsyncSandboxPath",
    "AsyncProcesses",
    "AsyncProcess",
)


class Driven:
    """An object of the async facade whose coroutines are run to their end."""

    def __init__(self, inner: Any, runner: asyncio.Runner) -> None:
        self.inner = inner
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        return (
            self._wrap(value)
            if not callable(value) or inspect.isclass(value)
            else self._call(value)
        )

    def __enter__(self) -> Any:
        return self._wrap(self._run(self.inner.__aenter__()))

    def __exit__(self, *exception: object) -> None:
        self._run(self.inner.__aexit__(*exception))

    def __iter__(self) -> Iterator[Any]:
        return self._iterate(aiter(self.inner))

    def __truediv__(self, part: Any) -> Any:
        return self._wrap(self.inner / _inner(part))

    def __repr__(self) -> str:
        return repr(self.inner)

    def __str__(self) -> str:
        return str(self.inner)

    def _call(self, method: Any) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            given = {name: _inner(value) for name, value in keywords.items()}
            return self._wrap(method(*map(_inner, arguments), **given))

        return call

    def _wrap(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            value = self._run(value)
        if type(value).__name__ in DRIVEN:
            return Driven(value, self._runner)
        return self._iterate(value) if isinstance(value, AsyncIterator) else value

    def _iterate(self, source: AsyncIterator[Any]) -> Iterator[Any]:
        async def step() -> Any:
            return await anext(source, END)

        try:
            while (value := self._runner.run(step())) is not END:
                yield self._wrap(value)
        finally:
            # Not left to the garbage collector, by whose time the loop may be gone.
            if isinstance(source, AsyncGenerator) and not self._runner.get_loop().is_closed():
                self._run(source.aclose())
                self._runner.run(asyncio.sleep(0))  # a closed transport lets go one step later

    def _run(self, awaitable: Any) -> Any:
        async def wait() -> Any:
            return await awaitable

        return self._runner.run(wait())


def _inner(value: Any) -> Any:
    if isinstance(value, list):
        return [_inner(each) for each in value]
    return value.inner if isinstance(value, Driven) else value


END = object()
