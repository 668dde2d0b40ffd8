"""How a container is, from what its engine tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .models import ContainerState

ENDED = frozenset(("stopped", "exited", "dead"))
_NEVER = "0001-01-01"


def state_of(found: Mapping[str, Any], kills: int) -> ContainerState:
    """The state that the engine tells, of a container in which `kills` processes had no memory left."""
    over = found["Status"] in ENDED
    code = int(found["ExitCode"]) if over else None
    started, finished = _time(found["StartedAt"]), _time(found["FinishedAt"])
    if started and finished:  # the kernel's clock for files, by which it ends, is a little late
        finished = max(started, finished)
    return ContainerState(
        running=bool(found["Running"]) and not over,
        exit_code=code,
        # Also when one of many processes was killed, and the rest went on and failed.
        out_of_memory=over and code != 0 and (bool(found["OOMKilled"]) or kills > 0),
        started_at=started,
        finished_at=finished if over else None,
    )


def _time(text: str) -> datetime | None:
    if not text or text.startswith(_NEVER):
        return None
    return datetime.fromisoformat(text)
