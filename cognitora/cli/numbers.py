"""Numbers among options and arguments: one that is none is told with what was given, by every typer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import typer

WHOLE = "a valid integer"
ANY = "a valid float"


def reader(hint: Any, of: Any) -> Callable[[Any], Any] | None:
    """What reads a parameter of this type; None where it is no number.

    Args:
        hint: Its type, with what typer is told of it.
        of: What typer is told: `min` is the least that it may be.
    """
    kinds = set(get_args(get_args(hint)[0])) or {get_args(hint)[0]}
    for kind, what in ((int, WHOLE), (float, ANY)):
        if kind in kinds:
            return _reader(kind, what, of.min)
    return None


def _reader(kind: type[int | float], what: str, least: float | None) -> Callable[[Any], Any]:
    def read(given: Any) -> Any:
        try:
            number = kind(given)
        except ValueError:
            raise typer.BadParameter(f"'{given}' is not {what}.") from None
        if least is not None and not number >= least:
            raise typer.BadParameter(f"{given} is not in the range x>={least:g}.")
        return number

    return read
