"""How far a stream of events has come: of an execution's outputs, or of a container's logs. No I/O here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cognitora_openapi.models import ExecuteCodeOutput

from . import answers
from .errors import StreamTruncatedError
from .results import ExecuteCodeResponse, Execution, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .errors import CognitoraError
    from .events import Event
    from .messages import Response

T = TypeVar("T")


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
        result = answers.one(answer, ExecuteCodeResponse)
        result.data.outputs = self.received
        self.result = result
        yield from ()

    def take_whole(self, answer: Response) -> Iterator[ExecuteCodeOutput]:
        """All outputs, from an answer that is no stream.

        Raises:
            InvalidResponseError: It can't be read.
        """
        self.result = answers.one(answer, ExecuteCodeResponse)
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

    def broken(self, error: CognitoraError) -> StreamTruncatedError:
        """The error for logs that were asked for again and again, until `error`."""
        list(self.last())
        return self._truncated(
            error.message,
            status_code=error.status_code,
            response_data=error.response_data,
            code=error.code,
            request_id=error.request_id,
            retry_after=error.retry_after,
            operation=error.operation,
            attempts=error.attempts,
            is_retryable=error.is_retryable,
        )

    def truncated(self, why: str, answer: Response, **facts: Any) -> StreamTruncatedError:
        """The error for logs that have no proven end; an unfinished line is among those received."""
        list(self.last())
        return super().truncated(why, answer, **facts)

    def _more(self, answer: Response) -> Iterator[str]:
        piece = answer.json()
        return self.more(piece if isinstance(piece, str) else "")

    def _end(self, answer: Response) -> Iterator[str]:
        answers.one(answer, Execution)
        return self.last()
