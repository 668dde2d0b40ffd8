"""Long work on the event loop, done in short turns, so that everybody else goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
U = TypeVar("U")

TURN_SECONDS = 0.001
"""How long the work has the loop to itself at a time: a small call waits for some twenty of these."""


class Turns:
    """`await turns.give_way()` often: it does nothing until a turn is over."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    async def give_way(self) -> None:
        if time.perf_counter() - self._begun > TURN_SECONDS:
            await _line().wait()
            self._begun = time.perf_counter()


async def in_turns(make: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What is made of each of the items."""
    turns = Turns()
    made: list[U] = []
    for item in items:
        made.append(make(item))
        await turns.give_way()
    return made


class _Line:
    """All long work of a loop. One has a turn between two looks at what else is to be done.

    If each had one, the others would wait the longer the more work there is.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._next, loop)
        self._waiting.append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                break
        if self._waiting:
            loop.call_soon(self._next, loop)


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()


def _line() -> _Line:
    return _lines.setdefault(asyncio.get_running_loop(), _Line())
