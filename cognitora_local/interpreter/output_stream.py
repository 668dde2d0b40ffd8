"""An execution's outputs as server-sent events, while the code runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.requests import Request

from ..http.errors import error_body, refusal_of
from ..http.event_stream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from ..store.models import ExecutionRecord
from . import responses
from .execution import Run
from .output_queue import Feed

HEAD_SECONDS = 1.0
"""How long the answer's head waits for the first output: what fails before is an ordinary error."""

log = logging.getLogger("cognitora_local")


async def live(run: Run, feed: Feed, request: Request) -> EventStream:
    """The answer of a run that was just started.

    Raises:
        ApiError: the code was refused before it put anything out.
    """
    run.task.add_done_callback(lambda _: feed.wake())
    try:
        await feed.news(HEAD_SECONDS)
    except asyncio.CancelledError:
        await run.abandon()
        raise
    if run.task.done():
        run.task.result()
    # When its reader goes away, the run is abandoned at once.
    return EventStream(following(run, feed, request), run.abandon)


def replayed(execution: ExecutionRecord) -> EventStream:
    """The answer of an execution that has ended."""

    async def told() -> AsyncIterator[bytes]:
        for output in execution.outputs:
            async for piece in event("output", responses.output(output).to_dict()):
                yield piece
        async for piece in ending(execution):
            yield piece

    return EventStream(told())


async def following(run: Run, feed: Feed, request: Request) -> AsyncIterator[bytes]:
    """The events of a run, up to its last."""
    ended = False
    while not ended:
        if not await feed.news(KEEP_ALIVE_SECONDS):
            yield KEEP_ALIVE
        ended = run.task.done()
        for output in feed.take():
            async for piece in event("output", responses.output(output).to_dict()):
                yield piece
    try:
        pieces = ending(run.task.result())
    except Exception as error:  # whatever it is, the reader is told
        request_id = request.scope["request_id"]
        log.info("%s failed in its stream", request_id, exc_info=error)
        pieces = event("error", error_body(refusal_of(error, request_id), request_id))
    async for piece in pieces:
        yield piece


def ending(execution: ExecutionRecord) -> AsyncIterator[bytes]:
    return event("end", responses.executed(replace(execution, outputs=[])).to_dict())
