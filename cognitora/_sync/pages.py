# Derived from ../_async/pages.py by `make generate`: change that, not this.
"""Walks the pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


def walk(fetch: Callable[[int, int], list[T]], key: str | None, page_size: int = 50) -> Iterator[T]:
    """All entries of a list, page by page, until a page brings nothing new.

    Lists are newest first, so what is added meanwhile pushes entries on to the next page: those that
    have been seen are passed over. A short page is not taken for the last: servers cap their size.

    Args:
        fetch: Gets a page, from a limit and an offset.
        key: The attribute that tells entries apart; None where there is none.
        page_size: The limit.
    """
    seen: set[object] = set()
    offset = 0
    while True:
        page = fetch(page_size, offset)
        fresh = [entry for entry in page if key is None or getattr(entry, key) not in seen]
        if not fresh:
            return
        for entry in fresh:
            yield entry
        if key is not None:
            seen.update(getattr(entry, key) for entry in fresh)
        offset += len(page)
