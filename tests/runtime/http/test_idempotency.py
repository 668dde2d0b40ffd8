"""The work of an idempotency key is done once, whatever happens to its calls."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import with_arguments
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    run,
)
from tests.runtime.leftovers import sleeping

HttpOf = Callable[[Process], httpx.AsyncClient]

RANDOM = "import os; print(os.urandom(8).hex())"  # no two runs print the same
DAY = 24 * 60 * 60 * 1_000_000


async def send(
    http: httpx.AsyncClient, key: str, path: str = EXECUTE, **body: Any
) -> httpx.Response:
    return await http.post(path, json=body, headers={"Idempotency-Key": key})


def fresh() -> str:
    return secrets.token_hex(8)


def is_replay(answer: httpx.Response) -> bool:
    assert answer.headers.get("X-Cognitora-Replayed", "true") == "true"
    return "X-Cognitora-Replayed" in answer.headers


async def test_the_same_key_and_body_get_the_same_answer(http: httpx.AsyncClient) -> None:
    key = fresh()
    body: dict[str, Any] = {
        "code": RANDOM + "\nprint('\\ud800', 1.5)\n{'a': 1}",
        "networking": False,
    }
    first = await send(http, key, **body)
    again = await send(http, key, **dict(reversed(body.items())))
    assert first.status_code == again.status_code == 200
    assert again.content == first.content
    assert not is_replay(first)
    assert is_replay(again)


async def test_another_key_or_none_is_another_run(http: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"code": RANDOM, "networking": False}
    answers = [await send(http, fresh(), **body) for _ in range(2)]
    answers.append(await http.post(EXECUTE, json=body))
    assert len({answer.json()["data"]["outputs"][0]["data"] for answer in answers}) == 3


async def test_failed_code_is_not_run_again_either(http: httpx.AsyncClient) -> None:
    session, key = await open_session(http), fresh()
    await run(http, "runs = 0", session_id=session)
    for _ in range(2):
        answer = await send(http, key, code="runs += 1\n1 / 0", session_id=session)
        assert answer.json()["data"]["status"] == "failed"
    assert await printed(http, "print(runs)", session_id=session) == "1\n"


async def test_calls_with_one_key_at_the_same_time_run_the_code_once(
    http: httpx.AsyncClient,
) -> None:
    session, key = await open_session(http), fresh()
    await run(http, "runs = 0", session_id=session)
    code = "import time\nruns += 1\ntime.sleep(0.3)"
    answers = await asyncio.gather(
        *(send(http, key, code=code, session_id=session) for _ in range(8))
    )
    (done,) = [answer for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer is not done:
            assert "still running" in refusal(answer, 409, "in_progress")
            assert answer.headers["Retry-After"] == "1"
    assert (await send(http, key, code=code, session_id=session)).content == done.content
    assert await printed(http, "print(runs)", session_id=session) == "1\n"


async def test_a_key_with_another_body_or_another_operation(http: httpx.AsyncClient) -> None:
    key = fresh()
    assert (await send(http, key, code=RANDOM, networking=False)).status_code == 200
    sentence = refusal(await send(http, key, code="2"), 422, "idempotency_mismatch")
    assert "new key" in sentence
    refusal(await send(http, key, SESSIONS), 422, "idempotency_mismatch")


async def test_a_running_key_with_another_body(http: httpx.AsyncClient) -> None:
    key, marker, seconds = fresh(), f"marker-{fresh()}", str(10**6 + secrets.randbelow(10**6))
    body: dict[str, Any] = {
        "code": f"import subprocess; subprocess.run(['sleep', '{seconds}'])",
        "environment": {"MARKER": marker},
        "networking": False,
    }
    running = asyncio.create_task(send(http, key, **body))
    await sleeping(marker, 1)
    refusal(await send(http, key, code="2"), 422, "idempotency_mismatch")
    refusal(await send(http, key, **body), 409, "in_progress")
    for process in with_arguments("sleep", seconds):
        process.kill()
    assert (await running).json()["data"]["status"] == "completed"


async def test_a_refusal_leaves_the_key_free(
    http: httpx.AsyncClient, wrong: httpx.AsyncClient
) -> None:
    key = fresh()
    refusal(await send(wrong, key, code=1), 400, "invalid_request")
    refusal(await send(http, key, code="1", session_id="ses_none"), 404, "session_not_found")
    files = [{"name": "a", "content": "x"}, {"name": "a/b", "content": "x"}]
    refusal(await send(http, key, code="1", files=files), 409, "not_a_file")
    answer = await send(http, key, code="print(1)", networking=False)
    assert answer.json()["data"]["status"] == "completed"
    assert not is_replay(answer)


async def test_a_key_creates_one_session(http: httpx.AsyncClient) -> None:
    key = fresh()
    answers = await asyncio.gather(*(send(http, key, SESSIONS) for _ in range(4)))
    done = next(answer for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code == 200:
            assert answer.content == done.content
        else:
            refusal(answer, 409, "in_progress")
    session = done.json()["data"]["session_id"]
    assert (await http.delete(f"{SESSIONS}/{session}")).status_code == 200
    again = await send(http, key, SESSIONS)
    assert again.content == done.content  # as it was answered then
    assert is_replay(again)


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_none(wrong: httpx.AsyncClient, key: str) -> None:
    assert "`Idempotency-Key`" in refusal(await send(wrong, key, code="1"), 400, "invalid_request")


async def test_keys_survive_kill_9(start: Start, http_of: HttpOf, tmp_path: Path) -> None:
    data, marker = tmp_path / "data", f"marker-{secrets.token_hex(8)}"
    done, cut, created = fresh(), fresh(), fresh()
    whole: dict[str, Any] = {"code": RANDOM, "networking": False}
    long: dict[str, Any] = {
        "code": "import subprocess; subprocess.run(['sleep', '60'])",
        "environment": {"MARKER": marker},
        "networking": False,
    }
    first = await start("--data-dir", data)
    async with http_of(first) as http:
        answer = await send(http, done, **whole)
        session = await send(http, created, SESSIONS)
        running = asyncio.create_task(send(http, cut, **long))
        await sleeping(marker, 1)
        first.process.send_signal(signal.SIGKILL)
        await first.process.wait()
        with pytest.raises(httpx.TransportError):
            await running

    async with http_of(await start("--data-dir", data)) as http:
        for key, body, path, before in (
            (done, whole, EXECUTE, answer),
            (created, {}, SESSIONS, session),
        ):
            again = await send(http, key, path, **body)
            assert is_replay(again)
            assert again.content == before.content
        again = await send(http, cut, **long)
        assert is_replay(again)
        assert again.json()["data"]["status"] == "failed"
        assert "runtime ended while this was running" in again.json()["errors"][0]
        executions = (await http.get(EXECUTIONS)).json()["executions"]
        assert len(executions) == 2  # nothing was run again


async def test_a_key_is_forgotten_after_a_day(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    body: dict[str, Any] = {"code": RANDOM, "networking": False}
    first = await start("--data-dir", data)
    async with http_of(first) as http:
        before = {key: await send(http, key, **body) for key in ("old", "older", "young")}
    assert await first.stop() == 0
    with closing(sqlite3.connect(data / "records.db")) as database, database:
        for key, age in (("old", DAY), ("older", DAY), ("young", DAY - 60_000_000)):
            database.execute(
                "UPDATE idempotency_keys SET created_at = created_at - ? WHERE key = ?", (age, key)
            )
    second = await start("--data-dir", data)
    async with http_of(second) as http:
        young = await send(http, "young", **body)
        assert young.content == before["young"].content
        old = await send(http, "old", **body)
        assert not is_replay(old)
        assert old.json()["data"]["outputs"] != before["old"].json()["data"]["outputs"]
    assert await second.stop() == 0
    with closing(sqlite3.connect(data / "records.db")) as database:
        keys = database.execute("SELECT key FROM idempotency_keys ORDER BY key").fetchall()
    assert keys == [("old",), ("young",)]
