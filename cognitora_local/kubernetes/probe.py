"""What is asked of the first pod: does the cluster keep what is promised?"""

from __future__ import annotations

import inspect
import json
from typing import Any

from ..sandbox import Limits, SandboxError
from . import probe_inside

LIMITS = Limits(processes=64)
SOURCE = inspect.getsource(probe_inside)
"""What runs in the pod, with `order()` as its argument."""

LISTENER_PORT, KUBELET_PORT = 8701, 10250
LISTENS = b"it listens"
LISTENER = (
    f"import socket; listener = socket.create_server(('', {LISTENER_PORT})); print('it listens', end='')\n"
    "while True: listener.accept()[0].close()"
)
"""What runs in another pod, and is to be reached by nobody."""

Addresses = tuple[str | None, str | None]
"""Of a pod, and of its node."""


def order(asking: Addresses, listening: Addresses) -> dict[str, Any]:
    """What the program is told: the limit, and whom it is to try to reach beside those that it finds."""
    targets = [
        ("another pod", listening[0], LISTENER_PORT),
        ("its node", asking[1], KUBELET_PORT),
        ("another pod's node", listening[1], KUBELET_PORT),
    ]
    return {
        "processes": LIMITS.processes,
        "targets": [target for target in targets if target[1] is not None],
    }


def check(said: bytes, status: int) -> str | None:
    """Look at what the pod's program said; the node that it has found, if any.

    Raises SandboxError for a promise that isn't kept.
    """
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        text = said.decode(errors="replace").strip()[-1000:]
        raise SandboxError(
            f"The probe's pod can't run its program (exit status {status}): {text}"
        ) from None
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
            found["reached"] != [],
            f"it reaches {', '.join(found['reached'])}",
            "Name a RuntimeClass whose pods have no network (--runtime-class), or use a network plugin "
            "that keeps NetworkPolicy.",
        ),
    ):
        if broken:
            raise SandboxError(f"A pod of this cluster is no sandbox: {what}. {mend}")
    node: str | None = found["node"]
    return node
