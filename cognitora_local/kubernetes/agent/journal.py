"""What a program has said, by number, until a gateway has it."""

from __future__ import annotations

import asyncio

from .messages import pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HELD_BYTES = 2**20
"""As many are read ahead of a gateway. Who prints more waits for it."""

PRINTED = ("stdout", "stderr")


class Journal:
    """Records, numbered from 1 on.

    Attributes:
        printed_before: how many bytes were printed in those that are held no more.
    """

    def __init__(self) -> None:
        self.printed_before = 0
        self._first = 1  # the number of the first that is held
        self._held: list[bytes] = []
        self._printed: list[int] = []  # by each of them
        self._bytes = 0
        self._changed = asyncio.Event()

    def append(self, kind: str, data: bytes = b"", **head: Any) -> None:
        number = self._first + len(self._held)
        message = pack({"n": number, "kind": kind, **head}, data)
        self._held.append(message)
        self._printed.append(len(data) if kind in PRINTED else 0)
        self._bytes += len(message)
        self._change()

    def acknowledge(self, number: int) -> None:
        """A gateway has the records up to this one: they are given up."""
        count = max(0, number - self._first + 1)
        self._bytes -= sum(len(each) for each in self._held[:count])
        self.printed_before += sum(self._printed[:count])
        del self._held[:count]
        del self._printed[:count]
        self._first += count
        self._change()

    @property
    def given_up(self) -> int:
        """The number of the last record that is held no more."""
        return self._first - 1

    async def room(self) -> None:
        """Return when another record may be appended."""
        while self._bytes >= HELD_BYTES:
            await self._changed.wait()

    async def after(self, number: int) -> list[bytes]:
        """The records behind this one, when there are some, as messages."""
        while not (found := self._held[max(0, number - self._first + 1) :]):
            await self._changed.wait()
        return found

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
