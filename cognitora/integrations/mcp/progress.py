"""Tells a caller how it goes on while something runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic

from mcp.server.mcpserver import Context

EVERY_S = 0.5
"""How often something new is told at most."""
SILENT_S = 5.0
"""After how long it is told that there is nothing new."""
LINE = 200


class Progress:
    """What has been printed last."""

    def __init__(self, total: float) -> None:
        self.total = total
        self._last = ""
        self._new = False

    def say(self, text: str) -> None:
        """Remembers the last line of what was printed."""
        lines = text.split("\n")
        self._last = next((line for line in reversed(lines) if line.strip()), self._last)[:LINE]
        self._new = True

    def taken(self) -> tuple[bool, str]:
        """Whether it is new, and what it is."""
        new, self._new = self._new, False
        return new, self._last


@asynccontextmanager
async def reported(context: Context, total: float) -> AsyncGenerator[Progress]:
    """Reports the seconds that have passed, of `total`, and the last line that was printed.

    A caller that asks for no progress is told nothing.
    """
    progress = Progress(total)
    telling = asyncio.create_task(_tell(context, progress))
    try:
        yield progress
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(context: Context, progress: Progress) -> None:
    begun = told = monotonic()
    while True:
        await asyncio.sleep(EVERY_S)
        new, line = progress.taken()
        if new or monotonic() - told >= SILENT_S:
            told = monotonic()
            await context.report_progress(round(told - begun, 1), progress.total, line or None)
