"""What a process prints, on its way into the records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ..concurrency.changes import Changes
from ..sandbox.streams import Stream
from ..store.models import ProcessRecord
from ..store.processes import ProcessStore

FLUSH_SECONDS = 0.02
"""What was printed is in the records after so long at the latest."""

FLUSH_BYTES = 64 * 1024
"""What waits is written down before it is more than that."""


class OutputWriter:
    """Keeps what a process prints, up to its limit, and notes in its record how much that is.

    Args:
        store: where it is kept.
        process: whose it is.
        changes: told of every piece that can be read from the records.
    """

    def __init__(self, store: ProcessStore, process: ProcessRecord, changes: Changes) -> None:
        self._store = store
        self._process = process
        self._changes = changes
        self._stream: Stream = "stdout"
        self._waiting = bytearray()
        self._flushed = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def drain(self, output: AsyncIterator[tuple[Stream, bytes]]) -> None:
        """Read all that it prints, to its end: also what isn't kept, so that it can go on."""
        try:
            async for stream, data in output:
                self._take(stream, data)
        finally:
            self.flush()

    def flush(self) -> None:
        """Put all that has come into the records."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            data = bytes(self._waiting)
            self._waiting.clear()
            process = self._process
            self._store.add_output(process.id, process.output_bytes, self._stream, data)
            process.output_bytes += len(data)
            self._flushed = asyncio.get_running_loop().time()
            self._changes.notify()

    def _take(self, stream: Stream, data: bytes) -> None:
        process = self._process
        room = process.output_limit - process.output_bytes - len(self._waiting)
        process.output_cut |= len(data) > room
        if room <= 0:
            return
        if stream != self._stream:
            self.flush()
            self._stream = stream
        self._waiting += data[:room]
        loop = asyncio.get_running_loop()
        due = self._flushed + FLUSH_SECONDS
        if len(self._waiting) >= FLUSH_BYTES or loop.time() >= due:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(due, self.flush)
