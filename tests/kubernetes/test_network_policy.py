"""NetworkPolicies hold, as pods see it that try."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.pods import PYTHON, pod

_PORT = 8080
_SERVES = ("python3", "-m", "http.server", str(_PORT), "--directory", "/tmp")
_ASKS = "import requests, sys; requests.get(sys.argv[1], timeout=1).raise_for_status()"


@pytest.fixture
def server(cluster: Cluster, place: str) -> str:
    """The address of a server in a pod on n1; on n1 and n2 there are pods `near` and `far` beside it."""
    near, far = pod("near", image=PYTHON), pod("far", image=PYTHON, node=2)
    cluster.create(pod("server", *_SERVES, image=PYTHON), near, far, namespace=place)
    for name in ("server", "near", "far"):
        cluster.wait(f"pod/{name}", "condition=Ready", namespace=place)
    address: str = cluster.get("-n", place, "pod", "server")["status"]["podIP"]
    _reach(cluster, place, address, {"near", "far"})
    return address


def test_a_policy_lets_in_whom_it_names(cluster: Cluster, place: str, server: str) -> None:
    rule = {"from": [{"podSelector": _labelled("far")}], "ports": [{"port": _PORT}]}
    cluster.create(_policy("server", "Ingress", [rule]), namespace=place)
    _reach(cluster, place, server, {"far"})
    cluster.kubectl("-n", place, "delete", "networkpolicy", "only")
    _reach(cluster, place, server, {"near", "far"})


def test_a_policy_of_another_port_lets_nobody_in(cluster: Cluster, place: str, server: str) -> None:
    cluster.create(_policy("server", "Ingress", [{"ports": [{"port": 1}]}]), namespace=place)
    _reach(cluster, place, server, set())


@pytest.mark.parametrize("name", ["near", "far"])
def test_a_policy_lets_nobody_out(cluster: Cluster, place: str, server: str, name: str) -> None:
    cluster.create(_policy(name, "Egress", []), namespace=place)
    _reach(cluster, place, server, {"near", "far"} - {name})


def test_a_policy_lets_out_to_addresses_but_for_some(
    cluster: Cluster, place: str, server: str
) -> None:
    block = {"cidr": "10.251.0.0/16", "except": ["10.251.9.0/24"]}
    cluster.create(_policy("near", "Egress", [{"to": [{"ipBlock": block}]}]), namespace=place)
    block = {"cidr": "10.251.0.0/16", "except": [f"{server}/32"]}
    cluster.create(
        _policy("far", "Egress", [{"to": [{"ipBlock": block}]}], "other"), namespace=place
    )
    _reach(cluster, place, server, {"near"})


def test_a_policy_of_a_namespace_lets_in_its_pods(
    cluster: Cluster, place: str, server: str
) -> None:
    everyone = {"from": [{"namespaceSelector": {"matchLabels": {"of": place}}}]}
    cluster.create(_policy("server", "Ingress", [everyone]), namespace=place)
    _reach(cluster, place, server, set())
    cluster.kubectl("label", "namespace", place, f"of={place}")
    _reach(cluster, place, server, {"near", "far"})


def _reach(cluster: Cluster, place: str, address: str, who: set[str]) -> None:
    """Wait until these pods get an answer from the server, and the others none."""
    pods = ("near", "far")
    until(lambda: {pod for pod in pods if _reaches(cluster, place, pod, address)} == who)


def _reaches(cluster: Cluster, place: str, name: str, address: str) -> bool:
    ask = ["python3", "-c", _ASKS, f"http://{address}:{_PORT}/"]
    return cluster.tried("-n", place, "exec", name, "--", *ask).returncode == 0


def _labelled(name: str) -> dict[str, Any]:
    return {"matchLabels": {"name": name}}


def _policy(name: str, kind: str, rules: list[Any], own: str = "only") -> dict[str, Any]:
    """What alone a pod may take in, or reach."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": own},
        "spec": {"podSelector": _labelled(name), "policyTypes": [kind], kind.lower(): rules},
    }
