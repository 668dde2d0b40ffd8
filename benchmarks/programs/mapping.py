"""The facade's map beside as many tasks that call one after the other."""

import asyncio
import sys

from clock import CODE, Timer, address, in_flight, peak_mb, tell

from cognitora import Cognitora, CognitoraAsync, ExecuteCodeResponse

how, calls, size = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


async def by_map() -> None:
    async with CognitoraAsync("key", address()) as client:

        async def run(count: int) -> None:
            items = (CODE for _ in range(count))
            async for result in client.code_interpreter.map(items, concurrency=size):
                assert isinstance(result, ExecuteCodeResponse)

        await run(10 * size)
        early, timer = peak_mb(), Timer()
        await run(calls)
        tell(**timer.figures(calls), growth_mb=peak_mb() - early)


async def bare() -> None:
    async with CognitoraAsync("key", address()) as client:
        await in_flight(lambda: client.code_interpreter.execute(CODE), calls, size)


def by_threads() -> None:
    with Cognitora("key", address()) as client:

        def run(count: int) -> None:
            for result in client.code_interpreter.map([CODE] * count, concurrency=size):
                assert isinstance(result, ExecuteCodeResponse)

        run(10 * size)
        early, timer = peak_mb(), Timer()
        run(calls)
        tell(**timer.figures(calls), growth_mb=peak_mb() - early)


match how:
    case "map":
        asyncio.run(by_map())
    case "bare":
        asyncio.run(bare())
    case _:
        by_threads()
