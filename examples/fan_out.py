"""Many simulations at once, each in a sandbox of its own, with their progress."""

from __future__ import annotations

import asyncio
import sys

from cognitora import CognitoraAsync, CognitoraError

SIMULATIONS = 24
CODE = """
import random

chance = random.Random({seed})
inside = sum(chance.random() ** 2 + chance.random() ** 2 < 1 for _ in range(200_000))
print(4 * inside / 200_000)
"""


def show_progress(done: int) -> None:
    """One line, written over where somebody looks at it."""
    if sys.stderr.isatty():
        bar = "#" * done + "." * (SIMULATIONS - done)
        print(f"\r[{bar}] {done}/{SIMULATIONS}", end="", file=sys.stderr, flush=True)
        if done == SIMULATIONS:
            print(file=sys.stderr)


async def main() -> None:
    codes = [CODE.format(seed=seed) for seed in range(SIMULATIONS)]
    estimates: list[float] = []
    async with CognitoraAsync.local() as client:
        results = client.code_interpreter.map(codes, language="python", concurrency=8)
        done = 0
        async for result in results:  # in the order of the codes, as soon as each has ended
            done += 1
            show_progress(done)
            if isinstance(result, CognitoraError):  # one that fails doesn't stop the others
                print(f"Simulation {done} failed: {result}", file=sys.stderr)
            else:
                estimates.append(float(result.stdout))
    mean = sum(estimates) / len(estimates)
    print(f"{len(estimates)} of {SIMULATIONS} simulations say that pi is about {mean:.3f}")


if __name__ == "__main__":
    asyncio.run(main())
