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
        if self._serving is not None:
            self._serving.cancel()
        self.journal.acknowledge(have)
        have = max(have, self.journal.given_up)
        told = {"taken": self._taken, "have": have, "printed": self.journal.printed_before}
        writer.write(messages.pack(told))
        self._writer = writer
        if self._over is not None:
            self.over(**self._over)
        sending = asyncio.create_task(self._send(writer, have))
        self._serving = sending
        try:
            await self._receive(reader, heard)
        finally:
            sending.cancel()
            if self._serving is sending:
                self._serving = self._writer = None

    def end(self) -> None:
        self._working.cancel()

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

    async def _receive(self, reader: asyncio.StreamReader, heard: Callable[[], None]) -> None:
        while not self.closed.is_set():
            head, data = await messages.read(reader)
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
                self.closed.set()

    async def _work(self) -> None:
        while True:
            number, head, data = await self._inbox.get()
            if number == self._taken + 1:  # else it is here already, by another connection
                self._taken = number
                told = await self._process.take(head["kind"], head, data)
                self.journal.append("took", of=number, **told)
