"""An execution's outputs as server-sent events, while the code runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from . import answers
from .call import StreamedAnswer, write_json
from .errors import error_body, refusal_of
from .executions import Run
from .feed import Feed
from .rows import ExecutionRecord

MEDIA_TYPE = "text/event-stream"

HEAD_SECONDS = 1.0
"""How long the answer's head waits for the first output: what fails before is an ordinary error."""

KEEP_ALIVE = b": keep-alive\n\n"

KEEP_ALIVE_SECONDS = 10.0
"""Between two of these comments, while there is nothing to tell."""

STALL_SECONDS = 60.0
"""A reader who takes nothing for so long is taken for gone."""

PIECE_BYTES = 64 * 1024

log = logging.getLogger("cognitora_local")


class EventStream(StreamedAnswer):
    """An answer of events. When its reader goes away, the run behind it is abandoned at once."""

    def __init__(self, events: AsyncIterator[bytes], run: Run | None = None) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)
        self._run = run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_soon(message: Message) -> None:
            async with asyncio.timeout(STALL_SECONDS):
                await send(message)

        try:
            await super().__call__(scope, receive, send_soon)
        except TimeoutError:
            raise ClientDisconnect from None
        finally:
            if self._run is not None:
                await self._run.abandon()


def wanted(request: Request) -> bool:
    """Whether the caller asks for events."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(each.partition(";")[0].strip() == MEDIA_TYPE for each in accepted)


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
    return EventStream(following(run, feed, request), run)


def replayed(execution: ExecutionRecord) -> EventStream:
    """The answer of an execution that has ended."""

    async def told() -> AsyncIterator[bytes]:
        for output in execution.outputs:
            async for piece in event("output", answers.output(output).to_dict()):
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
            async for piece in event("output", answers.output(output).to_dict()):
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
    return event("end", answers.executed(replace(execution, outputs=[])).to_dict())


async def event(name: str, value: Any) -> AsyncIterator[bytes]:
    """An event, in pieces: how fast a long one is taken shows that its reader is there."""
    text = bytearray(b"event: %s\ndata: " % name.encode())
    await write_json(value, text.extend)
    text += b"\n\n"
    for start in range(0, len(text), PIECE_BYTES):
        yield bytes(text[start : start + PIECE_BYTES])
