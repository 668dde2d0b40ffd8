"""Outputs on their way from running code to a reader who may be slow."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from dataclasses import dataclass, field

from ..store.interpreter_rows import STREAMS
from ..store.models import OutputRecord


@dataclass(slots=True)
class _Text:
    first: OutputRecord
    text: io.StringIO = field(default_factory=io.StringIO)

    def joined(self) -> OutputRecord:
        first = self.first
        return OutputRecord(first.type, self.text.getvalue(), None, first.timestamp)


class OutputQueue:
    """What was put in comes out in order. Adjacent text of one stream is joined while it waits.

    It never makes the code wait, and holds no more than an execution may put out.
    """

    def __init__(self) -> None:
        self._waiting: list[OutputRecord | _Text] = []
        self._changed = asyncio.Event()

    def put(self, output: OutputRecord) -> None:
        if output.type in STREAMS and isinstance(output.data, str):
            last = self._waiting[-1] if self._waiting else None
            if not isinstance(last, _Text) or last.first.type != output.type:
                last = _Text(output)
                self._waiting.append(last)
            last.text.write(output.data)
        else:
            self._waiting.append(output)
        self.notify()

    def take(self) -> list[OutputRecord]:
        """All that waits."""
        waiting, self._waiting = self._waiting, []
        self._changed.clear()
        return [each.joined() if isinstance(each, _Text) else each for each in waiting]

    def notify(self) -> None:
        """End the reader's waiting: there is something to look at."""
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until something was put in, or `notify` was called; False when the time was over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        return self._changed.is_set()
