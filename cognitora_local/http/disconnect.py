"""Work for a caller who may go away before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ..concurrency.completion import T, whole


async def attend(
    receive: Receive, work: Coroutine[Any, Any, T], patience: Callable[[], float]
) -> T:
    """Do the work, and cancel it when its caller has gone away.

    Args:
        receive: of a request whose body was read to its end.
        work: what is done.
        patience: how many seconds longer the work goes on without its caller; asked again when
            they are over.

    Raises:
        starlette.requests.ClientDisconnect: it was cancelled.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(departure(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        while not task.done() and (seconds := patience()) > 0:
            await asyncio.wait({task}, timeout=seconds)
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            await whole(asyncio.wait({task}))
    if task.cancelled():
        raise ClientDisconnect
    return task.result()


async def departure(receive: Receive) -> None:
    """Return when the caller has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
