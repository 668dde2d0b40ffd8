"""Whether what an integration works in is still there."""

from __future__ import annotations

from .. import CognitoraError, ConflictError, NotFoundError

_MISSING = ("session_", "container_")
_STOPPED = ("session_not_running", "container_not_running")


def is_gone(error: CognitoraError) -> bool:
    """Whether an error says that the session or container has ended, not that something in it is amiss."""
    code = error.code or ""
    if isinstance(error, NotFoundError):
        return code.startswith(_MISSING)
    return isinstance(error, ConflictError) and code in _STOPPED
