"""A cluster that has no room: what callers are told, and that it is to be had again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora import Cognitora
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.gateways import EXECUTE, ISOLATED, SESSIONS
from tests.kubernetes.test_backend import runtime

CONTAINERS = "/api/v1/compute/containers"
NONE_WARM = ("--warm-kernels", "0")
KEY = "cgk_of_the_tests"
CODE = {"code": "1 + 1", "networking": False}
SESSION = {"networking": False}
CONTAINER: dict[str, Any] = {
    "image": "busybox",
    "command": ["true"],
    "cpuCores": 1,
    "memoryMb": 64,
    "maxCostCredits": 50,
    "timeoutSeconds": 60,
}


@pytest.fixture
def http(cluster: Cluster, place: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """Asks a runtime, once for each call."""
    with runtime(cluster, place, tmp_path, *NONE_WARM, "--api-key", KEY, way=ISOLATED) as (
        client,
        _,
    ):
        assert isinstance(client, Cognitora)
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(
            base_url=client.base_url, headers=headers, timeout=150, trust_env=False
        ) as asking:
            yield asking


def limit(cluster: Cluster, place: str, kind: str, **spec: Any) -> None:
    """Set a quota, or a LimitRange, and wait until it counts, and the pods of the probe are gone."""
    metadata = {"name": "limit"}
    made = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}
    cluster.create(made, namespace=place)
    if kind == "ResourceQuota":
        until(lambda: used(cluster, place).get("pods") == "0", 300)


def used(cluster: Cluster, place: str) -> dict[str, str]:
    """What counts of the quota; empty where nobody has counted yet."""
    status = cluster.get("-n", place, "resourcequota/limit").get("status", {})
    found: dict[str, str] = status.get("used", {})
    return found


def is_refused(answer: httpx.Response, status: int, code: str, *words: str) -> bool:
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert all(word in told["error"] for word in words), told
    return str(answer.headers.get("retry-after", "none")) == ("5" if status == 429 else "none")


def test_a_quota_that_is_used_up_is_429_for_all_that_would_be_a_pod_until_one_has_ended(
    cluster: Cluster, place: str, http: httpx.Client
) -> None:
    limit(cluster, place, "ResourceQuota", hard={"pods": "1", "limits.memory": "1Gi"})
    made = http.post(SESSIONS, json=SESSION)
    assert made.status_code in (200, 201), made.text
    once = {"Idempotency-Key": "a key that is used again"}
    for path, body in ((SESSIONS, SESSION), (EXECUTE, CODE), (CONTAINERS, CONTAINER)):
        refused = http.post(path, json=body, headers=once if path == EXECUTE else {})
        assert is_refused(refused, 429, "no_room", "pods (1 more, of 1)", "Delete a session")
    assert http.get(CONTAINERS).json()["executions"] == []
    http.delete(f"{SESSIONS}/{made.json()['data']['session_id']}")
    until(lambda: used(cluster, place)["pods"] == "0", 300)
    done = http.post(EXECUTE, json=CODE, headers=once).json()
    assert done["data"]["status"] == "completed"
    large = {**SESSION, "resources": {"memory_mb": 2048}}
    told = "limits.memory (2Gi more, of 1Gi)"
    assert is_refused(http.post(SESSIONS, json=large), 400, "unsupported", told)
    more = {**CONTAINER, "memoryMb": 2048}
    assert is_refused(http.post(CONTAINERS, json=more), 400, "unsupported", told)


def test_what_a_limit_range_doesnt_let_is_400(
    cluster: Cluster, place: str, http: httpx.Client
) -> None:
    limit(cluster, place, "LimitRange", limits=[{"type": "Container", "max": {"memory": "1Gi"}}])
    large = {**SESSION, "resources": {"memory_mb": 2048}}
    told = "maximum memory usage per Container is 1Gi, but limit is 2Gi"
    assert is_refused(http.post(SESSIONS, json=large), 400, "unsupported", told)
    assert http.post(EXECUTE, json=CODE).json()["data"]["status"] == "completed"


def test_what_no_node_has_room_for_is_429_and_leaves_no_pod(
    cluster: Cluster, place: str, http: httpx.Client
) -> None:
    large = {**SESSION, "resources": {"memory_mb": 2**23}}
    assert is_refused(http.post(SESSIONS, json=large), 429, "no_room", "Insufficient memory")
    until(lambda: cluster.get("-n", place, "pods")["items"] == [])
    whole = {**CONTAINER, "memoryMb": 2**23, "maxCostCredits": 10**6}
    container = http.post(CONTAINERS, json=whole).json()
    path = f"{CONTAINERS}/{container['id']}?wait_seconds=90"
    assert "Insufficient memory" in http.get(path).json()["reason"]
