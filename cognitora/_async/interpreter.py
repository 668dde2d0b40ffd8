"""The code interpreter: runs code, once or in sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .. import request_bodies
from .execution_stream import AsyncExecutionStream
from .session import AsyncInterpreterSession
from .session_files import AsyncSessionFiles

if TYPE_CHECKING:
    from cognitora_openapi.models import FileUpload, Language, Session, SessionResourcesRequest


class AsyncCodeInterpreter(AsyncSessionFiles):
    """Runs Python, JavaScript and Bash in sandboxes; reached as `client.code_interpreter`.

    Every method takes `request_timeout=`, the seconds after which the call is given up, over all its
    attempts, and raises a `CognitoraError` when the call fails: an `InvalidRequestError` before anything
    is sent, else an `APIError` by the server's status, an `APIConnectionError` or `APITimeoutError` where
    there was no answer, an `InvalidResponseError` where it can't be read. Code that fails is no error:
    see `ExecuteCodeResponse`.
    """

    def session(
        self,
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncInterpreterSession:
        """A session for a `with` block: created on entering, deleted on every way out.

        The arguments are those of `create_session`.

        Args:
            language: The one language of the session.
            timeout_seconds: How long the session lives at most, in seconds; by default one day.
            expires_at: When it ends at the latest, instead: a datetime with a time zone, or text.
            environment: Environment variables of the session.
            resources: What it may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB).
            request_timeout: Seconds to wait for it to be created, instead of the client's `timeout`.

        Returns:
            The session, with `run`, `upload`, `download` and `close`.
        """

        async def create() -> Session:
            return await self.create_session(
                language,
                timeout_seconds,
                expires_at,
                environment,
                resources,
                request_timeout=request_timeout,
            )

        return AsyncInterpreterSession(self, create, language)

    def stream(
        self,
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
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
            files: Files to write into the work folder first.
            timeout_seconds: How long the code may run, in seconds.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None means True.
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
        )
        return AsyncExecutionStream(self._client, request, request_timeout)
