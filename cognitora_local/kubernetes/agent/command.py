"""A command that runs in the pod beside the driver."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import struct
import termios

from . import spawning
from .journal import Journal
from .program import Program
from .usage import memory_kills

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .spawning import Children

READ_SIZE = 2**16
LEFT_READS = 64
"""Of each stream at most, of what is there when the command has ended: what it left running may print on."""
KEPT_BYTES = 2**20
"""Of what a gateway has: it writes that down at once, and so may be behind by much less when it is lost."""
END_OF_INPUT = b"\x04"


class Command:
    """A running command. `over` is done when it has ended and all that it printed is in the journal."""

    def __init__(self, children: Children, spec: dict[str, Any]) -> None:
        """Raises NotStarted."""
        self.journal = Journal(KEPT_BYTES)
        self._given = 0
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._last = b""
        self._kills = memory_kills()
        size = spec["terminal"]
        self._terminal = size is not None
        with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
            if size is not None:
                outer, inner = _opened(os.openpty(), ours, theirs)
                fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
                self._stdin: int | None = outer
                self._outputs = {os.dup(outer): "stdout"}
                ours.callback(os.close, *self._outputs)
                given = {0: inner, 1: inner, 2: inner}
            else:
                inside, self._stdin = _opened(os.pipe(), theirs, ours)
                out, out_inside = _opened(os.pipe(), ours, theirs)
                err, err_inside = _opened(os.pipe(), ours, theirs)
                self._outputs = {out: "stdout", err: "stderr"}
                given = {0: inside, 1: out_inside, 2: err_inside}
            for descriptor in (self._stdin, *self._outputs):
                os.set_blocking(descriptor, False)
            self._pid, self._ended = children.start(
                spec["command"],
                spec["environment"],
                given,
                folder=spec["folder"],
                terminal=self._terminal,
            )
            ours.pop_all()
        if not spec["stdin"]:  # now: no gateway may be there to say so later
            self._end_stdin()
        self.program = Program(self.journal, self)
        self._readable = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self.over = asyncio.create_task(self._see_through())

    def told(self) -> dict[str, Any]:
        return {"given": self._given, "closed": self._closed or self._stdin is None}

    async def take(self, kind: str, head: dict[str, Any], data: bytes) -> dict[str, Any]:
        if kind == "write":
            return {"count": await self._write(data, head.get("at", self._given))}
        if kind == "close_stdin" and not self._closed:
            if self._terminal:
                await self._write(self._end_of_input(), self._given)
                self._closed = True
            else:
                self._end_stdin()
        elif kind == "resize" and self._terminal and self._stdin is not None:
            fcntl.ioctl(self._stdin, termios.TIOCSWINSZ, struct.pack("HHHH", *head["size"], 0, 0))
        return {}

    def signal(self, number: int) -> None:
        """To it and its process group."""
        if not self._ended.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, number)

    def kill(self) -> None:
        if not self._ended.done():
            spawning.kill_tree(self._pid)

    def _end_stdin(self) -> None:
        """Of one that may wait for nothing: the terminal is new, or there is none."""
        self._closed = True
        if self._terminal and self._stdin is not None:
            os.write(self._stdin, END_OF_INPUT)
        else:
            self._close_stdin()

    def _end_of_input(self) -> bytes:
        # After half a line the first only hands that over.
        return END_OF_INPUT * (1 if self._last in (b"", b"\r", b"\n", END_OF_INPUT) else 2)

    async def _write(self, data: bytes, at: int) -> int | None:
        """How many of the first bytes it took, as soon as it took some; None: it takes no more.

        `at` is the place of the first in all that it is given: some may have been given to it by who
        didn't wait for the answer.
        """
        while True:
            if self._given > at:
                return min(self._given - at, len(data))
            if self._stdin is None or self._ended.done():
                return None
            try:
                taken = os.write(self._stdin, data)
            except BlockingIOError:
                await self._writable(self._stdin)
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.EIO):
                    raise
                return None
            else:
                self._last = data[taken - 1 : taken]
                self._given += taken
                return taken

    async def _writable(self, descriptor: int) -> None:
        ready = self._loop.create_future()

        def note() -> None:
            if not ready.done():
                ready.set_result(None)

        self._loop.add_writer(descriptor, note)
        try:
            await asyncio.wait({ready, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._loop.remove_writer(descriptor)

    def _close_stdin(self) -> None:
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None

    async def _see_through(self) -> None:
        status = await asyncio.shield(self._ended)
        self.program.over(status=status, memory_kills=[self._kills, memory_kills()])
        self._reading.cancel()
        await asyncio.wait({self._reading})
        for _ in range(LEFT_READS):
            if not await self._read_once():
                break
        self.journal.append("end")
        self._close_stdin()
        while self._outputs:
            os.close(self._outputs.popitem()[0])

    async def _read(self) -> None:
        while self._outputs:
            self._readable.clear()
            while await self._read_once():
                pass
            watched = [*self._outputs]
            for descriptor in watched:
                self._loop.add_reader(descriptor, self._readable.set)
            try:
                if watched:
                    await self._readable.wait()
            finally:
                for descriptor in watched:
                    self._loop.remove_reader(descriptor)

    async def _read_once(self) -> bool:
        """Read once from each stream; whether any had something."""
        found = False
        for descriptor in list(self._outputs):
            await self.journal.room()
            try:
                data = os.read(descriptor, READ_SIZE)
            except BlockingIOError:
                continue
            except OSError:  # EIO: nobody has the terminal any more
                data = b""
            if data:
                found = True
                self.journal.append(self._outputs[descriptor], data)
            else:
                del self._outputs[descriptor]
                os.close(descriptor)
        return found


def _opened(
    pair: tuple[int, int], first: contextlib.ExitStack, second: contextlib.ExitStack
) -> tuple[int, int]:
    """A pair of descriptors, each with what closes it."""
    for descriptor, closing in zip(pair, (first, second), strict=True):
        closing.callback(os.close, descriptor)
    return pair
