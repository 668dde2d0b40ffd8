"""Running code: once, in a session, or many pieces at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, TypeVar

from cognitora_openapi.models import ExecuteCodeRequest

from .. import progress, request_bodies, validation
from .._concurrency.tasks import async_ordered
from ..deadline import RUN_SECONDS
from ..errors import CognitoraError, InvalidRequestError
from .execution_stream import AsyncExecutionStream
from .operations.interpreter import AsyncInterpreterOperations

if TYPE_CHECKING:
    from cognitora_openapi.models import Language

    from ..file_uploads import Files
    from ..results import ExecuteCodeResponse

T = TypeVar("T")

CODE_SECONDS = int(RUN_SECONDS["execute_code"])
"""How long code may run where its caller doesn't say."""


class AsyncCode(AsyncInterpreterOperations):
    """The part of the interpreter that runs code."""

    def stream(
        self,
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream:
        """Runs code and gives its outputs while it runs: `execute` as an iterator.

        The code starts with the first step, or on entering a `with` block, which is the way to leave early:
        that stops the code. From a server that does not announce `streaming`, all outputs come at the end.

        Args:
            code: The code.
            language: `"python"`, `"javascript"` or `"bash"`; None means the session's own, and Python
                without a session.
            session_id: The session to run in; without it, a fresh sandbox.
            files: Files to write into the work folder first, as `execute` takes them.
            timeout_seconds: How long the code may run, in seconds.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None: where its session may.
            stdin: What the code reads from its standard input; by default nothing.
            egress: What of it, as `execute` has it.
            request_timeout: Seconds for the whole stream, instead of `timeout_seconds` + 30.

        Returns:
            The outputs, each an `ExecuteCodeOutput` with `.type` and `.data`, where text may come in pieces.
            When they are all read, `result` is what `execute` would have returned.

        Raises:
            InvalidRequestError: An argument is wrong.
            StreamTruncatedError: While it is iterated: it broke off; `received` has what had come.
            CognitoraError: With the first step: the call failed.
        """
        request = request_bodies.execute_code_request(
            code=code,
            language=language,
            session_id=session_id,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
        )
        return AsyncExecutionStream(self._client, request, request_timeout)

    def map(
        self,
        items: Iterable[str | ExecuteCodeRequest],
        *,
        language: Language | str | None = None,
        concurrency: int = 8,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[ExecuteCodeResponse | CognitoraError]:
        """Runs many pieces of code, some at a time, and yields their results in order.

        One that can't be run doesn't stop the others: its error is yielded in its place. Items are
        taken as they are needed, so they may be endless. At most four times `concurrency` results are
        held while an earlier, slower one is waited for.

        Args:
            items: Pieces of code, or requests, which bring their own options.
            language: Of the pieces of code; None means the session's own, and Python without a session.
            concurrency: How many run at a time.
            session_id: The session that the pieces of code run in; without it, fresh sandboxes.
            files: Files to write before each piece of code, as `execute` takes them; read once.
            timeout_seconds: How long each piece of code may run, in seconds.
            environment: Environment variables for each piece of code.
            networking: Whether they may reach the internet; None means True.
            stdin: What each piece of code reads from its standard input; by default nothing.
            egress: What of it each piece of code may reach, as `execute` has it.
            request_timeout: Seconds to wait for each answer, instead of `timeout_seconds` + 30.

        Returns:
            For each item, its result or the error that it met, in the items' order.

        Raises:
            InvalidRequestError: `concurrency` is less than 1, or `items` is no iterable, or one text.
        """
        if isinstance(items, str | bytes) or not isinstance(items, Iterable):
            raise InvalidRequestError(
                "map takes many pieces of code, such as a list of texts; for one use execute(…)."
            )
        validation.at_least_one("concurrency", concurrency)
        uploads = None if files is None else validation.files("files", files)

        async def run(item: str | ExecuteCodeRequest) -> ExecuteCodeResponse | CognitoraError:
            try:
                if isinstance(item, ExecuteCodeRequest):
                    return await self.execute(item, request_timeout=request_timeout)
                return await self.execute(
                    item,
                    language,
                    session_id,
                    uploads,
                    timeout_seconds,
                    environment,
                    networking,
                    stdin=stdin,
                    egress=egress,
                    request_timeout=request_timeout,
                )
            except CognitoraError as error:
                return error

        results = async_ordered(run, items, concurrency)
        if not progress.is_heard():
            return results
        return _counted(results, len(items) if isinstance(items, Sized) else None)


async def _counted(results: AsyncGenerator[T], total: int | None) -> AsyncGenerator[T]:
    """The same results, and how many there are by now is told."""
    with progress.told("map", total, "results") as bar:
        done = 0
        try:
            async for result in results:
                done += 1
                bar.at(done)
                yield result
        finally:
            await results.aclose()
