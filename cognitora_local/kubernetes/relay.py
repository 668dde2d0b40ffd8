"""Between a kernel and the link to its driver: what came over the link is there as if the driver were.

The kernel has one end of a socket, and the pipes of the driver's fd 1 and fd 2. As a driver does, this waits
until one of the three was read before it writes to another, where the order would be lost otherwise.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
import termios
from collections.abc import Callable, Mapping
from contextlib import suppress

from ..concurrency.completion import to_completion
from ..kernel.drivers.python_driver.frames import pack
from .link import Link, LinkLost

READ_SIZE = 2**16
STREAMS = ("stdout", "stderr")
_OUTQ = 0x5411  # SIOCOUTQ: bytes that the other side of a socket hasn't read yet
_PAUSES = (0.0, 0.0, 0.0, 0.0001, 0.0005, 0.002, 0.01)
"""In seconds, between one look whether it was read and the next; the last for all that follow."""


class Relay:
    """Carries both ways, from `start` on.

    Attributes:
        socket: the kernel's end.
        done: whether all that came over the link was handed on.
    """

    def __init__(
        self, link: Link, note: Callable[[Mapping[str, object]], None], *, greeted: bool = False
    ) -> None:
        """`note` is told the head of each record, before the kernel can know of it.

        `greeted`: the driver has greeted another gateway, and doesn't again.
        """
        self.socket, self._ours = socket.socketpair()
        self._ours.setblocking(False)
        self._link = link
        self._note = note
        self._pipes: dict[str, int] = {}
        self._last: str | None = None  # where something was written to last
        if greeted:
            self._greet(pack("ready"))
        self._sending = asyncio.create_task(self._send())
        self.done = asyncio.create_task(self._hand_on())

    async def close(self) -> None:
        """Hand on nothing more. What the kernel has yet to read it can read."""
        for task in (self._sending, self.done):
            task.cancel()
        await to_completion(asyncio.wait({self._sending, self.done}))
        self._ours.close()
        while self._pipes:
            os.close(self._pipes.popitem()[1])

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while data := await loop.sock_recv(self._ours, READ_SIZE):
                await self._take(data)

    async def _take(self, data: bytes) -> None:
        with suppress(LinkLost):  # which is told as its end
            await self._link.send("frame", data)

    async def _hand_on(self) -> None:
        with suppress(OSError):  # the kernel is closed
            async for kind, head, data in self._link.records():
                self._note(head)
                if not self._pipes:
                    self._greet(data)
                elif kind == "frame":
                    # The pipes are read before it is taken.
                    await asyncio.get_running_loop().sock_sendall(self._ours, data)
                    self._last = "frame"
                elif kind in self._pipes:
                    await self._print(kind, data)

    def _greet(self, data: bytes) -> None:
        theirs = []
        for stream in STREAMS:
            reading, self._pipes[stream] = os.pipe()
            os.set_blocking(self._pipes[stream], False)
            theirs.append(reading)
        socket.send_fds(self._ours, [data], theirs)
        for descriptor in theirs:
            os.close(descriptor)

    async def _print(self, stream: str, data: bytes) -> None:
        if self._last not in (stream, None):
            await self._until_read()
        self._last = stream
        pipe, rest = self._pipes[stream], memoryview(data)
        while rest:
            try:
                rest = rest[os.write(pipe, rest) :]
            except BlockingIOError:
                await _writable(pipe)

    async def _until_read(self) -> None:
        """Return when the kernel has read all that was written last."""
        assert self._last is not None
        frame = self._last == "frame"
        descriptor = self._ours.fileno() if frame else self._pipes[self._last]
        request = _OUTQ if frame else termios.FIONREAD
        looks = 0
        while int.from_bytes(fcntl.ioctl(descriptor, request, bytes(4)), sys.byteorder):
            await asyncio.sleep(_PAUSES[min(looks, len(_PAUSES) - 1)])
            looks += 1


async def _writable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_writer(descriptor)
