"""What callers give to be called with what happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import isasyncgenfunction, iscoroutinefunction

from cognitora_openapi.shown import shown

from .errors import InvalidRequestError


def check(name: str, value: object, *, takes: str = "a text") -> None:
    """Refuse what can't be called, or would have to be awaited.

    Raises:
        InvalidRequestError: It is such.
    """
    if value is not None and (not callable(value) or _is_awaited(value)):
        raise InvalidRequestError(
            f"{name} must be an ordinary function that takes {takes}, not {shown(value)}."
        )


def _is_awaited(call: Callable[..., object]) -> bool:
    while isinstance(call, partial):
        call = call.func
    called = (call, type(call).__call__)
    return any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in called)
