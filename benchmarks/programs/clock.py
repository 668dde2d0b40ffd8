"""What the programs measure with, and how they tell."""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

CODE = "print('Hello')"


def tell(**figures: float) -> None:
    print(json.dumps(figures))


def address() -> str:
    return sys.argv[1]


def numbers() -> list[int]:
    return [int(argument) for argument in sys.argv[2:]]


class Timer:
    """Time by the clock and of the processor, since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def figures(self, calls: int) -> dict[str, float]:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return {
            "per_second": calls / wall,
            "per_cpu_second": calls / cpu,
            "cpu_us": cpu / calls * 1e6,
        }


def one_by_one(call: Callable[[], object], calls: int) -> None:
    """Measures calls after a warm-up and tells."""
    for _ in range(calls // 10):
        call()
    timer = Timer()
    for _ in range(calls):
        call()
    tell(**timer.figures(calls))


def each(
    call: Callable[[], object], calls: int, *, between: Callable[[], object] = lambda: None
) -> None:
    """Measures each call by itself, after some to warm up, and tells the median."""
    for _ in range(3):
        call()
        between()
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
        between()
    tell(ms=statistics.median(times) * 1000)


def sustained(call: Callable[[], object], calls: int, callers: int) -> None:
    """Measures calls of some callers without a pause, after some to warm up, and tells."""
    with ThreadPoolExecutor(callers) as threads:
        list(threads.map(lambda _: call(), range(callers * 2)))
        start = time.perf_counter()
        list(threads.map(lambda _: call(), range(calls)))
        tell(per_second=calls / (time.perf_counter() - start))


async def in_flight(call: Callable[[], Awaitable[object]], calls: int, size: int) -> None:
    """Measures calls, so many at a time, after a warm-up that opens the connections, and tells."""
    await _fly(call, 2 * size, size)
    timer = Timer()
    await _fly(call, calls, size)
    tell(**timer.figures(calls))


async def _fly(call: Callable[[], Awaitable[object]], calls: int, size: int) -> None:
    left = iter(range(calls))

    async def one_after_the_other() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(one_after_the_other() for _ in range(size)))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
