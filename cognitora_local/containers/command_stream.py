"""What a command prints as server-sent events, while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from starlette.requests import Request

from ..concurrency.changes import wait_for
from ..http.errors import error_body, from_exception
from ..http.event_stream import HEAD_SECONDS, KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from ..processes.responses import piece
from ..store.containers import ContainerStore
from ..store.models import CommandRecord
from . import responses
from .command import Command

PIECES = 16
"""How many pieces of the records a reader holds: there may be 64 KiB in each."""

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
        async for event_bytes in Reader(record, store).new():
            yield event_bytes
        async for event_bytes in _end(record):
            yield event_bytes

    return EventStream(told())


class Reader:
    """Reads what a command has printed, from where it was read to before."""

    def __init__(self, record: CommandRecord, store: ContainerStore) -> None:
        self._record = record
        self._store = store
        self._offset = 0

    async def new(self) -> AsyncIterator[bytes]:
        """The events of what has come since."""
        outputs = self._store.outputs
        while found := await outputs.read(self._record.id, self._offset, pieces=PIECES):
            for each in found:
                self._offset = each.end
                async for event_bytes in event("output", piece(each).to_dict()):
                    yield event_bytes


async def _events(
    command: Command, store: ContainerStore, request: Request
) -> AsyncIterator[bytes]:
    reader, ended = Reader(command.record, store), False
    while not ended:
        changes = command.changes.next
        ended = command.ended  # looked at first: what it has printed is in the records then
        async for event_bytes in reader.new():
            yield event_bytes
        if not ended and not await wait_for(changes, KEEP_ALIVE_SECONDS):
            yield KEEP_ALIVE
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
