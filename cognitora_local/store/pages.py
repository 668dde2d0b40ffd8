"""The pages of a list: where one begins, and what tells where the next one does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .database import Database

T = TypeVar("T")

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


def page_of(
    rows: Iterable[T], limit: int | None, name: Callable[[T], str], size: Callable[[T], int]
) -> Page[T]:
    """A page of a list: at most `limit` rows, and fewer where they are large.

    No more of them are taken than are shown, and one by which it is known that some follow. `size`
    is a row's, in bytes.
    """
    shown, held = list[T](), 0
    for row in rows:
        if len(shown) == limit or held > PAGE_BYTES:
            return Page(shown, name(shown[-1]))
        shown.append(row)
        held += size(row)
    return Page(shown, None)


def number_of(database: Database, table: str, after: str) -> int:
    """Where in a table the entry stands that a page is to begin after.

    Raises:
        UnknownEntry: there is no such entry.
    """
    row = database.execute(f"SELECT number FROM {table} WHERE id = ?", (after,)).fetchone()
    if row is None:
        raise UnknownEntry(after)
    number: int = row[0]
    return number
