"""Memory, CPU and what is reported of them."""

from __future__ import annotations

import asyncio
import time

import pytest

from cognitora_local.sandbox import Limits
from tests.sandbox.programs import Run, Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

TAKE = """
import mmap
def take(mb):
    memory = mmap.mmap(-1, mb * 2**20)
    for _ in range(mb):
        memory.write(b"1" * 2**20)
    return memory
"""

BURN = """
for _ in range(3):
    if os.fork() == 0:
        while True:
            pass
say()
hear()
"""


async def test_a_memory_bomb_is_killed_and_reported(start: Start, run: Run) -> None:
    async with start(TAKE + "take(200); say()", limits=Limits(memory_mb=64)) as live:
        assert await live.heard_last() == 128 + 9
        assert live.sandbox.out_of_memory()
        peak = live.sandbox.usage().peak_memory_mb
        assert peak is not None
        assert 32 < peak <= 64
    assert live.sandbox.out_of_memory()
    assert await run("say('the next is unharmed')") == "the next is unharmed"


async def test_memory_within_the_limit_can_be_used(start: Start) -> None:
    async with start(TAKE + "kept = take(200); say()", limits=Limits(memory_mb=300)) as live:
        await live.hear()
        assert not live.sandbox.out_of_memory()
        peak = live.sandbox.usage().peak_memory_mb
        assert peak is not None
        assert peak > 200


async def test_many_processes_share_one_memory_limit(start: Start) -> None:
    program = (
        TAKE
        + """
for _ in range(8):
    if os.fork() == 0:
        take(30)
        hear()
os.wait()
say("one was killed")
"""
    )
    async with start(program, limits=Limits(memory_mb=100)) as live:
        assert await live.hear() == "one was killed"
        assert live.sandbox.out_of_memory()


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
async def test_a_folder_in_memory_is_full_before_memory_is(start: Start, folder: str) -> None:
    program = f"""
def fill():
    with open("{folder}/file", "wb") as file:
        for mb in range(1000):
            file.write(b"1" * 2**20)
            file.flush()
say([tried(fill), os.path.getsize("{folder}/file") // 2**20])
"""
    async with start(program, limits=Limits(memory_mb=64)) as live:
        assert await live.hear() == [["failed", "ENOSPC"], 32]
        assert not live.sandbox.out_of_memory()


async def test_filling_every_folder_in_memory_ends_within_the_limit(start: Start) -> None:
    program = """
for folder in ("/tmp", "/dev/shm"):
    with open(folder + "/file", "wb") as file:
        for mb in range(40):
            file.write(b"1" * 2**20)
            file.flush()
say()
"""
    async with start(program, limits=Limits(memory_mb=64)) as live:
        status = await live.heard_last()
        peak = live.sandbox.usage().peak_memory_mb
        assert status != 0
        assert peak is not None
        assert peak <= 64


@pytest.mark.alone
async def test_cpu_time_is_a_share_of_the_time_that_passes(start: Start) -> None:
    async with start(BURN, limits=Limits(cpu_cores=0.2)) as live:
        await live.hear()
        began, used = time.monotonic(), live.sandbox.usage().cpu_ms
        await asyncio.sleep(0.5)  # what is measured is the share of this time
        used = live.sandbox.usage().cpu_ms - used
        passed = (time.monotonic() - began) * 1000
        assert live.sandbox.throttled()
    # A period may be cut on both sides, and each of the two CPUs may overrun by a slice.
    assert used <= 0.2 * passed + 2 * 20 + 2 * 5


@pytest.mark.alone
async def test_cpu_time_within_the_limit_isnt_held_back(start: Start) -> None:
    async with start(BURN, limits=Limits(cpu_cores=64)) as live:
        await live.hear()
        async with asyncio.timeout(20):
            while live.sandbox.usage().cpu_ms < 500:
                await asyncio.sleep(0.01)
        assert not live.sandbox.throttled()


async def test_usage_counts_every_process_and_outlives_the_sandbox(start: Start) -> None:
    program = """
import time
def burn():
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
for _ in range(2):
    if os.fork() == 0:
        burn()
        os._exit(0)
os.wait(); os.wait()
say(); hear()
"""
    async with start(program) as live:
        await live.hear()
        during = live.sandbox.usage()
    after = live.sandbox.usage()
    assert during.cpu_ms >= 200
    assert after.cpu_ms >= during.cpu_ms
    assert after.peak_memory_mb is not None


@pytest.mark.parametrize(
    "limits",
    [
        {"cpu_cores": 0.0},
        {"cpu_cores": -1.0},
        {"memory_mb": 0},
        {"storage_gb": 0.0},
        {"processes": 0},
        {"cpu_cores": float("nan")},
        {"cpu_cores": float("inf")},
    ],
)
async def test_a_limit_that_nothing_could_run_under_is_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        Limits(**limits)  # type: ignore[arg-type]  # what a caller might get wrong
