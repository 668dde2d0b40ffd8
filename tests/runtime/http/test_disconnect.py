"""Work that its caller can't leave behind half done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable

import pytest
from starlette.responses import Response
from starlette.types import Message

from cognitora_local.concurrency.completion import to_completion
from cognitora_local.http.event_stream import EventStream
from cognitora_local.http.responses import FileResponse, StreamedResponse


async def test_what_work_gives_and_raises_is_the_callers() -> None:
    async def work(value: int) -> int:
        await asyncio.sleep(0)
        if value < 0:
            raise ValueError("negative")
        return value

    assert await to_completion(work(3)) == 3
    with pytest.raises(ValueError, match="negative"):
        await to_completion(work(-1))


@pytest.mark.parametrize("times", [1, 3])
async def test_whoever_is_cancelled_stays_until_the_work_is_done(times: int) -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    async def caller() -> None:
        await to_completion(work())

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
        await to_completion(work())

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
        await to_completion(work)


@pytest.mark.parametrize("answer", [StreamedResponse, EventStream, lambda it: FileResponse(it, 9)])
async def test_an_answer_whose_caller_goes_away_is_told_once(
    answer: Callable[[AsyncGenerator[bytes, None]], Response],
) -> None:
    """A loop that is told in every round has no time for anybody else, and 500 ms for a download."""
    gone, go_on = asyncio.Event(), asyncio.Event()
    told = 0

    async def pieces() -> AsyncGenerator[bytes, None]:
        nonlocal told
        yield b"some"
        gone.set()
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                told += 1
        yield b"more"

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        pass

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}}  # uvicorn's
    answering = asyncio.create_task(answer(pieces())(scope, receive, send))
    while not told:
        await asyncio.sleep(0)
    for _ in range(100):
        await asyncio.sleep(0)
    times = told
    go_on.set()
    await answering
    assert times == 1
