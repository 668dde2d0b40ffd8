"""The pages of a list: where one begins, and what tells where the next one does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .connection import ALL


class Listed(Protocol):
    """What a list shows."""

    id: str

    def size(self) -> int:
        """In bytes and roughly."""
        ...


T = TypeVar("T")
L = TypeVar("L", bound=Listed)

PAGE_BYTES = 2**20
"""After which a page is full. With the one entry that fills it, it may be more."""


class UnknownEntry(Exception):
    """What a page was to begin after was never the `next` of a page of this list."""

    def __init__(self, after: str) -> None:
        advice = "Pass the `next` of the page before."
        super().__init__(f"`after` is no entry of this list: {after[:80]!r}. {advice}")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page; `next` is the `after` of the one that follows, None where none does."""

    rows: list[T]
    next: str | None


def most(limit: int | None) -> int:
    """How many rows `page_of` takes at most of a list."""
    return ALL if limit is None else limit + 1


def page_of(rows: Iterable[L], limit: int | None) -> Page[L]:
    """A page of a list: at most `limit` rows, and fewer where they are large.

    No more of them are taken than are shown, and one by which it is known that some follow.
    """
    shown, held = list[L](), 0
    for row in rows:
        if len(shown) == limit or held > PAGE_BYTES:
            return Page(shown, shown[-1].id)
        shown.append(row)
        held += row.size()
    return Page(shown, None)
