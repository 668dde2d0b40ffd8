"""An execution's outputs as server-sent events, while the code runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from starlette.requests import Request

from ..http.errors import error_body, from_exception
from ..http.event_stream import HEAD_SECONDS, KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from ..store.models import ExecutionRecord
from . import responses
from .execution import Execution
from .output_queue import OutputQueue

log = logging.getLogger("cognitora_local")


async def live_stream(execution: Execution, queue: OutputQueue, request: Request) -> EventStream:
    """The answer of an execution that was just started.

    Raises:
        ApiError: the code was refused before it put anything out.
    """
    execution.task.add_done_callback(lambda _: queue.notify())
    try:
        await queue.wait(HEAD_SECONDS)
    except asyncio.CancelledError:
        await execution.abandon()
        raise
    if execution.task.done():
        execution.task.result()
    # When its reader goes away, the execution is abandoned at once.
    return EventStream(_events(execution, queue, request), execution.abandon)


def replayed_stream(record: ExecutionRecord) -> EventStream:
    """The answer of an execution that has ended."""

    async def told() -> AsyncIterator[bytes]:
        for output in record.outputs:
            async for piece in event("output", responses.output(output)):
                yield piece
        async for piece in end_event(record):
            yield piece

    return EventStream(told())


async def _events(
    execution: Execution, queue: OutputQueue, request: Request
) -> AsyncIterator[bytes]:
    """The events of an execution, up to its last."""
    ended = False
    while not ended:
        if not await queue.wait(KEEP_ALIVE_SECONDS):
            yield KEEP_ALIVE
        ended = execution.task.done()
        for output in queue.take():
            async for piece in event("output", responses.output(output)):
                yield piece
    try:
        pieces = end_event(execution.task.result())
    except Exception as error:  # whatever it is, the reader is told
        request_id = request.scope["request_id"]
        log.info("%s failed in its stream", request_id, exc_info=error)
        pieces = event("error", error_body(from_exception(error, request_id), request_id))
    async for piece in pieces:
        yield piece


def end_event(record: ExecutionRecord) -> AsyncIterator[bytes]:
    return event("end", responses.executed(record).to_dict())
