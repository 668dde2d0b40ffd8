"""What a program prints, by the ends of its pipes or of its terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from typing import Literal

from ..concurrency.time_slices import TimeSlices

Stream = Literal["stdout", "stderr"]

PIECE_BYTES = 256 * 1024

TERMINAL_BYTES = 128 * 1024
"""More than the kernel holds of what was printed to a terminal. Asked how much, it tells of 4 KiB at most."""


class Streams(AsyncIterator[tuple[Stream, bytes]]):
    """The pieces of a program's streams as they come, until all have ended or `finish` was called.

    Nothing is read ahead: who prints waits for who reads.
    """

    def __init__(self, fds: Mapping[Stream, int]) -> None:
        """Each of `fds` is closed when its stream has ended, and all by `close`."""
        self._open = dict(fds)
        self._slices = TimeSlices()
        self._left: dict[Stream, int] | None = None
        self._changed = asyncio.Event()
        for fd in fds.values():
            os.set_blocking(fd, False)

    async def __anext__(self) -> tuple[Stream, bytes]:
        while self._open:
            await self._slices.give_way()
            self._changed.clear()
            for stream in list(self._open):
                if data := self._read(stream):
                    return stream, data
            if self._left is not None:
                self.close()
            elif self._open:
                await self._wait()
        raise StopAsyncIteration

    def finish(self) -> None:
        """The program has ended: what is there already is the last, whoever else may hold the pipes."""
        self._left = {stream: _waiting(fd) for stream, fd in self._open.items()}
        self._changed.set()

    def close(self) -> None:
        """Read no more."""
        while self._open:
            os.close(self._open.popitem()[1])
        self._changed.set()

    def _read(self, stream: Stream) -> bytes:
        fd = self._open.pop(stream)
        most = PIECE_BYTES if self._left is None else min(self._left[stream], PIECE_BYTES)
        try:
            data = os.read(fd, most)
        except BlockingIOError:
            self._open[stream] = fd  # behind the others: each has its turn
            return b""
        except OSError:  # EIO: nobody has the terminal any more
            data = b""
        if self._left is not None:
            self._left[stream] -= len(data)
        if data:
            self._open[stream] = fd
        else:
            os.close(fd)
        return data

    async def _wait(self) -> None:
        loop, fds = asyncio.get_running_loop(), list(self._open.values())
        for fd in fds:
            loop.add_reader(fd, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            for fd in fds:
                loop.remove_reader(fd)


def _waiting(fd: int) -> int:
    """How many bytes are there to be read; of a terminal, more than there can be."""
    if os.isatty(fd):
        return TERMINAL_BYTES
    counted = fcntl.ioctl(fd, termios.FIONREAD, bytes(4))
    return int.from_bytes(counted, sys.byteorder)


async def write_some(fd: int, data: bytes | memoryview) -> int:
    """Write what a program takes of `data`, as soon as it takes some; how many bytes that were.

    Raises BrokenPipeError when it takes no more.
    """
    loop = asyncio.get_running_loop()
    while True:
        try:
            return os.write(fd, data)
        except BlockingIOError:
            writable: asyncio.Future[None] = loop.create_future()
            watched = os.dup(fd)  # who ends the program closes the other meanwhile
            loop.add_writer(watched, note, writable)
            try:
                await writable
            finally:
                loop.remove_writer(watched)
                os.close(watched)
        except OSError as error:
            raise BrokenPipeError(error.errno, error.strerror) from error


def note(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
