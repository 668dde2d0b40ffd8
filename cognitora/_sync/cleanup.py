# Derived from ../_async/cleanup.py by `make generate`: change that, not this.
"""Ending what nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

from ..cleanup import ENDED, remains
from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, NotFoundError

End = Callable[..., object]


def undoing(end: End, kind: str, named: str) -> Callable[[object], str]:
    """What undoes a thing that was made, and says what has become of it.

    Args:
        end: Ends it, by its id.
        kind: What it is, such as `"session"`.
        named: The attribute that is its id.
    """

    def undo(made: object) -> str:
        name = getattr(made, named)
        fate = undone(end, kind, name)
        return f"{kind.capitalize()} {name}: {fate}"

    return undo


def undone(end: End, kind: str, name: str) -> str:
    """Ends it; what has become of it, as a sentence."""
    try:
        end(name, request_timeout=CLEANUP_SECONDS)
    except NotFoundError:
        return "It is gone."
    except CognitoraError as error:
        return remains(kind, name, error)
    return f"It was {ENDED.get(kind, 'ended')}."
