"""What the statuses of code and of containers mean, whatever their case."""

from __future__ import annotations

WELL = frozenset({"completed", "success", "succeeded", "ok"})
UNFINISHED = frozenset({"running", "pending", "queued"})
FINAL = frozenset({"completed", "failed", "cancelled", "timeout"})
"""The statuses after which a container changes no more, in lower case."""


def is_final(status: str) -> bool:
    """Whether a container of this status has ended. Unknown statuses are not final."""
    return status.lower() in FINAL
