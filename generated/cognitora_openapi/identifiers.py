"""Ids, as they stand in paths. Written by hand, copied here by `make generate`."""

from __future__ import annotations

from .errors import InvalidRequestError
from .shown import shown


def identifier(name: str, value: object) -> str:
    """An id that can stand in a path as it is.

    Raises:
        InvalidRequestError: It can't, and would go to another path.
    """
    if not isinstance(value, str):
        own = next((part for part in (name, "id") if hasattr(type(value), part)), None)
        hint = f"; pass its .{own}" if own else ""
        raise InvalidRequestError(f"{name} must be a string, not {type(value).__name__}{hint}.")
    if not value or not value.strip("."):
        raise InvalidRequestError(
            f"{name} is {shown(value)}; it must be the id that the service gave."
        )
    if not value.isprintable() or any(mark in value for mark in "/?#%\\ "):
        raise InvalidRequestError(
            f"{name} {shown(value)} can't be an id: it has a blank or a mark such as '/', '?' or '%'. "
            "Pass the id as the service gave it."
        )
    return value
