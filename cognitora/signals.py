"""Signals as callers name them, and as the contract does."""

from __future__ import annotations

import signal as system
from collections.abc import Sequence
from typing import TypeVar

from cognitora_openapi.shown import shown

from .errors import InvalidRequestError

Name = TypeVar("Name", bound=str)

NUMBERS = {
    1: "HUP",
    2: "INT",
    3: "QUIT",
    9: "KILL",
    10: "USR1",
    12: "USR2",
    15: "TERM",
    18: "CONT",
    19: "STOP",
    20: "TSTP",
    28: "WINCH",
}
"""The names by their numbers on Linux, which sandboxes are; the caller's own system may have others."""


def signal(name: str, value: object, *, known: Sequence[Name]) -> Name:
    """The name without `SIG` of a signal that was given by any name, by number or as a `signal.Signals`.

    Raises:
        InvalidRequestError: It is none of those known.
    """
    if isinstance(value, system.Signals):
        value = value.name
    said = NUMBERS.get(value) if type(value) is int else value
    short = said.upper().removeprefix("SIG") if isinstance(said, str) else None
    for each in known:
        if each == short:
            return each
    raise InvalidRequestError(
        f"{name} {shown(value)} is unknown; it must be one of {', '.join(map(repr, known))}, with or "
        "without SIG, its number on Linux, or one of Python's, such as signal.SIGTERM."
    )
