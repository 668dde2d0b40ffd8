"""A program that a gateway talks to by numbered records, over one connection after the other."""

from __future__ import annotations

import asyncio

from . import messages
from .journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Process(Protocol):
        """What runs."""

        async def take(self, kind: str, head: dict[str, Any], data: bytes) -> dict[str, Any]:
            """Take one record from a gateway; what is told of that."""
            ...

        def told(self) -> dict[str, Any]:
            """What a gateway is told that takes it up."""
            ...

        def signal(self, number: int) -> None: ...

        def kill(self) -> None: ...


class Program:
    """Gives a process each record of its gateways once, and keeps what it says until they have it.

    Attributes:
        journal: what it says.
        closed: whether no gateway wants anything of it any more.
    """

    def __init__(self, journal: Journal, process: Process) -> None:
        self.journal = journal
        self.closed = asyncio.Event()
        self._process = process
        self._taken = 0
        self._inbox: asyncio.Queue[tuple[int, dict[str, Any], bytes]] = asyncio.Queue()
        self._working = asyncio.create_task(self._work())
        self._serving: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._over: dict[str, Any] | None = None

    def over(self, **how: Any) -> None:
        """Tell a gateway that the process has ended, whatever it has yet to read of what that said."""
        self._over = how
        if self._writer is not None:
            self._writer.write(messages.pack({"over": how}))

    async def serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        have: int,
        heard: Callable[[], None],
    ) -> None:
        """Go on with a gateway that has the records up to `have`, in place of the one before."""
        self.leave()
        self.journal.acknowledge(have)
        have = max(have, self.journal.first - 1)
        before = {"have": have, "printed": self.journal.printed_before}
        told = {"taken": self._taken, **before, **self._process.told()}
        writer.write(messages.pack(told))
        self._writer = writer
        if self._over is not None:
            self.over(**self._over)
        sending = asyncio.create_task(self._send(writer, have))
        self._serving = sending
        try:
            await self._receive(reader, heard, sending)
        finally:
            sending.cancel()
            if self._serving is sending:
                self._serving = self._writer = None

    def leave(self) -> None:
        """Let go of the gateway that this goes on with, if there is one."""
        if self._serving is not None:
            self._serving.cancel()
        if self._writer is not None:
            self._writer.close()
        while not self._inbox.empty():  # what wasn't taken is sent again, or is nobody's any more
            self._inbox.get_nowait()

    def close(self) -> None:
        """No gateway wants anything of it any more, though it may yet run."""
        self.closed.set()
        self.journal.close()

    def end(self) -> None:
        self._working.cancel()
        self.leave()

    async def _send(self, writer: asyncio.StreamWriter, have: int) -> None:
        try:
            while True:
                found = await self.journal.after(have)
                for message in found:
                    writer.write(message)
                    await writer.drain()
                have += len(found)
        finally:
            writer.close()

    async def _receive(
        self, reader: asyncio.StreamReader, heard: Callable[[], None], serving: asyncio.Task[None]
    ) -> None:
        while not self.closed.is_set():
            head, data = await messages.read(reader)
            if self._serving is not serving:  # another has come since
                return
            heard()
            if "n" in head:
                self._inbox.put_nowait((head["n"], head, data))
            if "ack" in head:
                self.journal.acknowledge(head["ack"])
            if "signal" in head:
                self._process.signal(head["signal"])
            if "kill" in head:
                self._process.kill()
            if "close" in head:
                self.close()

    async def _work(self) -> None:
        while True:
            number, head, data = await self._inbox.get()
            if number == self._taken + 1:  # else it is here already, by another connection
                self._taken = number
                told = await self._process.take(head["kind"], head, data)
                self.journal.append("took", of=number, **told)
