"""Long work on the event loop, done in short slices, so that everybody else goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
U = TypeVar("U")

SLICE_SECONDS = 0.001
"""How long the work has the loop to itself at a time."""

IDLE_SECONDS = 0.0002
"""What a round of the loop takes at most in which nobody else had anything to do."""

ROUNDS = 8
"""Of the loop, after which the work has a turn however much the others have to do."""

SHARE = 0.25
"""Of the loop's time: what all put off work has, at most, however much of it there is."""

SAVED_SECONDS = 0.004
"""So much of the pauses may have been made before: a loop can't wait for less than a millisecond."""


class TimeSlices:
    """`await slices.give_way()` often: it does nothing until a slice is over."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    async def give_way(self) -> None:
        if time.perf_counter() - self._begun > SLICE_SECONDS:
            await _queue().wait()
            self._begun = time.perf_counter()


async def map_in_slices(make: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What is made of each of the items."""
    slices = TimeSlices()
    made: list[U] = []
    for item in items:
        made.append(make(item))
        await slices.give_way()
    return made


class _Queue:
    """All long work of a loop. One has a turn when there is nothing else to do, or has long been.

    A small call takes some twenty rounds of the loop. If long work had a turn in each, or each of it
    had one, the call would wait for as many.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._rounds = 0
        self._looked = 0.0

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        if not self._waiting:
            self._look_again(loop)
        self._waiting.append(turn)
        await turn

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looked = time.perf_counter()
        loop.call_soon(self._next, loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        self._rounds += 1
        busy = time.perf_counter() - self._looked > IDLE_SECONDS
        if busy and self._rounds < ROUNDS:
            self._look_again(loop)
            return
        self._rounds = 0
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                break
        if self._waiting:
            self._look_again(loop)


class Deferred:
    """Work that is put off, a short turn at a time: who was put off first has the first.

    After each turn the loop has time for everything else, the more of it the longer the turn was.
    """

    def __init__(self) -> None:
        self._turns: dict[Callable[[], None], None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def add(self, turn: Callable[[], None]) -> None:
        """Call it once, when its turn comes. Who has more to do adds it again."""
        self._turns[turn] = None
        self._await_next()

    def remove(self, turn: Callable[[], None]) -> None:
        """Don't call it, if it waits for its turn."""
        self._turns.pop(turn, None)

    def _await_next(self) -> None:
        if self._turns and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(self._not_before, self._next)

    def _next(self) -> None:
        if not self._turns:
            self._timer = None
            return
        turn = next(iter(self._turns))
        del self._turns[turn]
        begun = time.thread_time()  # what others had of the processor meanwhile doesn't count
        try:
            turn()
        finally:
            earliest = asyncio.get_running_loop().time() - SAVED_SECONDS
            pause = (time.thread_time() - begun) * (1 / SHARE - 1)
            self._not_before = max(self._not_before, earliest) + pause
            self._timer = None
            self._await_next()


def deferred() -> Deferred:
    """What is put off in the running loop."""
    return _deferred.setdefault(asyncio.get_running_loop(), Deferred())


_deferred: WeakKeyDictionary[asyncio.AbstractEventLoop, Deferred] = WeakKeyDictionary()
_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()


def _queue() -> _Queue:
    return _queues.setdefault(asyncio.get_running_loop(), _Queue())
