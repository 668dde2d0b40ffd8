"""What a command prints as server-sent events, while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from starlette.requests import Request

from ..concurrency.changes import wait_for
from ..http.errors import error_body, from_exception
from ..http.event_stream import HEAD_SECONDS, EventStream, event
from ..processes.output_stream import output_events
from ..store.containers import ContainerStore
from ..store.models import CommandRecord
from . import responses
from .command import Command

log = logging.getLogger("cognitora_local")


async def live_stream(command: Command, store: ContainerStore, request: Request) -> EventStream:
    """The answer of a command that was just started.

    Raises:
        ApiError: it was refused before it began.
    """
    try:
        await wait_for(command.changes.next, HEAD_SECONDS)
    except asyncio.CancelledError:
        await command.abandon()
        raise
    if command.ended:
        command.result()
    # When its reader goes away, the command is abandoned at once.
    return EventStream(_events(command, store, request), command.abandon)


def replayed_stream(record: CommandRecord, store: ContainerStore) -> EventStream:
    """The answer of a command that has ended."""

    async def told() -> AsyncIterator[bytes]:
        async for event_bytes in output_events(
            store.outputs, record.id, changes=None, ended=lambda: True
        ):
            yield event_bytes
        async for event_bytes in _end(record):
            yield event_bytes

    return EventStream(told())


async def _events(
    command: Command, store: ContainerStore, request: Request
) -> AsyncIterator[bytes]:
    async for event_bytes in output_events(
        store.outputs, command.record.id, changes=command.changes, ended=lambda: command.ended
    ):
        yield event_bytes
    try:
        pieces = _end(command.result())
    except Exception as error:  # whatever it is, the reader is told
        request_id = request.scope["request_id"]
        log.info("%s failed in its stream", request_id, exc_info=error)
        pieces = event("error", error_body(from_exception(error, request_id), request_id))
    async for event_bytes in pieces:
        yield event_bytes


def _end(record: CommandRecord) -> AsyncIterator[bytes]:
    return event("end", responses.executed(record, []).to_dict())
