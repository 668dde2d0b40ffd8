"""The networks of pods, as NetworkPolicies that a network plugin keeps."""

from __future__ import annotations

from typing import Any, Literal

from .cluster import CONTAINERS, MANAGED
from .options import PodOptions

Network = Literal["none", "outside", "open"]
"""What a pod reaches: nothing; the outside; all there is, which the start-up probe needs, and reaches it."""

NETWORK = "cognitora.dev/network"
"""The label that says which of them a pod has."""

INSIDE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
    "168.63.129.16/32",
)
"""What isn't the outside: addresses that the internet knows nobody by, where clusters have their pods,
services, nodes and metadata; the last is that of Azure's machines alone."""

DNS_PORT = 53
DNS_PODS = ("kube-dns", "coredns", "node-local-dns")
"""What the label k8s-app says of the pods that tell a cluster's names."""

_OURS = {MANAGED: "cognitora"}


def probed(options: PodOptions) -> tuple[Network, ...]:
    """The networks of pods that the start-up probe looks at."""
    return ("none", "open", "outside") if options.networking else ("none", "open")


def policies(options: PodOptions) -> list[dict[str, Any]]:
    """All of them: what one allows is added to what another does.

    The first takes everything from every pod of ours, those of older runtimes too.
    """
    found = _usual(options, _OURS)
    everything = {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}
    return [*found, _policy("cognitora-probe", _OURS | {NETWORK: "open"}, everything)]


def policies_of_containers(options: PodOptions) -> list[dict[str, Any]]:
    """Those of the pods that are containers: the same, which the probe proves of the others."""
    return _usual(options, {MANAGED: CONTAINERS}, "-containers")


def _usual(options: PodOptions, ours: dict[str, str], end: str = "") -> list[dict[str, Any]]:
    found = [_nothing(f"cognitora-no-network{end}", ours)]
    if options.networking:
        labels = ours | {NETWORK: "outside"}
        found.append(_policy(f"cognitora-outside{end}", labels, _outside(options)))
    return found


def _nothing(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """That nothing reaches the pods with these labels, and they reach nothing."""
    return _policy(name, labels, {"policyTypes": ["Ingress", "Egress"]})


def _outside(options: PodOptions) -> dict[str, Any]:
    # Addresses of IPv6 are let nowhere: there is no telling which of them are the cluster's.
    block = {"cidr": "0.0.0.0/0", "except": [*INSIDE, *options.cluster_ranges]}
    names: list[dict[str, Any]] = [
        {"ipBlock": {"cidr": f"{address}/32"}} for address in options.nameservers
    ]
    if not names:
        pods = {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": [*DNS_PODS]}]}
        names.append({"namespaceSelector": {}, "podSelector": pods})
    ports = [{"protocol": protocol, "port": DNS_PORT} for protocol in ("UDP", "TCP")]
    return {
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"ipBlock": block}]}, {"to": names, "ports": ports}],
    }


def _policy(name: str, labels: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": _OURS},
        "spec": {"podSelector": {"matchLabels": labels}, **spec},
    }
