"""A container's logs as server-sent events: what there is, what comes, and how it ended."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator

from ..concurrency.changes import wait_for
from ..http.event_stream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from ..store.containers import ContainerStore
from ..store.models import CommandRecord, ContainerRecord
from . import responses
from .running import RunningContainer, log_of

PIECES = 16
"""How many pieces of the records one event may carry: each reader holds so much, and no more."""


def log_stream(
    record: ContainerRecord,
    running: RunningContainer | None,
    main: CommandRecord | None,
    store: ContainerStore,
) -> EventStream:
    """The answer that follows a container's logs from their beginning.

    Every reader reads the records for himself, as fast as he likes: nothing waits for him.

    Args:
        record: the container.
        running: the same, if it hasn't ended.
        main: its own command, if it has one.
        store: where its logs are.
    """
    return EventStream(_events(record, running, LogReader(log_of(record, main), store)))


async def _events(
    record: ContainerRecord, running: RunningContainer | None, logs: LogReader
) -> AsyncIterator[bytes]:
    """The events of a container's logs, up to its end."""
    ended = False
    while not ended:
        changes = None if running is None else running.changes.next
        # Looked at first: what it has printed is in the records when it has ended.
        ended = running is None or running.record.ended
        async for text in logs.new(last=ended):
            async for piece in event("log", text):
                yield piece
        if not running or not changes or ended:
            continue
        if not await wait_for(changes, KEEP_ALIVE_SECONDS):
            await running.tell_refused()
            yield KEEP_ALIVE
    final = record if running is None else running.record
    async for piece in event("end", responses.container(final).to_dict()):
        yield piece


class LogReader:
    """What a container has printed, as text, from where it was read to before."""

    def __init__(self, log: str, store: ContainerStore) -> None:
        self._store = store
        self._log = log
        self._position = 0
        # A character may lie in two pieces.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def new(self, *, last: bool) -> AsyncIterator[str]:
        """What has come since; `last`: nothing follows, so what is no whole character is shown."""
        while data := await self._read():
            if text := self._decoder.decode(data):
                yield text
        if last and (text := self._decoder.decode(b"", final=True)):
            yield text

    async def _read(self) -> bytes:
        printed = await self._store.outputs.read(self._log, self._position, pieces=PIECES)
        data = b"".join(piece.data for piece in printed)
        self._position += len(data)
        return data
