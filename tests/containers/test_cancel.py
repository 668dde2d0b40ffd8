"""Ending containers before their time."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    cancel,
    create,
    executions,
    get,
    logs,
    persistent,
    printed,
    run,
    wanted,
)
from tests.runtime.conftest import refusal


async def test_a_running_container_is_cancelled(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sh", "-c", "echo begun; sleep 60"))
    await printed(http, created["id"], "begun")
    began = time.monotonic()
    assert await cancel(http, created["id"]) == f"Container {created['id']} is cancelled."
    assert time.monotonic() - began < 5
    found = await get(http, created["id"])
    assert found["status"] == "CANCELLED"
    assert "exitCode" not in found
    assert "cancelled" in found["reason"]
    assert found["actualCostCredits"] == 1
    assert await logs(http, created["id"]) == "begun\n"
    (record,) = await executions(http, created["id"])
    assert record["status"] == "CANCELLED"


async def test_cancelling_again_changes_nothing(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "60"))
    await cancel(http, created["id"])
    found = await get(http, created["id"])
    assert "had ended already: it is CANCELLED" in await cancel(http, created["id"])
    assert await get(http, created["id"]) == found


async def test_cancelling_what_has_ended(http: httpx.AsyncClient) -> None:
    found = await run(http, "false")
    assert "had ended already: it is FAILED" in await cancel(http, found["id"])
    assert await get(http, found["id"]) == found


@pytest.mark.parametrize("seconds", [0, 0.02, 0.05, 0.08, 0.11])
async def test_cancelling_what_has_hardly_begun(http: httpx.AsyncClient, seconds: float) -> None:
    created = await create(http, wanted("sleep", "60"))
    await asyncio.sleep(seconds)  # another stage of its start each time
    await cancel(http, created["id"])
    assert (await get(http, created["id"]))["status"] == "CANCELLED"


async def test_cancelling_at_once_from_many_sides(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent("sleep", "60"))
    said = await asyncio.gather(*(cancel(http, created["id"]) for _ in range(5)))
    assert all(created["id"] in each for each in said)
    assert (await get(http, created["id"]))["status"] == "CANCELLED"


async def test_a_container_that_ignores_signals(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sh", "-c", "trap '' TERM INT; echo begun; sleep 60"))
    await printed(http, created["id"], "begun")
    await cancel(http, created["id"])
    assert (await get(http, created["id"]))["status"] == "CANCELLED"


async def test_a_container_that_never_was(http: httpx.AsyncClient) -> None:
    for answer in (
        await http.delete(f"{CONTAINERS}/ctr_none"),
        await http.get(f"{CONTAINERS}/ctr_none"),
        await http.get(f"{CONTAINERS}/ctr_none", params={"wait_seconds": 5}),
        await http.get(f"{CONTAINERS}/ctr_none/logs"),
        await http.get(f"{CONTAINERS}/ctr_none/executions"),
        await http.patch(f"{CONTAINERS}/ctr_none", json={"timeout_seconds": 5}),
    ):
        assert "ctr_none" in refusal(answer, 404, "container_not_found")
