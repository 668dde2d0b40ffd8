"""Work that its caller can't leave behind half done."""

from __future__ import annotations

import asyncio
import logging

import pytest

from cognitora_local.attendance import whole


async def test_what_work_gives_and_raises_is_the_callers() -> None:
    async def work(value: int) -> int:
        await asyncio.sleep(0)
        if value < 0:
            raise ValueError("negative")
        return value

    assert await whole(work(3)) == 3
    with pytest.raises(ValueError, match="negative"):
        await whole(work(-1))


@pytest.mark.parametrize("times", [1, 3])
async def test_whoever_is_cancelled_stays_until_the_work_is_done(times: int) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    async def caller() -> None:
        await whole(work())

    waiting = asyncio.create_task(caller())
    await asyncio.sleep(0)
    for _ in range(times):  # as scopes do that cancel again at each await
        waiting.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done.is_set()


async def test_a_failure_that_its_cancelled_caller_never_sees_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    go_on = asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        raise OSError("the disk is full")

    async def caller() -> None:
        await whole(work())

    waiting = asyncio.create_task(caller())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with caplog.at_level(logging.INFO, "cognitora_local"), pytest.raises(asyncio.CancelledError):
        await waiting
    assert "the disk is full" in caplog.text


async def test_work_that_is_cancelled_itself_ends_its_caller() -> None:
    work = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(work.cancel)
    with pytest.raises(asyncio.CancelledError):
        await whole(work)
