"""Programs that the tests run in sandboxes and outside of them, and the talk with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from cognitora_local.sandbox import Host, Limits, Sandbox

# What every program of the tests begins with: `say` sends a value to the host, `hear` waits for one.
PREFACE = """
import json, os, socket, sys
_host = socket.socket(fileno=3)
_lines = _host.makefile("rw")
def say(value=None):
    _lines.write(json.dumps(value) + "\\n")
    _lines.flush()
def hear():
    return json.loads(_lines.readline())
def tried(action, *arguments):
    try:
        return ["done", repr(action(*arguments))]
    except OSError as error:
        import errno
        return ["failed", errno.errorcode.get(error.errno, repr(error))]
"""

SECONDS = 20.0


class Live:
    """A program in a sandbox, and the talk with it."""

    def __init__(
        self, sandbox: Sandbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sandbox = sandbox
        self._reader = reader
        self._writer = writer

    async def hear(self) -> Any:
        """The next value that the program says."""
        async with asyncio.timeout(SECONDS):
            line = await self._reader.readline()
            if not line:
                status = await self.sandbox.wait()
                raise AssertionError(f"ended with {status}: {self.sandbox.stderr()}")
            return json.loads(line)

    async def heard_last(self) -> int:
        """Waits until the program has ended; its exit status."""
        async with asyncio.timeout(SECONDS):
            return await self.sandbox.wait()

    def say(self, value: Any) -> None:
        self._writer.write(json.dumps(value).encode() + b"\n")


class Start(Protocol):
    def __call__(
        self,
        source: str,
        *,
        limits: Limits = ...,
        environment: Mapping[str, str] = ...,
        folder: Path | None = ...,
        host: Host | None = ...,
    ) -> AbstractAsyncContextManager[Live]: ...


class Run(Protocol):
    async def __call__(
        self,
        source: str,
        *,
        limits: Limits = ...,
        environment: Mapping[str, str] = ...,
        folder: Path | None = ...,
        host: Host | None = ...,
    ) -> Any: ...


class Outside(Protocol):
    def __call__(
        self, source: str, *, environment: Mapping[str, str] = ..., folder: Path | None = ...
    ) -> Any: ...
