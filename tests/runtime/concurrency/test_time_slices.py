"""Long work that is done in turns."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial

from cognitora_local.concurrency.time_slices import (
    IDLE_SECONDS,
    ROUNDS,
    SLICE_SECONDS,
    TimeSlices,
    deferred,
)
from cognitora_local.http.responses import write_json


async def test_of_all_long_work_one_has_a_turn_at_a_time() -> None:
    done = 0

    async def work() -> None:
        nonlocal done
        turns = TimeSlices()
        for _ in range(4):
            until = time.perf_counter() + 1.5 * SLICE_SECONDS
            while time.perf_counter() < until:
                pass
            done += 1
            await turns.give_way()

    working = [asyncio.create_task(work()) for _ in range(10)]
    await asyncio.sleep(0)  # each begins
    assert done == len(working)
    while done < 4 * len(working):
        before = done
        await asyncio.sleep(0)
        assert done - before <= 1
    await asyncio.gather(*working)


async def test_while_others_have_something_to_do_it_waits_but_not_for_ever() -> None:
    loop = asyncio.get_running_loop()
    rounds, over = 0, False

    def keep_busy() -> None:
        nonlocal rounds
        rounds += 1
        until = time.perf_counter() + 2 * IDLE_SECONDS
        while time.perf_counter() < until:
            pass
        if not over:
            loop.call_soon(keep_busy)

    turns = TimeSlices()
    await asyncio.sleep(2 * SLICE_SECONDS)  # its turn is over
    keep_busy()
    await turns.give_way()
    over = True
    assert ROUNDS - 1 <= rounds <= ROUNDS + 2


async def test_an_answer_of_many_short_entries_is_written_in_turns() -> None:
    entries = [{"type": "stdout", "data": "x"}] * 20_000
    written = bytearray()
    writing = asyncio.create_task(write_json({"outputs": entries}, written.extend))
    rounds = 0
    while not writing.done():
        rounds += 1
        await asyncio.sleep(0)
    assert rounds > 5  # one, if nobody else had a turn
    assert json.loads(written) == {"outputs": entries}


async def test_who_no_longer_waits_has_no_turn() -> None:
    turns = TimeSlices()
    await asyncio.sleep(2 * SLICE_SECONDS)
    first, second = (asyncio.create_task(turns.give_way()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()


async def test_what_is_put_off_comes_in_the_order_of_asking_but_for_what_was_taken_back() -> None:
    had: list[str] = []
    turns: dict[str, Callable[[], None]] = {}
    for name in ("first", "second", "third"):
        turns[name] = partial(had.append, name)
        deferred().add(turns[name])
    deferred().add(turns["first"])  # it waits already
    deferred().remove(turns["second"])
    while "third" not in had:
        await asyncio.sleep(0)
    assert had == ["first", "third"]
