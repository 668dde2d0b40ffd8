"""What is asked of the first pods: does the cluster keep what is promised?"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..sandbox import Limits, SandboxError
from . import probe_inside
from .networks import Network

LIMITS = Limits(processes=64)
SOURCE = inspect.getsource(probe_inside)
"""What runs in the pod, with `order()` as its argument."""

LISTENER_PORT, KUBELET_PORT = 8701, 10250
NO_SANDBOX = "A pod of this cluster is no sandbox"
LISTENS = b"it listens"
LISTENER = (
    f"import socket; listener = socket.create_server(('', {LISTENER_PORT})); print('it listens', end='')\n"
    "while True: listener.accept()[0].close()"
)
"""What runs in every pod of the probe."""

LET = {"none": set[str](), "outside": {"the name server", "the outside"}}
"""Whom a pod with such a network may reach."""

MEND = {
    "none": "Name a RuntimeClass whose pods have no network (--runtime-class, with --no-networking), or use "
    "a network plugin that keeps NetworkPolicy.",
    "outside": "Use a network plugin that keeps NetworkPolicy with blocks of addresses, and name those that "
    "the cluster has beside private ones (--cluster-range), or let no pod reach anything (--no-networking).",
}

Addresses = tuple[str | None, str | None]
"""Of a pod, and of its node."""


def order(
    asking: Network, pods: Mapping[Network, Addresses], api: Iterable[tuple[str, int]]
) -> dict[str, Any]:
    """What the program is told: the limit, and whom it is to try to reach beside those that it finds."""
    targets: list[tuple[str, str | None, int]] = [("the API server", *each) for each in api]
    for network, (pod, node) in pods.items():
        targets.append(
            ("its node" if network == asking else "another pod's node", node, KUBELET_PORT)
        )
        if network != asking:
            targets.append(("another pod", pod, LISTENER_PORT))
    return {
        "processes": LIMITS.processes,
        "targets": [target for target in targets if target[1] is not None],
    }


def parsed(said: bytes, status: int) -> dict[str, Any]:
    """What the pod's program has found. Raises SandboxError where it couldn't."""
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        text = said.decode(errors="replace").strip()[-1000:]
        raise SandboxError(
            f"The probe's pod can't run its program (exit status {status}): {text}"
        ) from None
    return found


def check(network: Network, found: Mapping[str, Any]) -> None:
    """Look at what was found in a pod with this network.

    Raises SandboxError for a promise that isn't kept.
    """
    if network == "open":
        if "another pod" in found["reached"]:
            raise SandboxError(
                f"{NO_SANDBOX}: another pod reaches it. Use a network plugin that keeps NetworkPolicy."
            )
        return
    reached = sorted({*found["reached"]} - LET[network])
    for broken, what, mend in (
        (
            found["version"] < [3, 11],
            "its Python is older than 3.11",
            "Use another --sandbox-image.",
        ),
        (
            found["user"] == 0,
            "its code runs as root",
            "Let no policy change the pods' security context.",
        ),
        (
            found["capabilities"] != 0,
            "its code has capabilities",
            "Let nothing add any to the pods.",
        ),
        (
            not found["no_new_privs"],
            "its code can gain privileges",
            "Let nothing allow it to the pods.",
        ),
        (
            found["seccomp"] != 2,
            "its system calls aren't filtered",
            "Have the nodes' container runtime support the profile RuntimeDefault.",
        ),
        (found["token"], "it holds a token of the cluster", "Let nothing mount one into the pods."),
        (
            found["writable"] != [],
            f"it can write to {found['writable']}",
            "Let no policy change the pods.",
        ),
        (
            found["processes"] > LIMITS.processes,
            f"it could start {found['processes']} processes where {LIMITS.processes} are let",
            "Use a RuntimeClass whose kernel keeps RLIMIT_NPROC.",
        ),
        (
            reached != [],
            f"it reaches {', '.join(reached)}",
            MEND[network],
        ),
        (
            network == "outside" and found["interfaces"] == ["lo"],
            "it has no network where it is to have one",
            "Say --no-networking, or name another RuntimeClass.",
        ),
    ):
        if broken:
            raise SandboxError(f"{NO_SANDBOX}: {what}. {mend}")
