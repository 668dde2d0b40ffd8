"""The files of a pod: each file call is a program in it, started by its agent."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from ..filesystem.errors import FilesystemGone, FilesystemUnreachable
from ..filesystem.inside.frames import ERROR, LENGTH
from ..filesystem.visit import error_of, send
from ..sandbox.bubblewrap import WORK
from .link import LOST_SECONDS, PAUSES, LinkLost, Refused, Stream, ask
from .pod import Pod

MOST_BYTES = 16 * 2**20
"""Of an answer, or of a piece of a file: more than the program ever says. What is there may be another."""

_WAY = {"root": None, "namespace": None}
"""It is there already."""


class PodFilesystem:
    """What a pod sees of files. The attributes and methods are those of `filesystem.Filesystem`."""

    def __init__(self, pod: Pod, is_there: Callable[[], bool], folder: str = WORK) -> None:
        self.folder = folder
        self._pod = pod
        self._is_there = is_there

    def visit(self, **order: Any) -> AbstractAsyncContextManager[PodVisit]:
        return self._visit(order)

    @asynccontextmanager
    async def _visit(self, order: dict[str, Any]) -> AsyncIterator[PodVisit]:
        stream = await self._opened()
        visit = PodVisit(stream, self._is_there)
        try:
            await visit.put(json.dumps({**order, **_WAY}).encode())
            yield visit
        finally:
            stream.close()

    async def _opened(self) -> Stream:
        """A connection to a program that hasn't been told what to do. Its way may be broken for a while."""
        since = time.monotonic()
        for attempt in itertools.count():
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            try:
                stream, _ = await ask(self._pod.dial, op="visit", **self._pod.credentials)
            except (LinkLost, Refused) as error:
                raise FilesystemGone from error
            except (OSError, EOFError) as error:
                if not self._is_there():
                    raise FilesystemGone from error
                if time.monotonic() - since > LOST_SECONDS:
                    raise FilesystemUnreachable from error
            else:
                return stream
        raise AssertionError


class PodVisit:
    """A program in a pod, which was told what to do. The methods are those of `filesystem.Visit`."""

    def __init__(self, stream: Stream, is_there: Callable[[], bool]) -> None:
        self._stream = stream
        self._is_there = is_there
        self._first: asyncio.Task[bytes] | None = None  # of what it says: its answer

    async def answer(self) -> dict[str, Any]:
        first, self._first = self._first, None
        found: dict[str, Any] = json.loads(await (first or self._read()))
        return found

    async def send(self, pieces: AsyncIterable[bytes]) -> None:
        self._first = asyncio.create_task(self._read())
        # Nobody asks for it where what is sent can't be had.
        self._first.add_done_callback(lambda task: task.cancelled() or task.exception())
        await send(pieces, self.put, self._first)

    async def put(self, piece: bytes) -> bool:
        try:
            self._stream.write(len(piece).to_bytes(LENGTH, "big") + piece)
            await self._stream.drain()
        except OSError:
            return False
        return True

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        while piece := await self._read():
            yield piece

    async def _read(self) -> bytes:
        try:
            size = int.from_bytes(await self._stream.readexactly(LENGTH), "big")
            if size == ERROR:
                raise error_of(json.loads(await self._read()))
            if size > MOST_BYTES:
                raise RuntimeError(f"a pod announced {size:,} bytes where files are")
            return await self._stream.readexactly(size)
        except (EOFError, OSError) as error:
            if not self._is_there():
                raise FilesystemGone from error
            raise FilesystemUnreachable from error
