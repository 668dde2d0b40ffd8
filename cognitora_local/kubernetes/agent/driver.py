"""The driver of a language, as a program that a gateway talks to: what it sends and prints, in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import time

from . import spawning
from .frames import Frames
from .journal import KEPT_BYTES, Journal
from .program import Program
from .usage import memory_kills, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .spawning import Children

READ_SIZE = 2**16
DRAIN_READS = 16
ARRIVAL = select.EPOLLIN | select.EPOLLET
"""By edges: an epoll tells of the pipes in the order in which there came to be something to read."""
STREAMS = ("stdout", "stderr")
SOCKET = 3
"""What the driver has the other end of its socket as."""


class Driver:
    """A running driver. When it ends, all else that runs in the pod is ended with it, and nothing begins.

    Its socket is read after its pipes are empty, and it waits for the others to be so before it writes to
    one of them: hence the order is known, as it is to `kernel/channel.py` on one machine.
    """

    def __init__(self, children: Children, spec: dict[str, Any]) -> None:
        """Raises NotStarted."""
        self.journal = Journal(KEPT_BYTES)
        self._children = children
        self._frames = Frames()
        self._seen: set[str] = set()  # the executions that were begun
        self._begun: dict[str, Any] | None = None  # the last of them
        self._loop = asyncio.get_running_loop()
        self._kills = memory_kills()
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            # What it reads on standard input, at one place for all who have it, who can't write to it.
            self._stdin = os.memfd_create("stdin", os.MFD_CLOEXEC)
            ours.callback(os.close, self._stdin)
            self._stdin_read = os.open(f"/proc/self/fd/{self._stdin}", os.O_RDONLY | os.O_CLOEXEC)
            ours.callback(os.close, self._stdin_read)
            self._socket, inside = socket.socketpair()
            ours.callback(self._socket.close)
            theirs.callback(inside.close)
            nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            theirs.callback(os.close, nothing)
            self._arrivals = select.epoll()
            ours.callback(self._arrivals.close)
            children.go_on()
            ours.callback(children.stop)
            self._pid, self._ended = children.start(
                spec["command"],
                spec["environment"],
                {0: self._stdin_read, 1: nothing, 2: 2, SOCKET: inside.fileno()},
                folder=spec["folder"],
            )
            ours.pop_all()
        self._socket.setblocking(False)
        self._pipes: dict[int, str] = {}
        self._readable = asyncio.Event()
        self.program = Program(self.journal, self)
        self._reading = asyncio.create_task(self._read())
        self.over = asyncio.create_task(self._see_through())

    def told(self) -> dict[str, Any]:
        """What a gateway must know to take over: the last execution, and whether what it said is complete."""
        begun = self._begun and {
            **self._begun,
            "seconds": time.monotonic() - self._begun["since"],
        }
        whole = self.journal.first <= self.journal.kept + 1
        return {"begun": begun, "greeted": self.journal.first > 1, "whole": whole}

    async def take(self, kind: str, head: dict[str, Any], data: bytes) -> dict[str, Any]:
        if kind == "begin":  # at most once, whoever asks
            if head["id"] in self._seen:
                return {"seen": True}
            self._seen.add(head["id"])
            begun = {"id": head["id"], "count": head["count"], "settled": False, "handed": False}
            self._begun = {**begun, "since": time.monotonic(), "cpu_ms": usage()["cpu_ms"]}
        elif kind == "settled":
            if self._begun is not None:
                self._begun["settled"] = True
            self.journal.settle(self._frames.whole(head["have"]))
        elif kind == "stdin":
            os.ftruncate(self._stdin, 0)
            os.lseek(self._stdin_read, 0, os.SEEK_SET)
            while data:
                data = data[os.pwrite(self._stdin, data, os.fstat(self._stdin).st_size) :]
        elif kind == "frame":
            if self._begun is not None:
                self._begun["handed"] = True
            with contextlib.suppress(OSError):  # it has ended, which is told
                await self._loop.sock_sendall(self._socket, data)
        return {}

    def signal(self, number: int) -> None:
        if not self._ended.done():
            os.kill(self._pid, number)

    def kill(self) -> None:
        if not self._ended.done():
            spawning.kill_tree(self._pid)

    async def _see_through(self) -> None:
        status = await asyncio.shield(self._ended)
        self._children.stop()  # who asks for more is late: its session has ended, or gets another driver
        killed = memory_kills() > self._kills
        self.program.over(status=status, out_of_memory=killed, **usage())
        self._reading.cancel()
        await asyncio.wait({self._reading})
        with contextlib.suppress(OSError):
            while await self._read_once():
                pass
        self.journal.append("end")
        for descriptor in (*self._pipes, self._stdin, self._stdin_read):
            os.close(descriptor)
        self._arrivals.close()
        self._socket.close()

    async def _read(self) -> None:
        self._loop.add_reader(self._socket, self._readable.set)
        self._loop.add_reader(self._arrivals, self._readable.set)
        try:
            while True:
                self._readable.clear()
                try:
                    while await self._read_once():
                        pass
                except OSError:
                    self._loop.remove_reader(self._socket)  # it has closed it, and its end follows
                await self._readable.wait()
        finally:
            self._loop.remove_reader(self._socket)
            self._loop.remove_reader(self._arrivals)

    async def _read_once(self) -> bool:
        """Take what is there, and say whether that was anything. Raises OSError at the socket's end."""
        await self.journal.room()
        if not self._pipes:
            return self._take_greeting()
        try:
            data = self._socket.recv(READ_SIZE, socket.MSG_PEEK)
        except BlockingIOError:
            return await self._read_pipes()
        for _ in range(DRAIN_READS):
            if not await self._read_pipes():
                break
        if not data:
            raise ConnectionResetError
        self._socket.recv(len(data))
        self._append(data)
        return True

    def _take_greeting(self) -> bool:
        try:
            # Only once are descriptors accepted: a plain recv() drops any that come later.
            data, descriptors, _, _ = socket.recv_fds(self._socket, READ_SIZE, len(STREAMS))
        except BlockingIOError:
            return False
        if not data:
            raise ConnectionResetError
        self._pipes = dict(zip(descriptors, STREAMS, strict=False))
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
            self._arrivals.register(descriptor, ARRIVAL)
        self._append(data)
        return True

    def _append(self, data: bytes) -> None:
        for piece in self._frames.divided(data, self.journal.last + 1):
            self.journal.append("frame", piece, **usage())

    async def _read_pipes(self) -> bool:
        """Read once from each that has something, that which had it first before the other."""
        await self.journal.room()
        arrived = self._arrivals.poll(0)
        for descriptor, _ in arrived:
            try:
                data = os.read(descriptor, READ_SIZE)
            except BlockingIOError:
                continue
            if data:
                self._arrivals.modify(descriptor, ARRIVAL)  # there may be more, which is no edge
                self.journal.append(self._pipes[descriptor], data)
        return bool(arrived)
