"""A sandbox of Deep Agents that is a session or a container."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from deepagents.backends.protocol import (
    ExecuteResponse,
    FileDownloadResponse,
    FileUploadResponse,
)
from deepagents.backends.sandbox import BaseSandbox

from ... import (
    APIError,
    ConflictError,
    FileTooLargeError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    SandboxPath,
)
from ..commands import why_not_run
from ..files import MOST_BYTES
from ..gone import is_gone

if TYPE_CHECKING:
    from ... import Container, InterpreterSession

    Sandbox: TypeAlias = InterpreterSession | Container

USUAL_SECONDS = 30 * 60
"""How long a command may run, where nobody says."""
TIMED_OUT = 124
"""The exit code of a command that was stopped at its time-out, as `timeout` has it."""


class CognitoraSandbox(BaseSandbox):
    """A sandbox for `create_deep_agent(..., backend=CognitoraSandbox(session))`.

    Args:
        sandbox: The session or container. Whoever has opened it closes it. Commands in a session reach no
            network, those of a container with `networking=True` do.
        timeout_seconds: How long a command may run, where the agent doesn't say.
    """

    def __init__(self, sandbox: Sandbox, *, timeout_seconds: int = USUAL_SECONDS) -> None:
        self._sandbox = sandbox
        self._timeout_seconds = timeout_seconds
        self._shell = "bash" if hasattr(sandbox, "session_id") else "sh"

    @property
    def id(self) -> str:
        """The session's or the container's id."""
        return self._sandbox.id

    def execute(self, command: str, *, timeout: int | None = None) -> ExecuteResponse:
        """Runs a shell command in the working folder.

        Args:
            command: The command.
            timeout: Seconds it may run; 0 for as long as it wants.

        Raises:
            CognitoraError: The call failed, or the sandbox has ended.
        """
        seconds = self._timeout_seconds if timeout is None else timeout
        process = self._sandbox.start(
            [self._shell, "-c", command], stdin=False, timeout_seconds=seconds or None
        )
        done = process.communicate()
        info, output, code = done.info, why_not_run(done) or done.output, done.exit_code
        if code is None:
            output += f"\n{info.reason or 'The command was stopped.'}"
            code = TIMED_OUT if str(info.status) == "TIMEOUT" else None
        return ExecuteResponse(output=output, exit_code=code, truncated=bool(info.output_cut))

    def upload_files(self, files: list[tuple[str, bytes]]) -> list[FileUploadResponse]:
        """Writes files; one that can't be written doesn't keep the others."""
        return [FileUploadResponse(path, self._written(path, data)) for path, data in files]

    def download_files(self, paths: list[str]) -> list[FileDownloadResponse]:
        """Reads files; one that can't be read doesn't keep the others."""
        return [self._read(path) for path in paths]

    def _written(self, path: str, data: bytes) -> str | None:
        if not path.startswith("/"):
            return "invalid_path"
        try:
            self._sandbox.path(path).write_bytes(data)
        except (APIError, InvalidRequestError) as error:
            return self._trouble(path, error)
        return None

    def _read(self, path: str) -> FileDownloadResponse:
        if not path.startswith("/"):
            return FileDownloadResponse(path, error="invalid_path")
        try:
            return FileDownloadResponse(
                path, self._sandbox.path(path).read_bytes(max_bytes=MOST_BYTES)
            )
        except FileTooLargeError as error:
            return FileDownloadResponse(path, error=error.message)
        except (APIError, InvalidRequestError) as error:
            return FileDownloadResponse(path, error=self._trouble(path, error))

    def _trouble(self, path: str, error: APIError | InvalidRequestError) -> str:
        """What is amiss with a path, by the framework's word for it.

        Raises:
            APIError: It is no path that is amiss.
        """
        if isinstance(error, PermissionDeniedError):
            return "permission_denied"
        if isinstance(error, InvalidRequestError):
            return "invalid_path"
        if isinstance(error, NotFoundError) and not is_gone(error):
            return "file_not_found"
        if isinstance(error, ConflictError) and not is_gone(error):
            return "is_directory" if _is_folder(self._sandbox.path(path)) else "invalid_path"
        raise error


def _is_folder(path: SandboxPath) -> bool:
    try:
        return path.is_dir()
    except APIError:
        return False
