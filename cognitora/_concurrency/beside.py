"""Doing something beside a block: by a task on asyncio, by a thread in ordinary programs."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from typing import Any

from ..errors import CognitoraError
from .settle import settle


@asynccontextmanager
async def async_beside(
    stop: Callable[[], object], call: Callable[..., Coroutine[Any, Any, object]], *arguments: Any
) -> AsyncGenerator[None]:
    """Does something beside a block, which waits for it in the end unless it fails.

    Args:
        stop: What ends the other one, where one has failed. The failure of what is beside is what counts
            then, unless the block's is the caller's own.
        call: What is to be done.
        arguments: What it takes.
    """
    import asyncio  # only where it is in use anyway

    from .tasks import async_to_the_end

    task = asyncio.ensure_future(call(*arguments))

    def look(_: object) -> None:
        if not task.cancelled() and task.exception() is not None:
            stop()

    task.add_done_callback(look)
    try:
        yield
        await task
    except CognitoraError as error:
        failure = task.exception() if task.done() and not task.cancelled() else None
        if failure is None or failure is error:
            raise
        raise failure from None
    finally:
        task.cancel()
        await async_to_the_end(asyncio.wait, [task])


@contextmanager
def beside(
    stop: Callable[[], object], call: Callable[..., object], *arguments: Any
) -> Generator[None]:
    """The same, by a thread: where the block fails it is stopped, and nobody waits for that."""
    work: Future[object] = Future()

    def do() -> None:
        settle(work, call, *arguments)
        if work.exception() is not None:
            stop()

    run = copy_context().run  # the caller's span is the parent of the call's
    threading.Thread(target=run, args=(do,), name="cognitora-beside", daemon=True).start()
    try:
        yield
        work.result()
    except CognitoraError as error:
        failure = work.exception() if work.done() else None
        if failure is None or failure is error:
            raise
        raise failure from None
    finally:
        if not work.done():
            stop()
