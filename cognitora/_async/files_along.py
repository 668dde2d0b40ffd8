"""Requests that files of this machine are sent along with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from .._concurrency.tasks import async_in_thread

T = TypeVar("T")


async def with_files(make: Callable[..., T], **given: object) -> T:
    """What is made of what a caller gives. The `files` are read for it beside the event loop."""
    if given["files"] is None:
        return make(**given)
    return await async_in_thread(partial(make, **given))
