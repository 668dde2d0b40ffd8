"""What a command prints, on its way into the records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ..concurrency.changes import Changes
from ..sandbox.streams import Stream
from ..store.containers import ContainerStore
from ..store.models import CommandRecord

FLUSH_SECONDS = 0.1
"""What was printed is in the records after so long at the latest."""

FLUSH_BYTES = 64 * 1024
"""What waits is written down before it is more than that."""

MIB = 1024 * 1024


class LogWriter:
    """Keeps what one command prints, up to a limit, and then says that the rest isn't kept.

    Args:
        store: where it is kept.
        command: whose it is.
        changes: told of every piece that can be read from the records.
        limit: bytes that are kept.
        kept: how many bytes an earlier runtime has kept of it.
    """

    def __init__(
        self,
        store: ContainerStore,
        command: CommandRecord,
        changes: Changes,
        *,
        limit: int,
        kept: int = 0,
    ) -> None:
        self._store = store
        self._command_id = command.id
        self._changes = changes
        self._limit = limit
        self._size = kept
        self._full = self._size > limit
        self._waiting = bytearray()
        self._stream: Stream = "stdout"
        self._flushed = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def full(self) -> bool:
        """Whether it has printed more than is kept."""
        return self._full

    async def drain(
        self, output: AsyncIterator[tuple[Stream, bytes]], *, again: bool = False
    ) -> None:
        """Read all that it prints, to its end: also what isn't kept, so that it can go on.

        Args:
            output: what it prints.
            again: `output` begins with what the records have already.
        """
        skip = self._size if again else 0
        try:
            async for stream, piece in output:
                kept = piece[skip:]
                skip -= len(piece) - len(kept)
                self._take(stream, kept)
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
            position = self._size - len(data)
            self._store.add_printed(self._command_id, position, self._stream, data)
            self._flushed = asyncio.get_running_loop().time()
            self._changes.notify()

    def _take(self, stream: Stream, piece: bytes) -> None:
        if self._full or not piece:
            return
        if stream != self._stream:
            self.flush()
            self._stream = stream
        room = self._limit - self._size
        self._add(piece[:room])
        if len(piece) > room:
            self._full = True
            self._add(notice(self._limit))
        self._flush_in_time()

    def _add(self, data: bytes) -> None:
        self._waiting += data
        self._size += len(data)

    def _flush_in_time(self) -> None:
        loop = asyncio.get_running_loop()
        due = self._flushed + FLUSH_SECONDS
        if self._full or len(self._waiting) >= FLUSH_BYTES or loop.time() >= due:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(due, self.flush)


def notice(limit: int) -> bytes:
    """The line after the last piece that is kept."""
    return f"\n[the rest was not kept: logs are capped at {size(limit)}]\n".encode()


def size(count: int) -> str:
    """A number of bytes, for people."""
    return f"{count // MIB} MiB" if count % MIB == 0 else f"{count} bytes"
