"""What a program has said, by number, until a gateway has it, and longer where it is to be told again."""

from __future__ import annotations

import asyncio

from .messages import pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELD_BYTES = 2**20
"""As many are read ahead of a gateway. Who prints more waits for it."""

PRINTED = ("stdout", "stderr")

KEPT_BYTES = 2**24
"""As many are kept of what has arrived of a driver: more than an execution may put out."""


class Journal:
    """Records, numbered from 1 on.

    Attributes:
        first: the number of the first that is held.
        printed_before: how many bytes were printed in those that are held no more.
        kept: what has arrived is held behind this number, for a gateway that takes over.
    """

    def __init__(self, kept_bytes: int) -> None:
        """Of what has arrived, and isn't settled, so many bytes are kept at most."""
        self.first = 1
        self.printed_before = 0
        self.kept = 0
        self._kept_bytes = kept_bytes
        self._held: list[bytes] = []
        self._printed: list[int] = []  # by each of them
        self._bytes = 0
        self._arrived = 0  # the number of the last that a gateway has
        self._waiting_bytes = 0  # of those behind it
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def last(self) -> int:
        return self.first + len(self._held) - 1

    def append(self, kind: str, data: bytes = b"", **head: Any) -> None:
        if self._closed:
            return
        message = pack({"n": self.last + 1, "kind": kind, **head}, data)
        self._held.append(message)
        self._printed.append(len(data) if kind in PRINTED else 0)
        self._bytes += len(message)
        self._waiting_bytes += len(message)
        self._change()

    def acknowledge(self, number: int) -> None:
        """A gateway has the records up to this one: they are given up, unless they are kept."""
        for each in self._held[self._arrived + 1 - self.first : max(0, number + 1 - self.first)]:
            self._waiting_bytes -= len(each)
        self._arrived = max(self._arrived, min(number, self.last))
        self._give_up()
        self._change()

    def settle(self, number: int) -> None:
        """No gateway needs the records up to this one again."""
        self.kept = max(self.kept, number)
        self.acknowledge(number)

    def close(self) -> None:
        """Hold nothing, whatever is yet to be said: nobody wants it. So there is always room."""
        self.settle(self.last)
        self._closed = True

    async def room(self) -> None:
        """Return when another record may be appended."""
        while self._waiting_bytes >= HELD_BYTES:
            await self._changed.wait()

    async def after(self, number: int) -> list[bytes]:
        """The records behind this one, when there are some, as messages."""
        while not (found := self._held[max(0, number - self.first + 1) :]):
            await self._changed.wait()
        return found

    def _give_up(self) -> None:
        count, size = 0, self._bytes
        for each in self._held[: self._arrived + 1 - self.first]:
            if self.first + count > self.kept and size <= self._kept_bytes:
                break
            count, size = count + 1, size - len(each)
        self.printed_before += sum(self._printed[:count])
        del self._held[:count]
        del self._printed[:count]
        self.first, self._bytes = self.first + count, size

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
