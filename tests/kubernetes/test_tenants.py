"""Accounts with a namespace each: what one runs is in its own, and reached by nobody else's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cognitora import Cognitora
from tests.kubernetes.attacks import REACHED
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.pods import PYTHON, pod
from tests.kubernetes.test_backend import runtime

NAMES = ("alice", "bob")
PORT = 8080
SERVES = ["python3", "-m", "http.server", str(PORT)]
ASK = f"import socket, sys; socket.create_connection((sys.argv[1], {PORT}), 3)"
HEARD = f"""
import socket, time
while True:
    try:
        socket.create_connection(("127.0.0.1", {PORT})).close()
        break
    except OSError:
        time.sleep(0.1)
"""
LISTENS = f"""
import subprocess
subprocess.Popen({SERVES})
{HEARD}"""
SMALL: dict[str, Any] = {"cpu_cores": 0.5, "memory_mb": 64, "max_cost_credits": 5}


@pytest.fixture
def spaces(cluster: Cluster, place: str) -> Iterator[dict[str, str]]:
    """A namespace of each account, beside the test's own."""
    found = {name: f"{place[-50:].strip('-')}-{name}" for name in NAMES}
    for name in found.values():
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        until(
            lambda name=name: (  # type: ignore[misc]
                cluster.tried("-n", name, "get", "serviceaccount", "default").returncode == 0
            )
        )
    yield found
    cluster.kubectl("delete", "namespace", "--wait=false", *found.values())


def pods(cluster: Cluster, place: str) -> list[dict[str, Any]]:
    """Those of sandboxes and containers; not those that are being deleted, as the probe's."""
    ours = "app.kubernetes.io/managed-by in (cognitora, cognitora-containers)"
    items: list[dict[str, Any]] = cluster.get("-n", place, "pods", "-l", ours)["items"]
    return [each for each in items if "deletionTimestamp" not in each["metadata"]]


def test_each_accounts_pods_are_in_its_namespace_and_reached_by_nobody_elses(
    cluster: Cluster, place: str, spaces: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.toml"
    tables = [
        f'[{name}]\napi_keys = ["sha256:{hashlib.sha256(name.encode()).hexdigest()}"]\n'
        f'namespace = "{space}"\n'
        for name, space in spaces.items()
    ]
    file.write_text("".join(tables))
    options = ("--warm-kernels", "0", "--accounts", str(file), "--api-key", "cgk_of_the_tests")
    with runtime(cluster, place, tmp_path, *options, way=()) as (client, _), ExitStack() as stack:
        alice, bob = (
            stack.enter_context(Cognitora(base_url=client.base_url, api_key=name)) for name in NAMES
        )
        for space in spaces.values():
            policies = cluster.get("-n", space, "networkpolicies")["items"]
            assert {each["metadata"]["name"] for each in policies} >= {"cognitora-no-network"}
            assert cluster.get("-n", space, "configmaps", "-l", "app.kubernetes.io/managed-by")[
                "items"
            ]

        session = stack.enter_context(alice.code_interpreter.session())
        session.run_python(LISTENS)
        kept = alice.containers.create_persistent_container(
            *(PYTHON,), **SMALL, command=SERVES, networking=True
        )
        alice.containers.execute_in_container(kept.id, ["python3", "-c", HEARD])
        until(lambda: len(pods(cluster, spaces["alice"])) == 2)
        assert pods(cluster, spaces["bob"]) == pods(cluster, place) == []
        cluster.create(
            pod("open", *SERVES, image=PYTHON), pod("asking", image=PYTHON), namespace=spaces["bob"]
        )
        for name in ("open", "asking"):
            cluster.wait(f"pod/{name}", "condition=Ready", namespace=spaces["bob"])

        def address(where: str, name: str) -> str:
            told: str = cluster.get("-n", where, f"pod/{name}")["status"]["podIP"]
            return told

        def reached(host: str) -> bool:
            """From a pod that no policy is for."""
            command = ("exec", "asking", "--", "python3", "-c", ASK, host)
            return cluster.tried("-n", spaces["bob"], *command).returncode == 0

        theirs = [
            address(spaces["alice"], each["metadata"]["name"])
            for each in pods(cluster, spaces["alice"])
        ]
        until(lambda: reached(address(spaces["bob"], "open")))  # so it would be seen
        assert [reached(each) for each in theirs] == [False, False]
        targets = json.dumps([[each, each, PORT] for each in theirs])
        tried = bob.code_interpreter.run_python(REACHED, environment={"TARGETS": targets})
        assert (tried.ok, json.loads(tried.stdout)) == (True, [])
        with bob.code_interpreter.session(networking=False) as other:
            label = f"cognitora.dev/name={other.id}"
            assert len(cluster.get("-n", spaces["bob"], "pods", "-l", label)["items"]) == 1
        with client.code_interpreter.session(networking=False):
            assert len(pods(cluster, place)) == 1
    for where in (place, *spaces.values()):
        until(lambda where=where: pods(cluster, where) == [], 300)  # type: ignore[misc]
