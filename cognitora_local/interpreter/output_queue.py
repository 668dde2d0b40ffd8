"""Outputs on their way from running code to a reader who may be slow."""

from __future__ import annotations

import asyncio

from ..concurrency.changes import wait_for
from ..kernel.outputs import Joined, Output


class OutputQueue:
    """What was put in comes out in order. Adjacent text of one stream is joined while it waits.

    It never makes the code wait, and holds no more than an execution may put out.
    """

    def __init__(self) -> None:
        self._waiting = Joined()
        self._changed = asyncio.Event()

    def put(self, output: Output) -> None:
        self._waiting.add(output)
        self.notify()

    def take(self) -> list[Output]:
        """All that waits."""
        waiting, self._waiting = self._waiting, Joined()
        self._changed.clear()
        return waiting.all()

    def notify(self) -> None:
        """End the reader's waiting: there is something to look at."""
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until something was put in, or `notify` was called; False when the time was over."""
        return await wait_for(self._changed, seconds)
