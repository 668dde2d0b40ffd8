"""Work for a caller who may go away before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ..concurrency.completion import T, to_completion


async def cancel_on_disconnect(
    receive: Receive, work: Coroutine[Any, Any, T], grace: Callable[[], float]
) -> T:
    """Do the work, and cancel it when its caller has gone away.

    Args:
        receive: of a request whose body was read to its end.
        work: what is done.
        grace: how many seconds longer the work goes on without its caller; asked again when
            they are over.

    Raises:
        starlette.requests.ClientDisconnect: it was cancelled.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        while not task.done() and (seconds := grace()) > 0:
            await asyncio.wait({task}, timeout=seconds)
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            await to_completion(asyncio.wait({task}))
    if task.cancelled():
        raise ClientDisconnect
    return task.result()


async def disconnected(receive: Receive) -> None:
    """Return when the caller has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
