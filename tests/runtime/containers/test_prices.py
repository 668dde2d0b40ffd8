from __future__ import annotations

from typing import Any

import httpx
import pytest

from cognitora_local.containers.prices import credits_for
from tests.runtime.conftest import ESTIMATE, refusal

PRICES = [
    # cores, MB, GB, GPUs, seconds, the most it may cost
    (1, 512, 5, 0, 300, 5),
    (2, 1024, 5, 0, 300, 20),
    (2, 1024, 5, 0, 3600, 50),
    (4, 8192, 20, 1, 3600, 100),
]


def price(cores: float, memory: int, storage: float, gpus: int, seconds: int) -> int:
    return credits_for(
        cpu_cores=cores, memory_mb=memory, storage_gb=storage, gpu_count=gpus, seconds=seconds
    )


@pytest.mark.parametrize(("cores", "memory", "storage", "gpus", "seconds", "most"), PRICES)
def test_a_price_is_whole_and_within_its_bound(
    cores: float, memory: int, storage: float, gpus: int, seconds: int, most: int
) -> None:
    found = price(cores, memory, storage, gpus, seconds)
    assert isinstance(found, int)
    assert 1 <= found <= most


def test_the_documented_prices() -> None:
    assert price(1, 512, 5, 0, 300) == 1
    assert price(2, 1024, 5, 0, 3600) == 16
    assert price(4, 8192, 20, 1, 3600) == 90


def test_the_least_price_is_one_credit() -> None:
    assert price(0.001, 1, 0.001, 0, 1) == 1


def test_a_sum_that_is_whole_is_not_rounded_up() -> None:
    assert 6 * 0.4 + 0.1 * 6 > 3  # what floats make of it
    assert price(0.4, 0, 6, 0, 3600) == 3


async def test_an_estimate_is_the_price(http: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {
        "cpuCores": 4.0,
        "memoryMb": 8192,
        "storageGb": 20,
        "gpuCount": 1,
        "timeoutSeconds": 3600,
    }
    answer = await http.post(ESTIMATE, json=body)
    assert answer.status_code == 200
    assert answer.json() == {"estimated_credits": 90}


async def test_an_estimate_beyond_all_bounds(http: httpx.AsyncClient) -> None:
    body = {"cpuCores": 1, "memoryMb": 1, "storageGb": 1, "gpuCount": 0}
    for seconds in (10**20, 10**4000):
        answer = await http.post(ESTIMATE, json={**body, "timeoutSeconds": seconds})
        assert "smaller" in refusal(answer, 400, "invalid_request")


async def test_an_estimate_of_nonsense_is_refused(wrong: httpx.AsyncClient) -> None:
    body = {"cpuCores": 0, "memoryMb": 8192, "storageGb": 20, "gpuCount": 0, "timeoutSeconds": 1}
    sentence = refusal(await wrong.post(ESTIMATE, json=body), 400, "invalid_request")
    assert sentence == "`cpuCores` must be greater than 0; it is 0."
