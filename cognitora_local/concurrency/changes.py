"""How those who wait learn that something has changed."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Changes:
    """Wakes everybody who waits for the next change."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """Set at the next change. Take it before you look, and nothing is missed in between."""
        return self._next

    def notify(self) -> None:
        """Something has changed."""
        self._next.set()
        self._next = asyncio.Event()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event; False when the time was over before."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
