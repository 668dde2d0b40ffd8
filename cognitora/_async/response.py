"""Answers whose bodies are read as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, TypeVar

from .._http.types import MAX_ANSWER_BYTES, ContentDecoder, ContentError, Headers, Response
from ..errors import CognitoraError, StreamTruncatedError
from ..sse import EventParser

if TYPE_CHECKING:
    from cognitora_openapi.secret import Secret

    from ..deadline import Deadline
    from ..sse import Progress
    from ..telemetry import Call
    from .transport import AsyncTransportResponse

T = TypeVar("T")

EVENTS = "text/event-stream"
JSON = "application/json"
NO_PIECES: tuple[bytes, ...] = ()


class AsyncStreamedResponse:
    """An answer of status 2xx whose body is iterated as it comes.

    Attributes:
        status: The HTTP status.
        headers: Its headers.
        attempts: How many attempts it took.
        call: What is told of how it goes; None for nothing.
    """

    call: Call | None = None

    def __init__(
        self, answer: AsyncTransportResponse, operation: str, attempts: int, secret: Secret
    ) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self.attempts = attempts
        self._operation = operation
        self._secret = secret
        self._size = 0

    @property
    def has_events(self) -> bool:
        """Whether it is a stream of events."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        return kind.strip().lower() == EVENTS

    def response(self, body: bytes = b"") -> Response:
        """The same answer as one that was read whole."""
        return Response(
            self.status, self.headers, body, self._operation, self.attempts, self._secret
        )

    async def whole(self) -> Response:
        """Reads it to its end.

        Raises:
            CognitoraError: It broke off, or is too large.
        """
        pieces: list[bytes] = []
        async for piece in self:
            pieces.append(piece)
            if self._size > MAX_ANSWER_BYTES:
                raise self.response().unreadable("it is larger than can be taken")
        return self.response(b"".join(pieces))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        problem = None
        try:
            async for piece in unpacked(self._answer, None):
                self._size += len(piece)
                yield piece
        except ContentError as error:
            problem = self.response().unreadable(str(error))
            self._end(problem)
        except CognitoraError as error:
            error.operation, error.attempts = self._operation, self.attempts
            self._end(error)
            raise
        except BaseException as error:
            self._end(error)
            raise
        finally:
            await self.close()
        if problem is not None:
            raise problem

    async def close(self) -> None:
        """Lets go of the connection."""
        self._end(None)
        await self._answer.close()

    def _end(self, error: BaseException | None) -> None:
        call, self.call = self.call, None
        if call is not None:
            call.end_stream(self._size, error)

    async def __aenter__(self) -> AsyncStreamedResponse:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()


class AsyncNothing:
    """The answer to a DELETE that an earlier attempt had carried out."""

    status = 204
    headers = Headers(())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in NO_PIECES:
            yield piece

    async def close(self) -> None:
        """There is no connection to let go of."""


async def as_they_happen(
    answer: AsyncStreamedResponse, progress: Progress[T], silence: Deadline | None = None
) -> AsyncGenerator[T]:
    """What a stream of events brings, up to the event that proves its end.

    Args:
        answer: The stream; it is closed in the end.
        progress: What makes things of events.
        silence: The answer's deadline, where it is for the time in which nothing comes.

    Raises:
        StreamTruncatedError: It ended before.
    """
    parser = EventParser(MAX_ANSWER_BYTES)
    broken: CognitoraError | ContentError | None = None
    async with answer:
        try:
            async for piece in answer:
                if silence is not None:
                    silence.renew()
                for event in parser.feed(piece):
                    for thing in progress.take(event, answer.response(event.data.encode())):
                        yield thing
                    if progress.ended:
                        return
        except (CognitoraError, ContentError) as error:
            broken = error
    if isinstance(broken, StreamTruncatedError):
        raise broken
    why = str(broken or "the server closed it")
    raise progress.truncated(why, answer.response()) from broken


async def unpacked(answer: AsyncTransportResponse, limit: int | None) -> AsyncIterator[bytes]:
    """The body of an answer, its packing undone.

    Raises:
        ContentError: It is packed wrongly or larger than `limit`.
    """
    decoder = ContentDecoder(answer.headers.get("content-encoding", ""), limit)
    async for piece in answer:
        for plain in decoder.feed(piece):
            yield plain
    decoder.end()
