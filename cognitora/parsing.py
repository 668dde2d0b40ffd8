"""Reads the answers of status 2xx into the generated models, and tells those that can't be read."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar

from ._http.types import Response

log = logging.getLogger("cognitora")


class Model(Protocol):
    """What the generated models have in common."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Reads one from decoded JSON."""
        ...


M = TypeVar("M", bound=Model)
T = TypeVar("T")

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def one(response: Response, model: type[M], *envelope: str) -> M:
    """The one object that an answer holds.

    Args:
        response: The answer.
        model: Its class.
        envelope: The names that lead to it from the outermost object.

    Raises:
        InvalidResponseError: There is no such object, or it lacks what it must have.
    """
    try:
        return model.from_dict(_unwrap(response, envelope))
    except UNREADABLE as error:
        lacks = "it lacks " if isinstance(error, KeyError) else ""
        failure = response.unreadable(f"it is no {model.__name__}: {lacks}{error}")
    # What the server sent is in no variable of a frame: it may have echoed the key.
    raise failure


def many(response: Response, model: type[M], *envelope: str) -> Rows[M]:
    """The list that an answer holds, null being an empty one.

    A row that can't be read is left out and logged as a warning: the others are worth having.

    Raises:
        InvalidResponseError: There is no such list.
    """
    around = _unwrap(response, envelope[:-1])
    found = _inside(response, around, envelope[-1])
    rows: Rows[M] = Rows()
    follows = around.get("next")
    rows.next = follows if isinstance(follows, str) else None
    del around
    if found is None:
        return rows
    if not isinstance(found, list):
        del found, follows
        raise response.unreadable(f"there is no list of {model.__name__} in it")
    for row in found:
        try:
            entry = model.from_dict(row)
        except UNREADABLE as error:
            why = response.hide(repr(error))
            log.warning("left out a %s that can't be read: %s", model.__name__, why)
            rows.sent.append((_mark(row), None))
        else:
            rows.sent.append((_mark(row), entry))
            rows.append(entry)
    return rows


class Entries(list[T]):
    """A list that notebooks show as a table."""

    def _repr_html_(self) -> str | None:
        from .results.display.tables import table

        return table(self)


class Rows(Entries[T]):
    """What could be read of a list.

    Attributes:
        sent: All rows that the server sent, each with what tells it apart: its id, or all of it where it has
            a time; None for nothing. One that can't be read is None.
        next: The `after` of the page that follows, if the server knows it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[object, T | None]] = []
        self.next: str | None = None


def _mark(row: Any) -> object:
    if not isinstance(row, dict) or "timestamp" in row:
        return hash(json.dumps(row, sort_keys=True))
    name = row.get("id")
    return name if isinstance(name, str) else None


def text(response: Response, *envelope: str) -> str:
    """The text that an answer holds, null being an empty one.

    Raises:
        InvalidResponseError: There is none.
    """
    found = _unwrap(response, envelope)
    if found is None:
        return ""
    if not isinstance(found, str):
        del found
        raise response.unreadable(f"{envelope[-1]} is no text")
    return found


def _unwrap(response: Response, envelope: tuple[str, ...]) -> Any:
    found = response.json()
    for name in envelope:
        found = _inside(response, found, name)
    return found


def _inside(response: Response, around: Any, name: str) -> Any:
    if isinstance(around, dict) and name in around:
        return around[name]
    del around
    raise response.unreadable(f"it has no {name!r}")
