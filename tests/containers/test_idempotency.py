"""A container is made once, however often it is asked for with one key."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx

from tests.containers.conftest import CONTAINERS, ClientOf, Start, create, ended, executions, wanted
from tests.runtime.conftest import refusal


async def keyed(http: httpx.AsyncClient, key: str, *command: str) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await http.post(CONTAINERS, json=wanted(*command), headers=headers)


async def count(http: httpx.AsyncClient, marker: str) -> int:
    found = (await http.get(CONTAINERS, params={"limit": 1000})).json()["executions"]
    return sum(marker in each.get("command", []) for each in found)


async def test_the_same_key_twice_makes_one_container(http: httpx.AsyncClient) -> None:
    first = await keyed(http, "key-twice", "echo", "twice")
    assert first.status_code == 201
    assert "X-Cognitora-Replayed" not in first.headers
    await ended(http, first.json()["id"])
    again = await keyed(http, "key-twice", "echo", "twice")
    assert again.status_code == 201
    assert again.headers["X-Cognitora-Replayed"] == "true"
    assert again.json() == first.json()  # though it has ended meanwhile
    assert await count(http, "twice") == 1


async def test_the_same_key_at_once_makes_one_container(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(keyed(http, "key-once", "echo", "once") for _ in range(5)))
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == 1
    for answer in answers:
        if answer.status_code != 201:
            refusal(answer, 409, "in_progress")
    assert await count(http, "once") == 1


async def test_the_same_key_for_another_container(http: httpx.AsyncClient) -> None:
    assert (await keyed(http, "key-other", "true")).status_code == 201
    refusal(await keyed(http, "key-other", "false"), 422, "idempotency_mismatch")


async def test_a_refused_container_leaves_its_key_free(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "key-free"}
    body = wanted("true", maxCostCredits=0)
    refusal(await http.post(CONTAINERS, json=body, headers=headers), 402, "cost_exceeds_limit")
    assert (await keyed(http, "key-free", "true")).status_code == 201


async def test_a_key_outlives_a_killed_runtime(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    runtime = await start("--data-dir", tmp_path / "data")
    async with http_of(runtime) as http:
        first = await keyed(http, "key-kill", "sh", "-c", "sleep 1; echo done")
        await runtime.stop(signal.SIGKILL)
    async with http_of(await start("--data-dir", tmp_path / "data")) as http:
        again = await keyed(http, "key-kill", "sh", "-c", "sleep 1; echo done")
        assert again.headers["X-Cognitora-Replayed"] == "true"
        assert again.json() == first.json()
        await ended(http, first.json()["id"])
        assert len((await http.get(CONTAINERS)).json()["executions"]) == 1
        assert len(await executions(http, first.json()["id"])) == 1
        other = await create(http, wanted("true"))  # without a key it is another one
        assert other["id"] != first.json()["id"]
