"""What containers cost, and what they may cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cognitora_local.containers.prices import credits_for, seconds_for
from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    create,
    ended,
    persistent,
    run,
    wanted,
)
from tests.runtime.conftest import ESTIMATE, refusal

# A TiB of memory, which nobody uses: a credit's worth of it is over in 1.17 s.
DEAR = {"memoryMb": 2**20, "storageGb": 1}


async def listed(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get(CONTAINERS)).json()["executions"]
    return found


async def test_a_one_shot_that_would_cost_too_much_is_not_started(http: httpx.AsyncClient) -> None:
    before = await listed(http)
    body = wanted("true", cpuCores=2, memoryMb=1024, timeoutSeconds=3600, maxCostCredits=15)
    sentence = refusal(await http.post(CONTAINERS, json=body), 402, "cost_exceeds_limit")
    assert "16 credits" in sentence
    assert "15" in sentence
    assert await listed(http) == before


async def test_the_estimate_decides(http: httpx.AsyncClient) -> None:
    resources = {"cpuCores": 2, "memoryMb": 1024, "storageGb": 5, "gpuCount": 0}
    time = {"timeoutSeconds": 3600}
    answer = await http.post(ESTIMATE, json=resources | time)
    price = answer.json()["estimated_credits"]
    for allowed, status in ((price - 1, 402), (price, 201)):
        body = wanted("true", **resources, **time, maxCostCredits=allowed)
        assert (await http.post(CONTAINERS, json=body)).status_code == status


async def test_the_time_until_an_expiry_is_paid_for(http: httpx.AsyncClient) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = wanted("true", cpuCores=2, maxCostCredits=5, expires_at=later)
    refusal(await http.post(CONTAINERS, json=body), 402, "cost_exceeds_limit")


async def test_a_persistent_container_needs_a_credit(http: httpx.AsyncClient) -> None:
    answer = await http.post(CONTAINERS, json=persistent(maxCostCredits=0))
    assert "1 credit," in refusal(answer, 402, "cost_exceeds_limit")


async def test_a_persistent_container_is_stopped_when_its_credits_are_spent(
    http: httpx.AsyncClient,
) -> None:
    created = await create(http, persistent(**DEAR, maxCostCredits=2))
    found = await ended(http, created["id"])
    assert found["status"] == "CANCELLED"
    assert "2 credits" in found["reason"]
    assert found["actualCostCredits"] == 2
    ran = datetime.fromisoformat(found["completedAt"]) - datetime.fromisoformat(found["startedAt"])
    assert 2.3 < ran.total_seconds() < 3.5


async def test_the_cost_is_that_of_the_time_it_ran(http: httpx.AsyncClient) -> None:
    found = await run(http, "sleep", "1.5", **DEAR, timeoutSeconds=10, maxCostCredits=100)
    ran = datetime.fromisoformat(found["completedAt"]) - datetime.fromisoformat(found["startedAt"])
    assert found["actualCostCredits"] == credits_for(
        cpu_cores=1, memory_mb=2**20, storage_gb=1, gpu_count=0, seconds=ran.total_seconds()
    )
    assert found["actualCostCredits"] >= 2


async def test_what_was_timed_out_costs_no_more_than_was_allowed(http: httpx.AsyncClient) -> None:
    price = credits_for(cpu_cores=1, memory_mb=2**20, storage_gb=1, gpu_count=0, seconds=2)
    found = await run(http, "sleep", "60", **DEAR, timeoutSeconds=2, maxCostCredits=price)
    assert found["status"] == "TIMEOUT"
    assert found["actualCostCredits"] == price


@pytest.mark.parametrize("credits", [1, 2, 7, 1000])
@pytest.mark.parametrize("cores", [0.1, 1, 3.7])
def test_a_budget_lasts_until_one_more_credit_would_be_due(credits: int, cores: float) -> None:
    resources: dict[str, Any] = {
        "cpu_cores": cores,
        "memory_mb": 333,
        "storage_gb": 0.7,
        "gpu_count": 0,
    }
    seconds = seconds_for(**resources, credits=credits)
    assert credits_for(**resources, seconds=seconds * 0.9999) == credits
    assert credits_for(**resources, seconds=seconds * 1.0001) == credits + 1


async def test_what_the_months_credits_dont_cover_is_refused(
    start: Start, http_of: ClientOf
) -> None:
    async with http_of(await start("--month-credits", "10")) as http:
        stays = await create(http, persistent(maxCostCredits=8))
        dear = wanted("true", maxCostCredits=3)
        sentence = refusal(await http.post(CONTAINERS, json=dear), 402, "insufficient_credits")
        assert "2 credits left" in sentence
        await http.delete(f"{CONTAINERS}/{stays['id']}")
        await ended(http, stays["id"])
        assert (await http.post(CONTAINERS, json=dear)).status_code == 201
        assert len(await listed(http)) == 2
