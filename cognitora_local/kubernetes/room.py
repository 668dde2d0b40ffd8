"""What a cluster's refusal of a pod means: room that is wanting now, or what can never be had."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from ..sandbox import NoRoom, SandboxError, Unsupported
from .cluster import TOO_MANY_REQUESTS, ClusterError

_QUOTA = re.compile(r"exceeded quota: \S+, requested: (\S+), used: \S+, limited: (\S+)")
"""What the API server says where a ResourceQuota would be exceeded."""

_UNCOUNTED = "status unknown for quota"
"""What it says of a quota that is so new that nobody has counted yet."""

_LIMIT_RANGE = re.compile(
    r"((?:maximum|minimum) \S+ usage per (?:Container|Pod) is \S+, but (?:limit|request) is [^\s,\]]+)"
)
_UNSCHEDULABLE = re.compile("Insufficient|Too many pods")
"""In what the scheduler says, where nodes would do for a pod that have no room for it."""

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{each: Decimal(1000) ** power for power, each in enumerate("kMGTPE", start=1)},
    **{f"{each}i": Decimal(1024) ** power for power, each in enumerate("KMGTPE", start=1)},
}


def refusal(error: ClusterError) -> SandboxError:
    """Why a pod isn't made that the API server refuses, without what others have there."""
    if found := _QUOTA.search(error.message):
        wanted, most = (_amounts(text) for text in found.groups())
        if any(quantity(wanted[key]) > quantity(most[key]) for key in wanted.keys() & most.keys()):
            return Unsupported(
                f"The cluster's quota never has so much: {_told(wanted, most)}. Ask for smaller resources."
            )
        return NoRoom(
            f"The cluster's quota is used up: {_told(wanted, most)}. Delete a session or a container, or "
            "ask again once one has ended."
        )
    if found := _LIMIT_RANGE.search(error.message):
        return Unsupported(
            f"The cluster's LimitRange doesn't let it: {found[1]}. Ask for other resources."
        )
    if error.status == TOO_MANY_REQUESTS or _UNCOUNTED in error.message:
        return NoRoom(f"The cluster has too much to do: {error}. Ask again in a moment.")
    return SandboxError(f"The cluster doesn't let it: {error}.")


def is_wanting(why: str) -> bool:
    """Whether a pod has no node for want of room on them, by what the scheduler says."""
    return _UNSCHEDULABLE.search(why) is not None


def is_out_of_room(reason: str | None) -> bool:
    """Whether a node didn't take a pod for want of room, by the pod's `reason`."""
    return reason is not None and reason.startswith("OutOf")


def no_node(why: str) -> NoRoom:
    return NoRoom(
        f"No node of the cluster has room for it: {why} Delete a session or a container, ask for smaller "
        "resources, or ask again once something has ended."
    )


def quantity(text: str) -> Decimal:
    """A number as Kubernetes writes it: 100m, 1.5, 2e3, 512Mi."""
    number, suffix = re.fullmatch(r"(.*?)([numkMGTPE]?i?)", text).groups()  # type: ignore[union-attr]  # any fits
    return Decimal(number) * _SUFFIXES.get(suffix, Decimal(1))


def _amounts(text: str) -> dict[str, str]:
    """Of `limits.memory=512Mi,pods=1`."""
    return dict(each.split("=", 1) for each in text.split(","))


def _told(wanted: Mapping[str, str], most: Mapping[str, str]) -> str:
    return ", ".join(f"{key} ({wanted[key]} more, of {most.get(key, '?')})" for key in wanted)
