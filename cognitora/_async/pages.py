"""Walks the pages of a list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from .. import checks
from ..answers import sent

T = TypeVar("T")

FAR = 1_000_000
"""An offset beyond every list. Where something comes from there too, offsets are taken no notice of."""


async def walk(
    fetch: Callable[[int, int], Awaitable[list[T]]], key: str | None, page_size: int = 50
) -> AsyncGenerator[T]:
    """All entries of a list, page by page, until a page brings nothing new.

    Lists are newest first, so what is added meanwhile pushes entries on to the next page: those that
    have been seen are passed over. A short page is not taken for the last: servers cap their size.
    A server that takes no notice of the offset has but one page.

    Args:
        fetch: Gets a page, from a limit and an offset.
        key: The attribute that tells entries apart; None where there is none.
        page_size: The limit.
    """
    checks.page_size("page_size", page_size)
    seen: set[object] = set()
    previous: list[T] | None = None
    offset = 0
    while True:
        page = await fetch(page_size, offset)
        fresh = [entry for entry in page if key is None or getattr(entry, key) not in seen]
        if not sent(page) or (page and not fresh):
            return
        if page == previous and sent(await fetch(page_size, FAR)):
            return
        for entry in fresh:
            yield entry
        if key is not None:
            seen.update(getattr(entry, key) for entry in fresh)
        previous = page
        offset += sent(page)
