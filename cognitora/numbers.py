"""Checks of numbers, before anything is sent; `validation` has them all."""

from __future__ import annotations

from math import isfinite

from cognitora_openapi.shown import shown

from .errors import InvalidRequestError

LONGEST_PAGE = 1000

MOST_SECONDS = 1_000_000_000
"""More overflows what sockets and locks take."""

MOST = 2**53
"""The largest whole number that every reader of JSON takes as it is."""


def positive_seconds(name: str, value: object) -> float:
    """`value` as seconds.

    Raises:
        InvalidRequestError: It isn't a finite number above 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidRequestError(f"{name} must be a number of seconds, not {shown(value)}.")
    if not 0 < value <= MOST_SECONDS:
        raise InvalidRequestError(
            f"{name} must be a number of seconds above 0 and of at most {MOST_SECONDS:,} (31 years), "
            f"not {shown(value)}."
        )
    return float(value)


def whole_seconds(name: str, value: object, *, least: int = 1, most: int = MOST_SECONDS) -> int:
    """A time limit, which the contract counts in whole seconds, from `least` to `most`."""
    most = min(most, MOST_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidRequestError(
            f"{name} must be a whole number (int) of seconds from {least} to {most:,}, not {shown(value)}."
        )
    return value


def number(
    name: str, value: object, *, least: float = 0.0, most: float = MOST, above: bool = False
) -> float:
    """A number from `least`, or above it, to `most`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidRequestError(f"{name} must be a number, not {shown(value)}.")
    if isinstance(value, float) and not isfinite(value):
        raise InvalidRequestError(f"{name} must be a finite number, not {shown(value)}.")
    if abs(value) > MOST:
        raise InvalidRequestError(f"{name} must be {MOST} or less, not {shown(value)}.")
    if not (value > least if above else value >= least):
        bound = f"above {least:.15g}" if above else f"{least:.15g} or more"
        raise InvalidRequestError(f"{name} must be {bound}, not {shown(value)}.")
    if value > most:
        raise InvalidRequestError(f"{name} must be {most:.15g} or less, not {shown(value)}.")
    return value


def whole(
    name: str, value: object, *, least: int = 0, most: int = MOST, above: bool = False
) -> int:
    """A whole number from `least`, or above it, to `most`."""
    number(name, value, least=least, above=above)
    if not isinstance(value, int):
        raise InvalidRequestError(f"{name} must be a whole number (int), not {shown(value)}.")
    if value > most:
        raise InvalidRequestError(f"{name} must be {most} or less, not {shown(value)}.")
    return value


def above_zero(name: str, value: object) -> float:
    """A number above 0."""
    return number(name, value, above=True)


def at_least_one(name: str, value: object) -> int:
    """A whole number of at least 1."""
    return whole(name, value, least=1)


def page_size(name: str, value: object) -> int:
    """The length of a page: from 1 to 1000 entries."""
    return whole(name, value, least=1, most=LONGEST_PAGE)
