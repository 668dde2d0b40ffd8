"""How far an execution's stream has come. No I/O here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognitora_openapi.models import ExecuteCodeOutput

from . import answers
from .errors import StreamTruncatedError
from .results import ExecuteCodeResponse, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .events import Event
    from .messages import Response


class Progress:
    """What has arrived of an execution.

    Attributes:
        received: The outputs so far.
        result: How the code ended; None until that is known.
    """

    def __init__(self) -> None:
        self.received: list[ExecuteCodeOutput] = []
        self.result: ExecuteCodeResponse | None = None

    def take(self, event: Event, answer: Response) -> Iterator[ExecuteCodeOutput]:
        """The outputs that an event brings, if any. Kinds that a newer server knows are passed over.

        Args:
            event: The event.
            answer: The answer it is part of, its body being the event's data.

        Raises:
            StreamTruncatedError: It says that something went wrong in the server.
            InvalidResponseError: It can't be read.
        """
        if event.name == "output":
            for row in readable([answer.json()]):
                self.received.append(ExecuteCodeOutput.from_dict(row))
                yield self.received[-1]
        elif event.name == "end":
            result = answers.one(answer, ExecuteCodeResponse)
            result.data.outputs = self.received
            self.result = result
        elif event.name == "error":
            told = answer.json()
            facts = told if isinstance(told, dict) else {}
            why, code = str(facts.get("error") or told), facts.get("code")
            raise self.truncated(why, answer, response_data=told, code=code, is_retryable=False)

    def take_whole(self, answer: Response) -> Iterator[ExecuteCodeOutput]:
        """All outputs, from an answer that is no stream.

        Raises:
            InvalidResponseError: It can't be read.
        """
        self.result = answers.one(answer, ExecuteCodeResponse)
        for output in self.result.data.outputs:
            self.received.append(output)
            yield output

    def truncated(self, why: str, answer: Response, **facts: Any) -> StreamTruncatedError:
        """The error for a stream that has no proven end."""
        known = {
            "status_code": answer.status,
            "request_id": answer.request_id,
            "operation": answer.operation,
            "attempts": answer.attempts,
            "is_retryable": True,
            "may_have_run": True,
        }
        message = f"The stream broke off before the end of the code: {why.rstrip('.')}."
        if answer.secret is not None:
            message = answer.secret.hide(message)
        return StreamTruncatedError(message, received=self.received, **(known | facts))
