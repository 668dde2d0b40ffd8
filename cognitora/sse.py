"""Server-sent events, and what they tell of: an execution's outputs, or a container's logs. No I/O here.

The format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cognitora_openapi.models import ExecuteCodeOutput, ProcessOutputPiece

from . import parsing
from ._http.types import ContentError
from .errors import StreamTruncatedError
from .results import ExecuteCodeResponse, Execution, ProcessInfo, readable
from .results.processes import OutputDecoder, OutputPiece

if TYPE_CHECKING:
    from ._http.types import Response
    from .errors import CognitoraError

T = TypeVar("T")

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
            ContentError: The stream is larger than allowed.
        """
        self._left -= len(piece)
        if self._left < 0:
            raise ContentError("it is larger than can be taken")
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
        rest = piece[begin:]
        # Looking for one byte is many times faster, and almost nobody ends lines otherwise.
        part, *parts = LINE_END.split(rest) if b"\r" in rest else rest.split(b"\n")
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


class Progress(Generic[T]):
    """What has arrived of a stream.

    Attributes:
        received: The things so far.
        ended: Whether the event that proves its end has come.
    """

    _subject: str
    """What the stream tells of, in messages."""

    _event: str
    """The kind of event that brings more things."""

    def __init__(self) -> None:
        self.received: list[T] = []
        self.ended = False

    def _more(self, answer: Response) -> Iterator[T]:
        raise NotImplementedError

    def _end(self, answer: Response) -> Iterator[T]:
        raise NotImplementedError

    def take(self, event: Event, answer: Response) -> Iterator[T]:
        """The things that an event brings, if any. Kinds that a newer server knows are passed over.

        Args:
            event: The event.
            answer: The answer it is part of, its body being the event's data.

        Raises:
            StreamTruncatedError: It says that something went wrong in the server.
            InvalidResponseError: It can't be read.
        """
        if event.name == self._event:
            yield from self._more(answer)
        elif event.name == "end":
            yield from self._end(answer)
            self.ended = True
        elif event.name == "error":
            told = answer.json()
            facts = told if isinstance(told, dict) else {}
            why, code = str(facts.get("error") or told), facts.get("code")
            raise self.truncated(why, answer, response_data=told, code=code, is_retryable=False)

    def truncated(self, why: str, answer: Response, **facts: Any) -> StreamTruncatedError:
        """The error for a stream that has no proven end."""
        known = {
            "status_code": answer.status,
            "request_id": answer.request_id,
            "operation": answer.operation,
            "attempts": answer.attempts,
        }
        return self._truncated(answer.hide(why), **(known | facts))

    def broken(
        self, error: CognitoraError, last: CognitoraError | None = None
    ) -> StreamTruncatedError:
        """The error for what was asked for again and again, until `error`.

        Args:
            error: It says why there is no more of it.
            last: What the last attempt has ended with, where that is another.
        """
        last = last or error
        return self._truncated(
            error.message,
            status_code=last.status_code,
            response_data=last.response_data,
            code=last.code,
            request_id=last.request_id,
            retry_after=last.retry_after,
            operation=last.operation,
            attempts=last.attempts,
            is_retryable=error.is_retryable,
        )

    def _truncated(self, why: str, **facts: Any) -> StreamTruncatedError:
        message = f"The stream broke off before the end of the {self._subject}: {why.rstrip('.')}."
        known = {"is_retryable": True, "may_have_run": True}
        return StreamTruncatedError(message, received=self.received, **(known | facts))


class CodeProgress(Progress[ExecuteCodeOutput]):
    """What has arrived of an execution.

    Attributes:
        result: How the code ended; None until that is known.
    """

    _subject, _event = "code", "output"

    def __init__(self) -> None:
        super().__init__()
        self.result: ExecuteCodeResponse | None = None

    def _more(self, answer: Response) -> Iterator[ExecuteCodeOutput]:
        for row in readable([answer.json()]):
            self.received.append(ExecuteCodeOutput.from_dict(row))
            yield self.received[-1]

    def _end(self, answer: Response) -> Iterator[ExecuteCodeOutput]:
        result = parsing.one(answer, ExecuteCodeResponse)
        result.data.outputs = self.received
        self.result = result
        yield from ()

    def take_whole(self, answer: Response) -> Iterator[ExecuteCodeOutput]:
        """All outputs, from an answer that is no stream.

        Raises:
            InvalidResponseError: It can't be read.
        """
        self.result = parsing.one(answer, ExecuteCodeResponse)
        for output in self.result.data.outputs:
            self.received.append(output)
            yield output


class LogProgress(Progress[str]):
    """What has arrived of a container's logs: lines, put together from pieces that are cut anywhere."""

    _subject, _event = "container", "log"

    def __init__(self) -> None:
        super().__init__()
        self._rest: list[str] = []

    def more(self, text: str) -> Iterator[str]:
        """The lines that another piece of the logs completes, without their line ends."""
        first, *others = text.split("\n")
        self._rest.append(first)
        for other in others:
            self.received.append("".join(self._rest).removesuffix("\r"))
            self._rest = [other]
            yield self.received[-1]

    def last(self) -> Iterator[str]:
        """The last line, if nothing ended it."""
        rest = "".join(self._rest)
        self._rest = []
        if rest:
            self.received.append(rest)
            yield rest

    def broken(
        self, error: CognitoraError, last: CognitoraError | None = None
    ) -> StreamTruncatedError:
        """The error for logs that were asked for again and again, until `error`."""
        list(self.last())
        return super().broken(error, last)

    def truncated(self, why: str, answer: Response, **facts: Any) -> StreamTruncatedError:
        """The error for logs that have no proven end; an unfinished line is among those received."""
        list(self.last())
        return super().truncated(why, answer, **facts)

    def _more(self, answer: Response) -> Iterator[str]:
        piece = answer.json()
        return self.more(piece if isinstance(piece, str) else "")

    def _end(self, answer: Response) -> Iterator[str]:
        parsing.one(answer, Execution)
        return self.last()


class ProcessProgress(Progress[OutputPiece]):
    """What has arrived of a process's output, which `received` doesn't hold: it may be much.

    Attributes:
        offset: Where what follows begins.
        info: The process when it had ended; None until that is known.
    """

    _subject, _event = "process's output", "output"

    def __init__(self, offset: int = 0) -> None:
        super().__init__()
        self._decoder = OutputDecoder(offset)
        self.info: ProcessInfo | None = None

    @property
    def offset(self) -> int:
        return self._decoder.offset

    def _more(self, answer: Response) -> Iterator[OutputPiece]:
        try:
            piece = self._decoder.piece(parsing.one(answer, ProcessOutputPiece))
        except ValueError as error:
            raise answer.unreadable(str(error)) from None
        if piece is not None:
            yield piece

    def _end(self, answer: Response) -> Iterator[OutputPiece]:
        info = parsing.one(answer, ProcessInfo)
        if (info.output_bytes or 0) > self.offset:
            raise self.truncated("not all of it has come", answer)
        self.info = info
        yield from self._decoder.last()
