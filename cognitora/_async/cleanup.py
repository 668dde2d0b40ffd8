"""Ending what nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from ..cleanup import ENDED, remains
from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, NotFoundError

End = Callable[..., Coroutine[Any, Any, object]]


def undoing(end: End, kind: str, named: str) -> Callable[[object], Coroutine[Any, Any, str]]:
    """What undoes a thing that was made, and says what has become of it.

    Args:
        end: Ends it, by its id.
        kind: What it is, such as `"session"`.
        named: The attribute that is its id.
    """

    async def undo(made: object) -> str:
        name = getattr(made, named)
        fate = await undone(end, kind, name)
        return f"{kind.capitalize()} {name}: {fate}"

    return undo


async def undone(end: End, kind: str, name: str) -> str:
    """Ends it; what has become of it, as a sentence."""
    try:
        await end(name, request_timeout=CLEANUP_SECONDS)
    except NotFoundError:
        return "It is gone."
    except CognitoraError as error:
        return remains(kind, name, error)
    return f"It was {ENDED.get(kind, 'ended')}."
