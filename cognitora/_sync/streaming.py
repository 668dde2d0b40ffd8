# Derived from ../_async/streaming.py by `make generate`: change that, not this.
"""The outputs of running code, as they happen."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Self

from cognitora_openapi.api.interpreter import execute_code
from cognitora_openapi.models import ExecuteCodeOutput
from cognitora_openapi.operations import OPERATIONS

from .. import answers
from ..deadline import GRACE_SECONDS
from ..errors import CognitoraError, InvalidRequestError, StreamTruncatedError
from ..events import Event, EventParser
from ..messages import MAX_ANSWER_BYTES, PackingError, Response, encode
from ..results import ExecuteCodeResponse, readable

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeRequest

    from .wire import Streamed, Wire

EVENTS = "text/event-stream"
JSON = "application/json"


class ExecutionStream:
    """Runs code and iterates over its outputs, each an `ExecuteCodeOutput`, while it runs.

    Made by `client.code_interpreter.stream(...)`. It can be iterated once; the code starts with the first
    step, or on entering a `with` block. Leaving the block early closes the connection, and by that stops the
    code on a server that streams. From a server that can't stream, all outputs come at the end.

    Attributes:
        received: The outputs so far.
    """

    def __init__(
        self, wire: Wire, request: ExecuteCodeRequest, request_timeout: float | None
    ) -> None:
        self.received: list[ExecuteCodeOutput] = []
        self._wire = wire
        self._built = execute_code._get_kwargs(body=request)
        self._body = encode(self._built["json"])
        self._request_timeout = request_timeout
        self._usual = (request.timeout_seconds or 60) + GRACE_SECONDS
        self._answer: Streamed | None = None
        self._outputs: Generator[ExecuteCodeOutput, None] | None = None
        self._result: ExecuteCodeResponse | None = None
        self._closed = False

    @property
    def result(self) -> ExecuteCodeResponse:
        """How the code ended, with all its outputs.

        Raises:
            InvalidRequestError: The stream has not been read to its end.
        """
        if self._result is None or len(self.received) < len(self._result.data.outputs):
            raise InvalidRequestError(
                "The result is there when the stream has been iterated to its end."
            )
        return self._result

    def close(self) -> None:
        """Closes the connection, which stops code that still runs; leaving a `with` block does it."""
        self._closed = True
        if self._outputs is not None:
            self._outputs.close()
        if self._answer is not None:
            self._answer.close()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ExecuteCodeOutput:
        if self._closed:
            raise StopIteration
        outputs = self._outputs or self._start()
        return outputs.__next__()

    def __repr__(self) -> str:
        state = "ended" if self._result else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {state}, {len(self.received)} outputs>"

    def _start(self) -> Generator[ExecuteCodeOutput, None]:
        if self._outputs is None:
            wire = self._wire
            # A server that was never heard may be one that streams.
            streams = "streaming" in wire.features or not wire.heard
            self._answer = wire.stream(
                OPERATIONS["execute_code"],
                self._built["url"],
                headers={
                    **self._built["headers"],
                    "Accept": f"{EVENTS}, {JSON}" if streams else JSON,
                },
                body=self._body,
                deadline=wire.deadline(self._request_timeout, self._usual),
            )
            kind = self._answer.headers.get("content-type", "").partition(";")[0]
            follow = self._follow if kind.strip().lower() == EVENTS else self._wait
            self._outputs = follow(self._answer)
        return self._outputs

    def _follow(self, answer: Streamed) -> Generator[ExecuteCodeOutput, None]:
        """The outputs of a stream of events, up to the event that proves its end."""
        parser = EventParser(MAX_ANSWER_BYTES)
        broken: CognitoraError | PackingError | None = None
        with answer:
            try:
                for piece in answer:
                    for event in parser.feed(piece):
                        for output in self._take(event, answer):
                            self.received.append(output)
                            yield output
                        if self._result is not None:
                            return
            except (CognitoraError, PackingError) as error:
                broken = error
        if isinstance(broken, StreamTruncatedError):
            raise broken
        raise self._truncated(answer, str(broken or "the server closed it")) from broken

    def _wait(self, answer: Streamed) -> Generator[ExecuteCodeOutput, None]:
        """The outputs of an ordinary answer, all at its end."""
        pieces: list[bytes] = []
        size = 0
        with answer:
            for piece in answer:
                pieces.append(piece)
                size += len(piece)
                if size > MAX_ANSWER_BYTES:
                    raise answer.response().unreadable("it is larger than can be taken")
        self._result = answers.one(answer.response(b"".join(pieces)), ExecuteCodeResponse)
        for output in self._result.data.outputs:
            self.received.append(output)
            yield output

    def _take(self, event: Event, answer: Streamed) -> list[ExecuteCodeOutput]:
        """The outputs that an event brings, if any. Kinds of a newer server are passed over."""
        match event.name:
            case "output":
                rows = readable([_json(event, answer)])
                return [ExecuteCodeOutput.from_dict(row) for row in rows]
            case "end":
                self._result = answers.one(_response(event, answer), ExecuteCodeResponse)
                self._result.data.outputs = self.received
            case "error":
                told = _json(event, answer)
                facts = told if isinstance(told, dict) else {}
                raise self._truncated(
                    answer,
                    str(facts.get("error") or told),
                    response_data=told,
                    code=facts.get("code"),
                    is_retryable=False,
                )
            case _:
                pass
        return []

    def _truncated(self, answer: Streamed, why: str, **facts: Any) -> StreamTruncatedError:
        known = {
            "status_code": answer.status,
            "request_id": answer.headers.get("x-request-id"),
            "operation": "execute_code",
            "attempts": answer.attempts,
            "is_retryable": True,
            "may_have_run": True,
        }
        message = f"The stream broke off before the end of the code: {why.rstrip('.')}."
        return StreamTruncatedError(
            self._wire.config.key.hide(message), received=self.received, **(known | facts)
        )


def _response(event: Event, answer: Streamed) -> Response:
    return answer.response(event.data.encode())


def _json(event: Event, answer: Streamed) -> Any:
    return _response(event, answer).json()
