"""A node that loses its power, or its network; an API that is killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.conftest import NODES
from tests.kubernetes.pods import pod

_LOST = "condition=Ready=Unknown"


@pytest.fixture
def third(cluster: Cluster) -> Iterator[int]:
    """The number of a node that the test may lose; it is back afterwards."""
    yield 3
    cluster.wait("node/n3", "condition=Ready")


def test_a_node_without_power_is_lost_with_its_pods_and_comes_back(
    cluster: Cluster, place: str, third: int
) -> None:
    lives, dies = pod("lives", node=1), pod("dies", node=third)
    cluster.create(lives, dies, namespace=place)
    for name in ("lives", "dies"):
        cluster.wait(f"pod/{name}", "condition=Ready", namespace=place)
    cluster.kill_node(third)
    try:
        cluster.wait("node/n3", _LOST)
        # It is given up, and stays in sight while nobody can say that it has ended.
        until(lambda: "deletionTimestamp" in cluster.get("-n", place, "pod", "dies")["metadata"])
    finally:
        cluster.start_node(third)
    cluster.wait("pod/dies", "delete", namespace=place)
    cluster.wait("node/n3", "condition=Ready")
    cluster.create(pod("again", node=third), namespace=place)
    cluster.wait("pod/again", "condition=Ready", namespace=place)
    assert cluster.get("-n", place, "pod", "lives")["status"]["phase"] == "Running"


def test_a_node_without_network_runs_on(cluster: Cluster, place: str, third: int) -> None:
    counts = "i=0; while true; do i=$((i + 1)); echo $i > /tmp/count; sleep 0.1; done"
    cluster.create(pod("counts", "sh", "-c", counts, node=third), namespace=place)
    cluster.wait("pod/counts", "condition=Ready", namespace=place)
    cluster.cut_cable(third)
    try:
        cluster.wait("node/n3", _LOST)
        assert _runs(cluster, counts)
    finally:
        cluster.mend_cable(third)
    cluster.wait("node/n3", "condition=Ready")


def test_an_api_that_is_killed_starts_again(cluster: Cluster) -> None:
    inside = cluster.inside("control-plane", "pid", "mount")
    (before,) = _api(inside)
    subprocess.run([*inside, "kill", "-KILL", before], check=True)
    until(lambda: _api(inside) not in ([], [before]))
    until(lambda: cluster.tried("get", "--raw", "/readyz").stdout == "ok")
    assert len(cluster.get("nodes")["items"]) == NODES


def _api(inside: list[str]) -> list[str]:
    """The process of the API, by its number among those of its machine."""
    find = 'cd /proc; for pid in [0-9]*; do read name < $pid/comm && echo "$pid $name"; done'
    shown = subprocess.run([*inside, "sh", "-c", find], capture_output=True, text=True).stdout
    return [pid for pid, name in map(str.split, shown.splitlines()) if name == "kube-apiserver"]


def _runs(cluster: Cluster, command: str) -> bool:
    """Whether a process with this command goes on inside n3."""
    inside = cluster.inside("n3", "pid", "mount")
    shown = subprocess.run(
        [*inside, "sh", "-c", "cat /proc/[0-9]*/cmdline"], capture_output=True, text=True
    )
    return command in shown.stdout
