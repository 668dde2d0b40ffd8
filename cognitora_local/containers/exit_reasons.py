"""How a container ends, and the words for it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ..engine import KILLED, CommandError, ContainerGone, ContainerState, EngineError, ImageError
from ..store.models import CANCELLED, COMPLETED, FAILED, TIMEOUT, ContainerRecord
from .admission import counted

UNKNOWN = 255
"""The exit code that Docker tells of what was killed while it was being started: containerd's
UnknownExitStatus."""

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class ExitReason:
    """How a container has ended, or is being ended.

    Attributes:
        at: when it ended; None: now.
        free: whether it costs nothing: for how long it ran isn't known.
    """

    status: str
    reason: str | None = None
    exit_code: int | None = None
    at: datetime | None = None
    free: bool = False


CANCELLED_BY_CALLER = ExitReason(CANCELLED, "The container was cancelled.")
RUNTIME_STOPPED = ExitReason(CANCELLED, "The container was stopped: the runtime was stopped.")
NEVER_STARTED = ExitReason(FAILED, "The runtime ended before the container was started.")
LOST = ExitReason(
    FAILED,
    "The runtime ended while this was running, and the container is gone: how it went is unknown.",
    free=True,
)


def time_up(container: ContainerRecord) -> ExitReason:
    if container.expires_at is not None:
        when = container.expires_at.isoformat(timespec="seconds")
        return ExitReason(TIMEOUT, f"The container was stopped: it expired at {when}.")
    seconds = container.timeout_seconds
    return ExitReason(TIMEOUT, f"The container was stopped: its time of {seconds} s was up.")


def budget_spent(container: ContainerRecord) -> ExitReason:
    spent = counted(container.max_cost_credits)
    reason = f"The container was stopped: it has cost the {spent} that it may."
    return ExitReason(CANCELLED, reason)


def of_state(
    state: ContainerState, container: ContainerRecord, asked: ExitReason | None
) -> ExitReason:
    """How a container ended that the engine tells of; `asked` is how it was asked to end."""
    code, at = state.exit_code, state.finished_at
    if asked is not None and code in (KILLED, UNKNOWN, None):
        return asked
    if state.lost is not None:
        return ExitReason(FAILED, state.lost, None, at)
    if code == 0:
        return ExitReason(COMPLETED, None, code, at)
    return ExitReason(FAILED, _failed(code, container, out_of_memory=state.out_of_memory), code, at)


def of_code(code: int, container: ContainerRecord, *, out_of_memory: bool) -> ExitReason:
    """How a command ended whose container runs on, and in which that was meanwhile, or not."""
    if code == 0:
        return ExitReason(COMPLETED, None, code)
    return ExitReason(FAILED, _failed(code, container, out_of_memory=out_of_memory), code)


def _failed(code: int | None, container: ContainerRecord, *, out_of_memory: bool) -> str:
    memory = container.memory_mb
    told = f"The command ended with exit code {code}."
    if not out_of_memory:
        return f"{told} It was killed by signal 9." if code == KILLED else told
    if code == KILLED:
        return f"The command ran out of memory ({memory} MB) and was killed. Ask for more memory."
    # The kernel tells neither which process it was nor whether the command failed by that.
    return f"{told} Meanwhile something in its container was killed, out of memory ({memory} MB)."


def of_error(error: Exception, container_id: str, asked: ExitReason | None) -> ExitReason:
    """How a container ended that couldn't go on."""
    if asked is not None:
        return asked
    if isinstance(error, CommandError):
        return ExitReason(FAILED, str(error), error.exit_code)
    if isinstance(error, (EngineError, ImageError)):
        return ExitReason(FAILED, str(error))
    if isinstance(error, ContainerGone):
        return ExitReason(FAILED, "The container was removed from the engine by somebody else.")
    log.error("Container %s failed", container_id, exc_info=error)
    return ExitReason(FAILED, "Something went wrong in the runtime. Its log has the details.")
