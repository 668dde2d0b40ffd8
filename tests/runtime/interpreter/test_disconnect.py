"""A caller who goes away stops what was asked for."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Any

import httpx

from tests.processes import with_marker
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    ended,
    open_session,
    printed,
    refusal,
    run,
    until,
)
from tests.runtime.leftovers import sleeping

WENT_AWAY = "its caller went away"
SLEEP = "import subprocess\nprint('begun', flush=True)\nsubprocess.run(['sleep', '60'])"


async def leave(task: asyncio.Task[Any]) -> None:
    """Close a request's connection before its answer has come."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def marked(code: str) -> tuple[str, dict[str, Any]]:
    marker = f"marker-{secrets.token_hex(8)}"
    environment = {"MARKER": marker}
    return marker, {"code": f"{code}  # {marker}", "environment": environment, "networking": False}


async def test_an_unkeyed_call_is_stopped_at_once(http: httpx.AsyncClient) -> None:
    for session in (None, await open_session(http)):
        marker, body = marked(SLEEP)
        where = {} if session is None else {"session_id": session}
        calling = asyncio.create_task(http.post(EXECUTE, json={**body, **where}))
        await sleeping(marker, 1)
        loop = asyncio.get_running_loop()
        left = loop.time()
        await leave(calling)
        record = await ended(http, marker)
        assert loop.time() - left < 9  # of which one with a key has 10
        assert record["status"] == "failed"
        assert WENT_AWAY in record["errors"][0]
        assert record["outputs"][0]["data"] == "begun\n"
        assert record["cpu_time_ms"] > 0


async def test_the_state_of_a_session_survives(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    marker, body = marked("x = 42\n" + SLEEP)
    calling = asyncio.create_task(http.post(EXECUTE, json={**body, "session_id": session}))
    await sleeping(marker, 1)
    await leave(calling)
    assert await printed(http, "print(x)", session_id=session) == "42\n"


async def test_code_that_waited_for_its_turn_is_not_run(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    marker, body = marked("x = 1\n" + SLEEP)
    first = asyncio.create_task(http.post(EXECUTE, json={**body, "session_id": session}))
    await sleeping(marker, 1)
    waiting, second = marked("x = 2")
    calling = asyncio.create_task(http.post(EXECUTE, json={**second, "session_id": session}))

    async def known() -> bool:
        found = (await http.get(f"{SESSIONS}/{session}")).json()["data"]["executions"]
        return any(waiting in each["code"] for each in found)

    await until(known)
    await leave(calling)
    record = await ended(http, waiting)
    assert record["status"] == "failed"
    assert "was not run" in record["errors"][0]
    assert not first.done()
    assert with_marker(marker)
    await leave(first)
    assert await printed(http, "print(x)", session_id=session) == "1\n"


async def test_a_keyed_call_goes_on_for_10_seconds(http: httpx.AsyncClient) -> None:
    marker, body = marked(SLEEP)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    calling = asyncio.create_task(http.post(EXECUTE, json=body, headers=key))
    await sleeping(marker, 1)
    loop = asyncio.get_running_loop()
    left = loop.time()
    await leave(calling)
    record = await ended(http, marker)
    assert 9 < loop.time() - left < 13
    assert WENT_AWAY in record["errors"][0]
    again = await http.post(EXECUTE, json=body, headers=key)
    assert again.headers["X-Cognitora-Replayed"] == "true"
    assert WENT_AWAY in again.json()["errors"][0]
    assert with_marker(marker) == []


async def test_a_key_that_comes_back_gets_what_went_on(http: httpx.AsyncClient) -> None:
    marker, body = marked("import subprocess\nsubprocess.run(['sleep', '11'])\nprint('done')")
    key = {"Idempotency-Key": secrets.token_hex(8)}
    calling = asyncio.create_task(http.post(EXECUTE, json=body, headers=key))
    await sleeping(marker, 1)
    await leave(calling)
    while (answer := await http.post(EXECUTE, json=body, headers=key)).status_code != 200:
        refusal(answer, 409, "in_progress")
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    assert answer.json()["data"]["status"] == "completed"
    assert answer.json()["data"]["outputs"][0]["data"] == "done\n"
    assert (await ended(http, marker))["status"] == "completed"


async def test_hundreds_of_departures_leave_nothing(http: httpx.AsyncClient) -> None:
    marker, body = marked("import time\ntime.sleep(60)")
    session = await open_session(http)

    async def call(n: int) -> None:
        where = {"session_id": session} if n % 2 else {}
        calling = asyncio.create_task(http.post(EXECUTE, json={**body, **where}))
        await asyncio.wait({calling}, timeout=n % 20 / 100)
        await leave(calling)

    for _ in range(10):
        await asyncio.gather(*(call(n) for n in range(20)))

    async def all_ended() -> bool:
        page = await http.get(EXECUTIONS, params={"status": "running"})
        return not page.json()["executions"] and with_marker(marker) == []

    await until(all_ended)
    await run(http, "1", session_id=session)
