"""What callers give to be called with what happens."""

from __future__ import annotations

from inspect import iscoroutinefunction

from cognitora_openapi.shown import shown

from .errors import InvalidRequestError


def check(name: str, value: object, *, takes: str = "a text") -> None:
    """Refuse what can't be called, or would have to be awaited.

    Raises:
        InvalidRequestError: It is such.
    """
    if value is not None and (not callable(value) or iscoroutinefunction(value)):
        raise InvalidRequestError(
            f"{name} must be an ordinary function that takes {takes}, not {shown(value)}."
        )
