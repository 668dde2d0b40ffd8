"""The cluster that the other tests stand on is real: nodes, pods, networks, losses."""

from __future__ import annotations

from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.conftest import NODES
from tests.kubernetes.pods import PYTHON, pod

_SHOWN = "import platform; print(platform.node(), platform.python_version_tuple()[:2])"


def test_nodes_get_ready(cluster: Cluster) -> None:
    nodes = cluster.get("nodes")["items"]
    assert [node["metadata"]["name"] for node in nodes] == [f"n{n + 1}" for n in range(NODES)]
    for node in nodes:
        (ready,) = (c for c in node["status"]["conditions"] if c["type"] == "Ready")
        assert ready["status"] == "True"
        assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.20.2"


def test_a_pod_runs_an_image_of_debians_packages(cluster: Cluster, place: str) -> None:
    made = pod("shows", "python3", "-c", _SHOWN, image=PYTHON, node=2)
    cluster.create(made, namespace=place)
    until(lambda: _phase(cluster, place, "shows") == "Succeeded")
    assert cluster.kubectl("-n", place, "logs", "shows") == "shows ('3', '11')\n"


def test_a_pod_that_is_isolated_has_nothing_but_loopback(cluster: Cluster, place: str) -> None:
    cluster.create(pod("isolated", runtimeClassName="isolated"), namespace=place)
    cluster.wait("pod/isolated", "condition=Ready", namespace=place)
    shown = cluster.run("isolated", "ip", "-o", "link", namespace=place)
    assert [line.split(": ")[1] for line in shown.splitlines()] == ["lo"]
    cluster.run("isolated", "ping", "-c", "1", "127.0.0.1", namespace=place)


def _phase(cluster: Cluster, place: str, name: str) -> str:
    phase: str = cluster.get("-n", place, "pod", name)["status"]["phase"]
    return phase
