"""Server-sent events, parsed as their bytes come in. No I/O here.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .messages import PackingError

LINE_END = re.compile(rb"\r\n|\r|\n")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """An event that arrived whole.

    Attributes:
        name: Its kind; `"message"` where the stream doesn't say.
        data: Its text, the lines of it joined by newlines.
    """

    name: str
    data: str


class EventParser:
    """Takes a stream in pieces, however they are cut, and gives its events.

    An event that its blank line doesn't end is no event: a stream that is cut off gives nothing of it.

    Args:
        limit: The most bytes to take, of the whole stream.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._line: list[bytes] = []
        self._first = True
        self._after_return = False
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that another piece of the stream completes.

        Raises:
            PackingError: The stream is larger than allowed.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise PackingError("it is larger than can be taken")
        for line in self._lines(piece):
            event = self._take(line)
            if event is not None:
                yield event

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        if not piece:
            return
        # The two halves of one line end may lie in two pieces.
        begin = 1 if self._after_return and piece.startswith(b"\n") else 0
        self._after_return = piece.endswith(b"\r")
        part, *parts = LINE_END.split(piece[begin:])
        self._line.append(part)
        for part in parts:
            line, self._line = b"".join(self._line), [part]
            if self._first:
                line, self._first = line.removeprefix(BYTE_ORDER_MARK), False
            yield line

    def _take(self, line: bytes) -> Event | None:
        if not line:
            name, data = self._name or "message", self._data
            self._name, self._data = "", []
            return Event(name, "\n".join(data)) if data else None
        field, _, value = line.partition(b":")  # a comment is a field with no name
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"event":
            self._name = text
        elif field == b"data":
            self._data.append(text)
        return None
