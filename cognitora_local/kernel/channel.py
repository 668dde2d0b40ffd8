"""The host's end of a kernel: one socket of frames, and the pipes behind fd 1 and fd 2.

Everything here is non-blocking and capped, since whatever is at the other side may be hostile.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from cognitora_local.concurrency.time_slices import deferred
from cognitora_local.kernel.drivers.python_driver.frames import pack
from cognitora_local.kernel.frames import FrameBuffer, FrameError
from cognitora_local.kernel.outputs import STREAMS

READ_SIZE = 2**16
"""Bytes at a time: what a pipe holds. So one kernel can't keep the event loop to itself."""

DRAIN_READS = 16
"""Reads of a pipe in a row; a pipe that is refilled as fast as it is read would never be empty."""

ARRIVAL = select.EPOLLIN | select.EPOLLET
"""By edges: an epoll tells of the pipes in the order in which there came to be something to read."""

FRAMES = 8
"""Frames at a time, for the same reason: they can be tiny, and each is work."""

FREE_SECONDS = 0.002
"""So long the loop works for an execution as soon as there is something to read, and then only in the
turns that all such executions share: whoever writes waits meanwhile, and no other call does."""

TURN_SECONDS = 0.00025
"""How long such a turn is."""

LAST_FRAMES = 2000
"""So many are read at most of what is left when the process has ended."""


class Listener(Protocol):
    """Who is told what comes through a channel."""

    def on_text(self, stream: str, data: bytes) -> None:
        """Something was written to fd 1 or fd 2."""
        ...

    def on_frame(self, fields: list[str]) -> None:
        """The driver sent a frame. May raise FrameError."""
        ...

    def on_end(self, reason: str | None) -> None:
        """Nothing more will come: the other side closed, or (the reason) breaks the protocol."""
        ...


class Channel:
    """Reads what the kernel sends and prints, in order, and tells its listener.

    The driver never writes to one of the three while another holds something unread. Hence the rule
    by which order is kept here: before a frame is taken off the socket, the pipes are emptied. Other
    programs don't wait for each other: of what they write to both pipes before these are read, it is
    known to which they wrote first, and no more.
    """

    def __init__(self, connection: socket.socket, listener: Listener) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._listener = listener
        self._frames = FrameBuffer()
        self._pipes: dict[int, str] = {}
        self._arrivals = select.epoll()
        self._reading = False
        self._taken = 0  # frames since it drains
        self._spent = 0.0  # seconds of the loop's, since it was told to read
        self._drained: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._put_off = deferred()

    async def open(self) -> None:
        """Wait until the driver says ready and hands its pipes over. Raises FrameError."""
        await self._readable()
        greeting = pack("ready")
        # Only once are descriptors accepted: a plain recv() drops any that come later.
        data, descriptors, _, _ = socket.recv_fds(self._socket, len(greeting), len(STREAMS))
        self._pipes = dict(zip(descriptors, STREAMS, strict=False))
        if data != greeting or len(descriptors) != len(STREAMS):
            raise FrameError("the driver didn't say that it is ready")
        for descriptor in descriptors:
            if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                raise FrameError("the driver sent something else than its pipes")
            os.set_blocking(descriptor, False)
            self._arrivals.register(descriptor, ARRIVAL)
        self.resume()

    async def send(self, frame: bytes) -> None:
        """Send a frame. Waits as long as the driver doesn't read; OSError when it is gone."""
        await self._loop.sock_sendall(self._socket, frame)

    def resume(self) -> None:
        """Read (again)."""
        self._spent = 0.0
        if not self._reading and self._socket.fileno() >= 0:
            self._reading = True
            self._listen()

    def pause(self) -> None:
        """Read nothing: whoever writes will wait, once the pipe is full."""
        if self._reading:
            self._reading = False
            self._ignore()
        self._put_off.remove(self._read_in_turn)

    def hurry(self) -> None:
        """Read now, whatever was read before: the code is to stop, and how it did is in there."""
        if self._reading:
            self.pause()
            self.resume()

    async def drain(self) -> None:
        """Read what there is, after the process has ended. Tells no end."""
        self.pause()
        self._taken = 0
        self._put_off.add(self._read_rest)
        await self._drained

    def close(self) -> None:
        self.pause()
        self._put_off.remove(self._read_rest)
        self._socket.close()
        self._arrivals.close()
        while self._pipes:
            os.close(self._pipes.popitem()[0])

    async def _readable(self) -> None:
        ready = self._loop.create_future()
        self._loop.add_reader(self._socket, ready.cancel)
        try:
            await asyncio.wait({ready})
        finally:
            self._loop.remove_reader(self._socket)

    def _listen(self) -> None:
        self._loop.add_reader(self._socket, self._read_now, self._read_socket)
        self._loop.add_reader(self._arrivals, self._read_now, self._read_pipes)

    def _ignore(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_reader(self._arrivals)

    def _read_now(self, read: Callable[[], bool]) -> None:
        """Read what there is, or in its turn, when what was free is spent."""
        if self._spent < FREE_SECONDS:
            begun = time.thread_time()
            read()
            self._spent += time.thread_time() - begun
        else:
            self._ignore()
            self._put_off.add(self._read_in_turn)

    def _read_in_turn(self) -> None:
        until = time.thread_time() + TURN_SECONDS
        while self._reading and (self._read_socket() or self._read_pipes()):
            if time.thread_time() > until:
                self._put_off.add(self._read_in_turn)
                return
        if self._reading:
            self._listen()

    def _read_rest(self) -> None:
        until = time.thread_time() + TURN_SECONDS
        more = False
        try:
            with suppress(FrameError):
                while self._taken < LAST_FRAMES and (data := _read(self._portion)):
                    self._empty_pipes()
                    self._take_frames(self._socket.recv(len(data)))
                    if more := time.thread_time() > until:
                        self._put_off.add(self._read_rest)
                        return
            self._empty_pipes()
        finally:  # whoever waits for it would wait for ever
            if not more and not self._drained.done():
                self._drained.set_result(None)

    def _read_socket(self) -> bool:
        """Take some frames, if there are any."""
        # Peeked first and taken off after the pipes are empty: the driver may print again as soon
        # as the frame is gone from the socket, and that must come after the frame.
        data = _read(self._portion)
        if data is None:
            return False
        self._empty_pipes()
        if not data:
            self._end(None)
            return False
        self._socket.recv(len(data))
        try:
            self._take_frames(data)
        except FrameError as error:
            self._end(str(error))
        return True

    def _portion(self) -> bytes:
        """What is to be read now: it stays on the socket, as does what comes after it."""
        data = self._socket.recv(READ_SIZE, socket.MSG_PEEK)
        return data[: self._frames.portion(data, FRAMES)]

    def _take_frames(self, data: bytes) -> None:
        for fields in self._frames.feed(data):
            self._taken += 1
            self._listener.on_frame(fields)

    def _empty_pipes(self) -> None:
        for _ in range(DRAIN_READS):
            if not self._read_pipes():
                break

    def _read_pipes(self) -> bool:
        """Read once from each pipe that has something, that which had it first before the other."""
        arrived = self._arrivals.poll(0)
        for descriptor, _ in arrived:
            if data := _read(lambda: os.read(descriptor, READ_SIZE)):  # noqa: B023  # called at once
                self._arrivals.modify(descriptor, ARRIVAL)  # there may be more, which is no edge
                self._listener.on_text(self._pipes[descriptor], data)
        return bool(arrived)

    def _end(self, reason: str | None) -> None:
        self.pause()
        self._listener.on_end(reason)


def _read(read: Callable[[], bytes]) -> bytes | None:
    """What was read: nothing at the end of the stream, None when there is nothing now."""
    try:
        return read()
    except BlockingIOError:
        return None
    except OSError:
        return b""
