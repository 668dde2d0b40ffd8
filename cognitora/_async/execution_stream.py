"""The outputs of running code, as they happen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Self

from cognitora_openapi.api.interpreter import execute_code
from cognitora_openapi.operations import OPERATIONS

from .._http.types import encode
from ..deadline import GRACE_SECONDS, RUN_SECONDS
from ..errors import InvalidRequestError
from ..sse import CodeProgress
from .response import EVENTS, JSON, AsyncStreamedResponse, as_they_happen

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput, ExecuteCodeRequest

    from ..results import ExecuteCodeResponse
    from .base_client import AsyncBaseClient


class AsyncExecutionStream:
    """Runs code and iterates over its outputs, each an `ExecuteCodeOutput`, while it runs.

    Made by `client.code_interpreter.stream(...)`. It can be iterated once; the code starts with the first
    step, or on entering a `with` block. Leaving the block early closes the connection, and by that stops the
    code on a server that streams. From a server that can't stream, all outputs come at the end. One task or
    thread reads and closes it.
    """

    def __init__(
        self, client: AsyncBaseClient, request: ExecuteCodeRequest, request_timeout: float | None
    ) -> None:
        self._client = client
        self._built = execute_code.build_request(body=request)
        self._body = encode(self._built["json"])
        self._request_timeout = request_timeout
        self._usual = (request.timeout_seconds or RUN_SECONDS["execute_code"]) + GRACE_SECONDS
        self._progress = CodeProgress()
        self._answer: AsyncStreamedResponse | None = None
        self._outputs: AsyncGenerator[ExecuteCodeOutput] | None = None
        self._closed = False

    @property
    def received(self) -> list[ExecuteCodeOutput]:
        """The outputs so far."""
        return self._progress.received

    @property
    def result(self) -> ExecuteCodeResponse:
        """How the code ended, with all its outputs: what `execute` would have returned.

        Raises:
            InvalidRequestError: The stream has not been iterated to its end.
        """
        result = self._progress.result
        if result is None or len(self.received) < len(result.data.outputs):
            raise InvalidRequestError(
                "The result is there when the stream has been iterated to its end."
            )
        return result

    async def close(self) -> None:
        """Closes the connection, which stops code that still runs; leaving a `with` block does it."""
        self._closed = True
        if self._outputs is not None:
            await self._outputs.aclose()
        if self._answer is not None:
            await self._answer.close()

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ExecuteCodeOutput:
        if self._closed:
            raise StopAsyncIteration
        outputs = self._outputs or await self._start()
        return await outputs.__anext__()

    def __repr__(self) -> str:
        state = "ended" if self._progress.result else "closed" if self._closed else "open"
        return f"<{type(self).__name__} {state}, {len(self.received)} outputs>"

    async def _start(self) -> AsyncGenerator[ExecuteCodeOutput]:
        if self._closed:
            raise InvalidRequestError("This stream is closed. Make a new one.")
        if self._outputs is None:
            client = self._client
            await client.ready()
            await client.check_fields(OPERATIONS["execute_code"], self._built)
            # A server that was never heard may be one that streams.
            streams = "streaming" in client.features or not client.heard
            accepted = f"{EVENTS}, {JSON}" if streams else JSON
            self._answer = await client.stream(
                OPERATIONS["execute_code"],
                self._built["url"],
                headers={**self._built["headers"], "Accept": accepted},
                body=self._body,
                deadline=client.deadline(self._request_timeout, self._usual),
            )
            read = as_they_happen if self._answer.has_events else _at_the_end
            self._outputs = read(self._answer, self._progress)
        return self._outputs


# A generator that held the stream itself would keep it, and its connection, alive when it is dropped.


async def _at_the_end(
    answer: AsyncStreamedResponse, progress: CodeProgress
) -> AsyncGenerator[ExecuteCodeOutput]:
    """The outputs of an ordinary answer, once it is whole."""
    async with answer:
        whole = await answer.whole()
    for output in progress.take_whole(whole):
        yield output
