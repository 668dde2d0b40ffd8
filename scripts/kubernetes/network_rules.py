"""NetworkPolicies as rules of nftables, and the one Service that each cluster has: that of its API.

Known are selectors of pods and namespaces, blocks of addresses with exceptions, and ports with numbers. What
is not known (ports with names) lets nothing through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.kubernetes.layout import API_ADDRESS, API_PORT, API_SERVICE
from scripts.kubernetes.watching import Objects

_SIDES = {"Ingress": ("from", "saddr"), "Egress": ("to", "daddr")}
_TABLE = """\
table ip network-policy
delete table ip network-policy
table ip network-policy {{
chain input {{
type filter hook input priority 0
ip saddr {pods} ct state established,related accept
ip saddr {pods} drop
}}
chain forward {{
type filter hook forward priority 0
ct state established,related accept
ip saddr {pods} jump egress
ip daddr {pods} jump ingress
}}
chain services {{
type nat hook prerouting priority -100
ip daddr {service} tcp dport 443 dnat to {api}
}}
{chains}
}}
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the cluster has that the rules follow from."""

    pods: Objects = field(default_factory=Objects)
    namespaces: Objects = field(default_factory=Objects)
    policies: Objects = field(default_factory=Objects)


def ruleset(known: Known, node: str, pods: str) -> str:
    """All the rules of a node; they take the place of those before at once.

    A pod that isn't known yet has no network, so it is never without its policies. None reaches its own node.
    """
    parents: dict[str, list[str]] = {"Ingress": [], "Egress": []}
    chains: list[str] = []
    for (namespace, _), pod in sorted(known.pods.copy().items()):
        if pod["spec"].get("nodeName") != node or not (address := _address(pod)):
            continue
        for direction, (_, other) in _SIDES.items():
            own = "daddr" if other == "saddr" else "saddr"
            policies = [
                policy["spec"]
                for (place, _), policy in sorted(known.policies.copy().items())
                if place == namespace and _governs(policy["spec"], direction, pod)
            ]
            if policies:
                name = f"{direction.lower()}-{pod['metadata']['uid']}"
                allowed = [
                    f"{rule} return".strip()
                    for policy in policies
                    for rule in _allowed(known, policy, direction, namespace)
                ]
                chains.append(_chain(name, [*allowed, "drop"]))
                parents[direction].append(f"ip {own} {address} jump {name}")
            parents[direction].append(f"ip {own} {address} return")
    chains += [_chain(name.lower(), [*rules, "drop"]) for name, rules in parents.items()]
    return _TABLE.format(
        pods=pods,
        service=API_SERVICE,
        api=f"{API_ADDRESS}:{API_PORT}",
        chains="\n".join(chains),
    )


def _chain(name: str, rules: list[str]) -> str:
    return "\n".join([f"chain {name} {{", *rules, "}"])


def _address(pod: dict[str, Any]) -> str:
    """Where a pod is reached that has a network of its own and lives; else nothing."""
    status = pod["status"]
    if pod["spec"].get("hostNetwork") or status.get("phase") not in ("Pending", "Running"):
        return ""
    return str(status.get("podIP", ""))


def _governs(spec: dict[str, Any], direction: str, pod: dict[str, Any]) -> bool:
    kinds = spec.get("policyTypes", ["Ingress"])
    return direction in kinds and _selects(spec["podSelector"], pod)


def _selects(selector: dict[str, Any], item: dict[str, Any]) -> bool:
    labels = item["metadata"].get("labels") or {}
    for name, value in (selector.get("matchLabels") or {}).items():
        if labels.get(name) != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        value, values = labels.get(expression["key"]), expression.get("values") or []
        holds = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not holds[expression["operator"]]:
            return False
    return True


def _allowed(known: Known, spec: dict[str, Any], direction: str, namespace: str) -> Iterator[str]:
    """What matches the connections that a policy allows."""
    side, field_name = _SIDES[direction]
    for rule in spec.get(direction.lower()) or []:
        for peer in _peers(known, rule.get(side), namespace, field_name):
            for port in _ports(rule.get("ports")):
                yield f"{peer} {port}"


def _peers(
    known: Known, peers: list[dict[str, Any]] | None, namespace: str, field_name: str
) -> Iterator[str]:
    """What matches each of them; everybody, where none is named."""
    if not peers:
        yield ""
    for peer in peers or []:
        if block := peer.get("ipBlock"):
            matched = f"ip {field_name} {block['cidr']}"
            if exceptions := block.get("except"):
                matched += "".join(f" ip {field_name} != {one}" for one in exceptions)
            yield matched
        elif addresses := sorted(_addresses(known, peer, namespace)):
            yield f"ip {field_name} {{ {', '.join(addresses)} }}"


def _addresses(known: Known, peer: dict[str, Any], namespace: str) -> set[str]:
    of_namespaces = peer.get("namespaceSelector")
    found: set[str] = set()
    for (place, _), pod in known.pods.copy().items():
        if of_namespaces is None:
            inside = place == namespace
        else:
            home = known.namespaces.get(("", place))
            inside = home is not None and _selects(of_namespaces, home)
        if inside and _selects(peer.get("podSelector") or {}, pod) and (address := _address(pod)):
            found.add(address)
    return found


def _ports(ports: list[dict[str, Any]] | None) -> Iterator[str]:
    if not ports:
        yield ""
    for port in ports or []:
        protocol = port.get("protocol", "TCP").lower()
        number = port.get("port")
        if number is None:
            yield f"ip protocol {protocol}"
        elif isinstance(number, int):
            yield f"{protocol} dport {number}"
