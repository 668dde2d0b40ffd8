"""`wait_seconds`: an answer that comes when the container has ended."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    get,
    logs,
    persistent,
    run,
    running,
    wanted,
)
from tests.runtime.conftest import refusal


async def test_the_answer_comes_with_the_end(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "1"))
    found = await get(http, created["id"], wait=100)
    seen = datetime.now(UTC)
    assert found["status"] == "COMPLETED"
    late = (seen - datetime.fromisoformat(found["completedAt"])).total_seconds()
    assert late < 10  # of 100, on a machine that has other things to do


async def test_the_answer_comes_when_the_time_is_over(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "60"))
    await running(http, created["id"])
    began = time.monotonic()
    found = await get(http, created["id"], wait=1)
    assert 1 <= time.monotonic() - began < 10  # of 60
    assert found["status"] == "RUNNING"
    await cancel(http, created["id"])


async def test_the_answer_comes_with_a_cancellation(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent())
    waiting = [asyncio.create_task(get(http, created["id"], wait=100)) for _ in range(3)]
    await running(http, created["id"])
    await cancel(http, created["id"])
    for found in await asyncio.gather(*waiting):
        assert found["status"] == "CANCELLED"


async def test_what_has_ended_is_answered_at_once(http: httpx.AsyncClient) -> None:
    found = await run(http, "true")
    began = time.monotonic()
    assert await get(http, found["id"], wait=100) == found
    assert time.monotonic() - began < 10


async def test_the_logs_are_whole_when_the_end_is_told(http: httpx.AsyncClient) -> None:
    """Logs are written before the status."""
    for n in range(5):
        created = await create(http, wanted("sh", "-c", f"echo {n}; echo last"))
        found = await ended(http, created["id"])
        assert await logs(http, found["id"]) == f"{n}\nlast\n"


async def test_who_waits_is_answered_when_the_runtime_is_stopped(
    start: Start, http_of: ClientOf
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        created = await create(http, persistent())
        await running(http, created["id"])
        sent = asyncio.Event()

        async def trace(event: str, _: object) -> None:
            if event.endswith("send_request_body.complete"):
                sent.set()

        path, query = f"{CONTAINERS}/{created['id']}", {"wait_seconds": 100}
        waiting = asyncio.create_task(http.get(path, params=query, extensions={"trace": trace}))
        await sent.wait()
        await get(http, created["id"])  # what came before that is held by now
        assert await runtime.stop() == 0
        found = (await waiting).json()
    assert found["status"] == "CANCELLED"
    assert "the runtime was stopped" in found["reason"]


async def test_who_goes_away_is_not_waited_for(start: Start, http_of: ClientOf) -> None:
    runtime = await start("--log-level", "info")
    async with http_of(runtime) as http:
        created = await create(http, persistent())
        path = f"{CONTAINERS}/{created['id']}"
        with pytest.raises(httpx.ReadTimeout):
            await http.get(path, params={"wait_seconds": 100}, timeout=0.5)
        async with asyncio.timeout(20):
            while "the caller went away" not in runtime.log:
                await asyncio.sleep(0.01)
            while (found := await get(http, created["id"]))["status"] == "PENDING":
                pass
        assert found["status"] == "RUNNING"


@pytest.mark.parametrize("seconds", [-1, 101, "soon"])
async def test_a_wait_out_of_bounds(wrong: httpx.AsyncClient, seconds: object) -> None:
    answer = await wrong.get(f"{CONTAINERS}/ctr_1", params={"wait_seconds": str(seconds)})
    refusal(answer, 400, "invalid_request")
