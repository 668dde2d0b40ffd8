"""A container's logs as server-sent events: what there is, what comes, and how it ended."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator

from ..concurrency.changes import within
from ..http.event_stream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from ..store.containers import ComputeRecords
from ..store.models import CommandRecord, ContainerRecord
from . import responses
from .running import LiveContainer

PIECES = 16
"""How many pieces of the records one event may carry: each reader holds so much, and no more."""


def follow(
    record: ContainerRecord,
    live: LiveContainer | None,
    first: CommandRecord | None,
    records: ComputeRecords,
) -> EventStream:
    """The answer that follows a container's logs from their beginning.

    Every reader reads the records for himself, as fast as he likes: nothing waits for him.

    Args:
        record: the container.
        live: the same, if it hasn't ended.
        first: its own command, if it has one.
        records: where its logs are.
    """
    return EventStream(following(record, live, Logs(first, records)))


async def following(
    record: ContainerRecord, live: LiveContainer | None, logs: Logs
) -> AsyncIterator[bytes]:
    """The events of a container's logs, up to its end."""
    ended = False
    while not ended:
        news = None if live is None else live.news.next
        # Looked at first: what it has printed is in the records when it has ended.
        ended = live is None or live.record.ended
        async for text in logs.new(last=ended):
            async for piece in event("log", text):
                yield piece
        if news is not None and not ended and not await within(news, KEEP_ALIVE_SECONDS):
            yield KEEP_ALIVE
    final = record if live is None else live.record
    async for piece in event("end", responses.container(final).to_dict()):
        yield piece


class Logs:
    """What a container has printed, as text, from where it was read to before."""

    def __init__(self, first: CommandRecord | None, records: ComputeRecords) -> None:
        self._records = records
        self._first = first
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
        if self._first is None:
            return b""
        data = await self._records.printed(self._first.id, self._position, pieces=PIECES)
        self._position += len(data)
        return data
