"""Gateways that are told to end: what they leave to the others, and what they end themselves."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cognitora import Cognitora
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.gateways import Gateway, gateways
from tests.kubernetes.test_backend import pods
from tests.kubernetes.test_gateways import LONG, began, go


def test_one_that_is_told_to_end_leaves_what_runs_to_the_others(pair: list[Gateway]) -> None:
    one, other = pair
    session = one.client.code_interpreter.create_session(networking=False).session_id
    key = {"Idempotency-Key": secrets.token_hex(8)}
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(one.run, session, f"x = 1\n{LONG}", **key)
        began(one, session)
        one.process.terminate()
        with pytest.raises(httpx.TransportError):
            cut.result()
    assert one.process.wait(60) == 0
    go(other, session)
    found: list[httpx.Response] = []

    def is_over() -> bool:
        found[:] = [other.run(session, f"x = 1\n{LONG}", **key)]
        return found[0].status_code == 200

    until(is_over)
    data = found[0].json()["data"]
    assert (data["status"], data["outputs"][0]["data"]) == ("completed", "begun\nover 1\n")
    assert other.run(session, "open('ran').read()").json()["data"]["outputs"][0]["data"] == "'x'"


@pytest.mark.parametrize("at_once", [False, True])
def test_the_last_one_ends_what_the_others_have_just_left(
    cluster: Cluster, place: str, pair: list[Gateway], *, at_once: bool
) -> None:
    sessions = [each.client.code_interpreter.create_session(networking=False) for each in pair]
    box = pair[0].client.containers.create_persistent_container(
        "busybox", cpu_cores=1, memory_mb=64, max_cost_credits=5
    )
    until(lambda: pair[1].client.containers.get_container(box.id).status == "RUNNING")
    assert len(sessions) == 2
    for gateway in pair:
        gateway.process.terminate()
        if not at_once:
            gateway.process.wait(100)
    assert [gateway.process.wait(100) for gateway in pair] == [0, 0]
    left = [each["metadata"] for each in cluster.get("-n", place, "pods")["items"]]
    assert [each["name"] for each in left if "deletionTimestamp" not in each] == []


def test_one_that_is_told_to_end_ends_what_no_other_goes_on_with(
    cluster: Cluster, place: str, records: str, tmp_path: Path
) -> None:
    """As of an account that new gateways don't have any more."""
    file = tmp_path / "accounts.toml"
    file.write_text(f'[alice]\napi_keys = ["sha256:{hashlib.sha256(b"alice").hexdigest()}"]\n')
    accounts = ("--accounts", str(file))
    with gateways(cluster, place, tmp_path, records, records, of_first=accounts) as (one, other):
        session = one.client.code_interpreter.create_session(networking=False).session_id
        other.run(session, "x = 1")
        with Cognitora(base_url=one.client.base_url, api_key="alice") as alice:
            before = {each["metadata"]["name"] for each in pods(cluster, place)}
            own = {"ITS": "own"}  # so that it has no warm pod
            alice.code_interpreter.create_session(environment=own, networking=False)
            found = {each["metadata"]["name"] for each in pods(cluster, place)} - before
            hers = {name for name in found if "-warm-" not in name}
            assert len(hers) == 1
        one.process.terminate()
        assert one.process.wait(60) == 0
        assert other.run(session, "x").json()["data"]["outputs"][0]["data"] == "1"
        names = {
            each["metadata"]["name"]
            for each in pods(cluster, place)
            if "deletionTimestamp" not in each["metadata"]
        }
        assert not hers & names
