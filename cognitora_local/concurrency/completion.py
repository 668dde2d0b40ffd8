"""Work that goes on to its end, whoever was cancelled meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger("cognitora_local")


async def to_completion(work: Awaitable[T]) -> T:
    """Await work that must not go on behind the back of whoever was cancelled, however often."""
    task = asyncio.ensure_future(work)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.info("What was cancelled failed meanwhile", exc_info=failure)
        raise cancelled
    return task.result()
