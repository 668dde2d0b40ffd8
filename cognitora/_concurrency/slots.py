"""A number of places, of which one has to have one: for tasks on asyncio, and for threads."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future


class AsyncSlots:
    """A number of places; who finds none free waits, on whichever event loop of whichever thread."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[Future[None]] = deque()
        # What a dead event loop leaves gives its place back when it is collected: at any step, in any thread.
        self._lock = threading.RLock()

    async def take(self, seconds: float) -> bool:
        """Waits for a free place; False if there was none in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            place: Future[None] = Future()
            self._waiting.append(place)
        from .tasks import settled  # asyncio is in use here

        try:
            await settled(place, seconds)
        except BaseException:
            if not self._leave(place):
                self.give_back()
            raise
        return not self._leave(place)

    def give_back(self) -> None:
        """Frees a place, or hands it to who waits longest."""
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            place = self._waiting.popleft()
        place.set_result(None)

    def _leave(self, place: Future[None]) -> bool:
        """Waits no more; False if it has been handed one by now."""
        with self._lock:
            if place not in self._waiting:
                return False
            self._waiting.remove(place)
            return True


class Slots:
    """The same for threads."""

    def __init__(self, count: int) -> None:
        self._semaphore = threading.Semaphore(count)

    def take(self, seconds: float) -> bool:
        """Waits for a free place; False if there was none in time."""
        return self._semaphore.acquire(timeout=seconds)

    def give_back(self) -> None:
        """Frees a place."""
        self._semaphore.release()
