"""Walks the pages of a list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from cognitora_openapi.types import UNSET

from .. import validation
from ..parsing import Rows
from ..walk import FAR, Walk

if TYPE_CHECKING:
    from .._http.types import Response
    from .base_client import AsyncBaseClient

T = TypeVar("T")


async def walk(
    client: AsyncBaseClient,
    name: str,
    build: Callable[..., Mapping[str, Any]],
    read: Callable[[Response], Rows[T]],
    page_size: int,
    request_timeout: float | None,
) -> AsyncGenerator[T]:
    """All entries of a list that were there at the start and still are when they are reached, once each.

    By `after` where the server announces it, else by offsets.

    Args:
        client: Where to ask.
        name: The operationId.
        build: Its generated request builder, which lacks only where the page begins and ends.
        read: Reads a page.
        page_size: How many entries to ask for at a time.
        request_timeout: Seconds for each page, if the caller gave them.
    """
    # Of two, one can be an entry that was seen before: by that a page of offsets is known to miss nothing.
    limit = max(2, validation.page_size("page_size", page_size))

    async def fetch(offset: int, after: Any = UNSET) -> Rows[T]:
        built = build(limit=limit, offset=offset, after=after)
        return read(await client.call(name, built, request_timeout))

    page = await fetch(0)
    if "after" in client.features:
        while True:
            for entry in page:
                yield entry
            if page.next is None:
                return
            page = await fetch(0, page.next)
    course: Walk[T] = Walk()
    while True:
        if course.stands_still(page) and (await fetch(FAR)).sent:
            return
        for entry in course.take(page):
            yield entry
        if course.ended:
            return
        page = await fetch(course.offset)


async def follow(
    client: AsyncBaseClient,
    name: str,
    build: Callable[..., Mapping[str, Any]],
    read: Callable[[Response], Rows[T]],
    request_timeout: float | None,
) -> AsyncGenerator[T]:
    """All entries of a list that knows neither limits nor offsets, whose server may divide it all the same.

    Args:
        client: Where to ask.
        name: The operationId.
        build: Its generated request builder, which lacks only where the page begins.
        read: Reads a page.
        request_timeout: Seconds for each page, if the caller gave them.
    """
    after: Any = UNSET
    while after is not None:
        page = read(await client.call(name, build(after=after), request_timeout))
        for entry in page:
            yield entry
        after = page.next
