"""What is told of a container by its pod."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..engine import KILLED, CommandError, ContainerState, EngineError
from ..engine.oci_errors import command_error, is_refusal
from .agent.server import UNHEARD
from .container_manifests import NAME
from .pod import HOPELESS
from .pod_watch import PodFound

REFUSED = ("StartError", "ContainerCannotRun", "RunContainerError", "CreateContainerError")
"""Why a container isn't started, where its command may be at fault."""

REASONS = {
    "DeadlineExceeded": "it had been there as long as its pod may",
    "Evicted": "its node put it out",
    **dict.fromkeys(("OutOfcpu", "OutOfmemory", "OutOfpods"), "its node had no room for it"),
    "NodeLost": "its node is lost",
    "Shutdown": "its node was shut down",
    "Terminated": "its node was shut down",
}
NOBODY = "The container has ended: it heard of no gateway for too long."
GONE = "The container was removed from the cluster by somebody else."


def check_can_start(pod: PodFound) -> None:
    """Raises CommandError or EngineError where it never will."""
    for status in (*_statuses(pod, "initContainerStatuses"), *_statuses(pod, "containerStatuses")):
        waiting = status["state"].get("waiting", {})
        reason, said = waiting.get("reason"), str(waiting.get("message", "nobody says why"))
        ours = status["name"] != NAME
        if reason in REFUSED and not ours and is_refusal(said):
            raise command_error(said)
        if reason in HOPELESS:
            image = f"{status['image']!r}{', which has its agent,' if ours else ''}"
            raise EngineError(
                f"The container can't be started: its image {image} can't be had or run ({reason}: {said})."
            )
        ended = status["state"].get("terminated", {})
        if ours and ended.get("exitCode", 0) != 0:
            raise EngineError(
                "The container can't be started: its agent can't be copied into it (exit code "
                f"{ended['exitCode']}). The pod's container `agent` says why in its log."
            )


def why_waiting(pod: PodFound | None) -> str:
    """Why it doesn't run yet."""
    for condition in pod["status"].get("conditions", []) if pod else []:
        if condition["status"] == "False" and condition.get("message"):
            return str(condition["message"])
    return "nobody says why"


def is_scheduled(pod: PodFound | None) -> bool:
    """Whether it has a node."""
    return pod is not None and "nodeName" in pod["spec"]


def began_at(pod: PodFound) -> datetime | None:
    """When its command was started; None: it wasn't yet."""
    state = _main(pod)
    began = state.get("running") or state.get("terminated")
    return _moment(began.get("startedAt")) if began else None


def waits(pod: PodFound) -> bool:
    """Whether its node says that its command isn't started yet, or it has no node."""
    return not is_scheduled(pod) or "waiting" in _main(pod)


def has_ended_before(pod: PodFound, moment: datetime) -> bool:
    """Whether all of a pod had ended then."""
    if pod["status"].get("phase") not in ("Succeeded", "Failed"):
        return False
    ended = _main(pod).get("terminated", {}).get("finishedAt")
    return (_moment(ended) or datetime.fromisoformat(pod["metadata"]["creationTimestamp"])) < moment


def engine_id_of(pod: PodFound) -> str | None:
    """By which its node's container runtime knows the container; None: it doesn't yet."""
    for status in _statuses(pod, "containerStatuses"):
        if status["name"] == NAME and status.get("containerID"):
            return str(status["containerID"]).rpartition("//")[2]
    return None


def end_of(pod: PodFound, *, killed: bool) -> ContainerState | None:
    """How it has ended; None: it hasn't.

    `killed`: it was told to end, by us.

    Raises:
        CommandError: its command couldn't be started.
    """
    phase, reason = pod["status"].get("phase"), pod["status"].get("reason")
    ended = _main(pod).get("terminated")
    deleted = "deletionTimestamp" in pod["metadata"]
    if ended is None and phase not in ("Succeeded", "Failed"):
        return None
    lost = None
    if reason in REASONS:
        said = pod["status"].get("message")
        lost = f"The container has ended: {REASONS[reason]}{f' ({said})' if said else ''}."
    if ended is None:
        lost = lost or "The container has ended with its pod, and nobody says why."
        return ContainerState(False, None, False, began_at(pod), None, lost)
    code, why = int(ended["exitCode"]), ended.get("reason")
    said = str(ended.get("message", ""))
    if why in REFUSED:
        if is_refusal(said):
            raise command_error(said)
        raise CommandError(f"The container can't be started: {said}", 126)
    if why == "ContainerStatusUnknown":
        lost = lost or "The container is lost with its node: how it went is unknown."
    if deleted and killed:
        code = KILLED
    elif deleted:
        lost = lost or GONE
    if code == UNHEARD and not killed and _is_persistent(pod):
        lost = lost or NOBODY
    memory = why == "OOMKilled"
    at = _moment(ended.get("finishedAt"))
    return ContainerState(False, code, memory, began_at(pod), _not_late(at), lost)


def _not_late(at: datetime | None) -> datetime | None:
    """Clusters tell whole seconds: of what has just happened the clock here tells more."""
    now = datetime.now(UTC)
    return None if at is None or (now - at).total_seconds() < 2 else at


def _is_persistent(pod: PodFound) -> bool:
    return "initContainers" in pod["spec"]


def _main(pod: PodFound) -> dict[str, Any]:
    for status in _statuses(pod, "containerStatuses"):
        if status["name"] == NAME:
            state: dict[str, Any] = status["state"]
            return state
    return {}


def _statuses(pod: PodFound, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pod["status"].get(key, [])
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
