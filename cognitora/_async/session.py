"""A session for a `with` block."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cognitora_openapi.models import Session, SessionDetails

from .. import callbacks
from ..deadline import CLEANUP_SECONDS
from ..errors import InvalidRequestError
from .network_handle import AsyncNetworkHandle
from .processes import AsyncProcesses
from .transfer import ONE_USER

if TYPE_CHECKING:
    from datetime import datetime

    from ..file_uploads import Files
    from ..results import ExecuteCodeResponse
    from ..sandbox_text import InnerPath
    from .execution_stream import AsyncExecutionStream
    from .handles import AsyncStarts
    from .sandbox_path import AsyncSandboxPath
    from .session_files import AsyncSessionFiles
    from .transfer import AsyncFileTransfer


def session_of(details: SessionDetails) -> Session:
    """What `create_session` would have said of it."""
    return Session.from_dict(details.to_dict())


class AsyncInterpreterSession(AsyncNetworkHandle[Session]):
    """A session that is created on entering a `with` block and deleted on every way out of it.

    Made by `client.code_interpreter.session(...)`. Without `with`, call `open` and `close`.
    """

    _kind = "session"

    def __init__(
        self,
        interpreter: AsyncSessionFiles,
        make: Callable[[], Coroutine[Any, Any, Session]],
        language: str,
    ) -> None:
        super().__init__(make)
        self._interpreter = interpreter
        self._language = language

    @property
    def session_id(self) -> str:
        """The same as `id`, by the name it has in what `create_session` returns."""
        return self.id

    async def run(
        self,
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs code of the session's language; variables, imports and files persist.

        Args:
            code: The code.
            files: Files to write into the work folder first, as `execute` takes them.
            timeout_seconds: How long the code may run, in seconds. The session survives its end.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None: where its session may.
            stdin: What the code reads from its standard input; by default nothing.
            on_stdout: Called with what it prints, as it comes; from a server that can't stream, at the end.
            on_stderr: The same for its standard error.
            egress: What of it, as `execute` has it; None means what the session may reach.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised.

        Raises:
            CognitoraError: The call failed.
        """
        callbacks.check("on_stdout", on_stdout)
        callbacks.check("on_stderr", on_stderr)
        if on_stdout is None and on_stderr is None:
            return await self._interpreter.execute(
                code,
                self._language,
                self._open_id(),
                files,
                timeout_seconds,
                environment,
                networking,
                stdin=stdin,
                egress=egress,
                request_timeout=request_timeout,
            )
        called = {"stdout": on_stdout, "stderr": on_stderr}
        stream = self.stream(
            code,
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )
        async with stream:
            async for output in stream:
                if (call := called.get(str(output.type))) is not None:
                    call(str(output.data))
        return stream.result

    execute = run

    async def run_python(
        self,
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs Python in the session, which must be one of Python: `run`, see there.

        Args:
            code: The code.
            files: Files to write into the work folder first, as `execute` takes them.
            timeout_seconds: How long the code may run, in seconds.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None: where its session may.
            stdin: What the code reads from its standard input; by default nothing.
            egress: What of it, as `execute` has it; None means what the session may reach.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised.

        Raises:
            CognitoraError: The call failed.
        """
        return await self._interpreter.run_python(
            code,
            self._open_id(),
            files=files,
            timeout_seconds=timeout_seconds,
            environment=environment,
            networking=networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    def stream(
        self,
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream:
        """Runs code and gives its outputs while it runs: `stream` of the interpreter, see there.

        Args:
            code: The code.
            files: Files to write into the work folder first, as `execute` takes them.
            timeout_seconds: How long the code may run, in seconds. The session survives its end.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None: where its session may.
            stdin: What the code reads from its standard input; by default nothing.
            egress: What of it, as `execute` has it; None means what the session may reach.
            request_timeout: Seconds for the whole stream, instead of `timeout_seconds` + 30.

        Returns:
            The outputs; when they are all read, `result` is what `run` would have returned.

        Raises:
            InvalidRequestError: An argument is wrong, or the session is not open.
        """
        return self._interpreter.stream(
            code,
            self._language,
            self._open_id(),
            files,
            timeout_seconds,
            environment,
            networking,
            stdin=stdin,
            egress=egress,
            request_timeout=request_timeout,
        )

    async def update(
        self,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session:
        """Gives the session a new end: `update_session`, see there.

        Args:
            timeout_seconds: How long it lives from now on, in seconds.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session, with its new end, as `info` has it from now on.

        Raises:
            UnsupportedError: The server doesn't announce `update`.
            CognitoraError: The call failed otherwise.
        """
        self._info = await self._interpreter.update_session(
            self._open_id(), timeout_seconds, expires_at, request_timeout=request_timeout
        )
        return self._info

    def _id_of(self, info: Session) -> str:
        return info.session_id

    async def _look(self, known_id: str, request_timeout: float | None) -> Session:
        found = await self._interpreter.get_session(known_id, request_timeout=request_timeout)
        return session_of(found)

    async def _end(self, info: Session) -> None:
        await self._interpreter.delete_session(info.session_id, request_timeout=CLEANUP_SECONDS)

    def _service(self) -> AsyncSessionFiles:
        return self._interpreter

    def _starts(self) -> AsyncStarts:
        processes = AsyncProcesses(self._interpreter._client)
        return processes, processes.start_session_process

    def _files(self) -> AsyncFileTransfer:
        return self._interpreter._files(self._open_id())

    def _path(self, path: InnerPath, user: str | None) -> AsyncSandboxPath:
        if user is not None:
            raise InvalidRequestError(ONE_USER)
        return self._interpreter.path(self._open_id(), path)
