"""Long work on the event loop, done in short turns, so that everybody else goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

TURN_SECONDS = 0.003
"""How long the work has the loop to itself at a time."""


class Turns:
    """`await turns.give_way()` often: it does nothing until a turn is over."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    async def give_way(self) -> None:
        if time.perf_counter() - self._begun > TURN_SECONDS:
            await asyncio.sleep(0)
            self._begun = time.perf_counter()


async def in_turns(make: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What is made of each of the items."""
    turns = Turns()
    made: list[U] = []
    for item in items:
        made.append(make(item))
        await turns.give_way()
    return made
