"""What a program prints, on its way into the records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from ..sandbox.streams import Stream
from ..store.program_outputs import Kept, Piece, ProgramOutputs

FLUSH_SECONDS = 0.02
"""What was printed is in the records after so long at the latest."""

FLUSH_BYTES = 64 * 1024
"""What waits is written down before it is more than that."""

MIB = 1024 * 1024

SAID_BYTES = MIB
"""What the runtime itself says in one log, at most: a program may give it something to say for ever."""

_SAID_ALL = b"[The runtime says no more here: it has said too much already.]\n"


class OutputWriter:
    """Keeps what one program prints, up to a limit.

    Args:
        outputs: where it is kept.
        program: its id.
        on_change: called when more can be read from the records, or is cut.
        limit: bytes that are kept.
        kept: what an earlier runtime has kept of it.
        notice: what follows when it prints more.

    Attributes:
        printed: how many bytes that it has printed are in the records.
        cut: whether it has printed more than is kept.
    """

    def __init__(
        self,
        outputs: ProgramOutputs,
        program: str,
        on_change: Callable[[], None],
        *,
        limit: int,
        kept: Kept = Kept(),
        notice: bytes = b"",
    ) -> None:
        self.printed = kept.printed
        self.cut = kept.printed > limit
        self._size = kept.all
        self._said = kept.all - kept.printed
        self._in_line = kept.all > 0
        self._outputs = outputs
        self._program = program
        self._on_change = on_change
        self._limit = limit
        self._notice = notice
        self._stream: Stream = "stdout"
        self._waiting = bytearray()
        self._flushed = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def drain(
        self,
        output: AsyncIterator[tuple[Stream, bytes]],
        *,
        again: bool = False,
        missing: int = 0,
    ) -> None:
        """Read all that it prints, to its end: also what isn't kept, so that it can go on.

        Args:
            output: what it prints.
            again: `output` begins with what the records have already.
            missing: so many bytes before that aren't there again.
        """
        skip = max(0, self.printed - missing) if again else 0
        try:
            async for stream, data in output:
                rest = data[skip:]
                skip -= len(data) - len(rest)
                self._take(stream, rest)
        finally:
            self.flush()

    def flush(self) -> None:
        """Put all that has come into the records."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self.printed += len(self._waiting)
            self._add(Piece(self._size, self._stream, bytes(self._waiting)))
            self._waiting.clear()
            self._flushed = asyncio.get_running_loop().time()
            self._on_change()

    def say(self, lines: Iterable[str]) -> None:
        """Put lines of the runtime's own behind what was printed until now, up to SAID_BYTES.

        The program's own limit doesn't matter.
        """
        text = "".join(f"[{line}]\n" for line in lines).encode()
        if not text or self._said >= SAID_BYTES:
            return
        room = SAID_BYTES - self._said
        self._said += len(text)
        if len(text) > room:
            text = text[: text.rfind(b"\n", 0, room) + 1] + _SAID_ALL
        self.flush()
        start = b"\n" if self._in_line else b""
        self._add(Piece(self._size, "runtime", start + text))
        self._on_change()

    def _add(self, piece: Piece) -> None:
        self._outputs.add(self._program, piece)
        self._size = piece.end
        self._in_line = not piece.data.endswith(b"\n")

    def _take(self, stream: Stream, data: bytes) -> None:
        if self.cut or not data:
            return
        if stream != self._stream:
            self.flush()
            self._stream = stream
        room = self._limit - self.printed - len(self._waiting)
        self._waiting += data[:room]
        if len(data) > room:
            self._waiting += self._notice
            self.cut = True
            self.flush()
            self._on_change()
        else:
            self._flush_in_time()

    def _flush_in_time(self) -> None:
        loop = asyncio.get_running_loop()
        due = self._flushed + FLUSH_SECONDS
        if len(self._waiting) >= FLUSH_BYTES or loop.time() >= due:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(due, self.flush)


def cut_notice(limit: int) -> bytes:
    """The line of a log after the last piece that is kept."""
    return f"\n[the rest was not kept: logs are capped at {size(limit)}]\n".encode()


def size(count: int) -> str:
    """A number of bytes, for people."""
    return f"{count // MIB} MiB" if count % MIB == 0 else f"{count} bytes"
