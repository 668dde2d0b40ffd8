# Derived from ../_async/session.py by `make generate`: change that, not this.
"""A session for a `with` block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Self, overload

from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, InvalidRequestError, NotFoundError
from ..threads import acquire, to_the_end

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import FileUpload, Session

    from ..results import ExecuteCodeResponse
    from .interpreter import CodeInterpreter
    from .streaming import ExecutionStream


class InterpreterSession:
    """A session that is created on entering a `with` block and deleted on every way out of it.

    Made by `client.code_interpreter.session(...)`. Without `with`, call `start` and `close`.
    """

    def __init__(
        self,
        interpreter: CodeInterpreter,
        create: Callable[[], Session],
        language: str,
    ) -> None:
        self._interpreter = interpreter
        self._create = create
        self._language = language
        self._info: Session | None = None
        self._closed = False

    @property
    def id(self) -> str:
        """The session's id.

        Raises:
            InvalidRequestError: The session is not open.
        """
        return self.info.session_id

    @property
    def info(self) -> Session:
        """The session as the service described it when it was created.

        Raises:
            InvalidRequestError: The session is not open.
        """
        if self._info is None or self._closed:
            state = "closed" if self._closed else "not started: use it in a `with` block"
            raise InvalidRequestError(f"This session is {state}.")
        return self._info

    def start(self) -> Self:
        """Creates the session; entering a `with` block does it.

        Returns:
            The session itself.

        Raises:
            CognitoraError: It could not be created.
        """
        if self._closed:
            raise InvalidRequestError("This session is closed. Make a new one.")
        if self._info is None:
            self._info = acquire(self._create, self._delete)
        return self

    def close(self) -> None:
        """Deletes the session; leaving a `with` block does it. Closing twice does no harm.

        Raises:
            CognitoraError: It could not be deleted; it ends when its time is over.
        """
        info, closed = self._info, self._closed
        self._closed = True
        if info is not None and not closed:
            to_the_end(self._delete, info)

    def run(
        self,
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs code of the session's language; variables, imports and files persist.

        Args:
            code: The code.
            files: Files to write into the work folder first.
            timeout_seconds: How long the code may run, in seconds. The session survives its end.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None means True.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised.

        Raises:
            CognitoraError: The call failed.
        """
        return self._interpreter.execute(
            code,
            self._language,
            self.id,
            files,
            timeout_seconds,
            environment,
            networking,
            request_timeout=request_timeout,
        )

    def stream(
        self,
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecutionStream:
        """Runs code and gives its outputs while it runs: `stream` of the interpreter, see there.

        Args:
            code: The code.
            files: Files to write into the work folder first.
            timeout_seconds: How long the code may run, in seconds. The session survives its end.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None means True.
            request_timeout: Seconds for the whole stream, instead of `timeout_seconds` + 30.

        Returns:
            The outputs; when they are all read, `result` is what `run` would have returned.

        Raises:
            InvalidRequestError: An argument is wrong, or the session is not open.
        """
        return self._interpreter.stream(
            code,
            self._language,
            self.id,
            files,
            timeout_seconds,
            environment,
            networking,
            request_timeout=request_timeout,
        )

    def execute(
        self,
        code: str,
        language: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse:
        """Runs code in the session: `execute` of the interpreter without its `session_id`.

        Args:
            code: The code.
            language: By default the session's own, which is the only one that services take.
            files: Files to write into the work folder first.
            timeout_seconds: How long the code may run, in seconds.
            environment: Environment variables for this execution.
            networking: Whether the code may reach the internet; None means True.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised.

        Raises:
            CognitoraError: The call failed.
        """
        return self._interpreter.execute(
            code,
            language or self._language,
            self.id,
            files,
            timeout_seconds,
            environment,
            networking,
            request_timeout=request_timeout,
        )

    def run_python(
        self, code: str, *, timeout_seconds: int = 60, request_timeout: float | None = None
    ) -> ExecuteCodeResponse:
        """Runs Python in the session, which must be one of Python; `run` has all options.

        Args:
            code: The code.
            timeout_seconds: How long the code may run, in seconds.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` + 30.

        Returns:
            What the code printed, showed and raised.

        Raises:
            CognitoraError: The call failed.
        """
        return self.execute(
            code, "python", timeout_seconds=timeout_seconds, request_timeout=request_timeout
        )

    def upload(
        self,
        source: bytes | str | PathLike[str] | BinaryIO,
        path: str,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into the session's work folder: `upload` of the interpreter, see there.

        Args:
            source: Bytes, the path of a local file, or a binary file object.
            path: Where to, relative to the work folder.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            CognitoraError: The call failed.
        """
        self._interpreter.upload(self.id, source, path, request_timeout=request_timeout)

    @overload
    def download(
        self, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...

    @overload
    def download(
        self, path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...

    @overload
    def download(
        self, path: str, target: BinaryIO, *, request_timeout: float | None = None
    ) -> BinaryIO: ...

    def download(
        self,
        path: str,
        target: str | PathLike[str] | BinaryIO | None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO:
        """Reads a file of the session's work folder: `download` of the interpreter, see there.

        Args:
            path: Which, relative to the work folder.
            target: Where to: None for the bytes, a local path, or a binary file object.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            NotFoundError: There is no such file.
            CognitoraError: The call failed otherwise.
        """
        return self._interpreter.download(self.id, path, target, request_timeout=request_timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except CognitoraError:
            # What went wrong in the block tells more than that cleaning up failed as well.
            if kind is None:
                raise

    def _delete(self, info: Session) -> None:
        with suppress(NotFoundError):  # deleted or expired meanwhile: as wanted
            self._interpreter.delete_session(info.session_id, request_timeout=CLEANUP_SECONDS)

    def __repr__(self) -> str:
        known = self._info.session_id if self._info else "not started"
        return f"<{type(self).__name__} {known}{', closed' if self._closed else ''}>"
