"""A sandbox of the OpenAI Agents SDK that is a session or a container."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from agents.sandbox.errors import (
    ExecTimeoutError,
    ExecTransportError,
    ExposedPortUnavailableError,
    WorkspaceArchiveReadError,
    WorkspaceArchiveWriteError,
    WorkspaceReadNotFoundError,
    WorkspaceWriteTypeError,
)
from agents.sandbox.session.runtime_helpers import (
    RESOLVE_WORKSPACE_PATH_HELPER,
    RuntimeHelperScript,
)
from agents.sandbox.types import ExecResult, ExposedPortEndpoint, User

from ... import CognitoraError, NotFoundError
from .. import commands
from ..files import MOST_BYTES
from ..gone import is_gone
from .archives import packed, unpacked
from .state import CognitoraSandboxSessionState
from .terminals import TerminalSession

if TYPE_CHECKING:
    from ... import AsyncSandboxPath, CognitoraAsync


class CognitoraSandboxSession(TerminalSession):
    """What agents do in a sandbox. Made by `CognitoraSandboxClient`.

    Attributes:
        sandbox: The session or container itself.
    """

    def __init__(
        self,
        client: CognitoraAsync,
        sandbox: commands.Sandbox,
        state: CognitoraSandboxSessionState,
    ) -> None:
        super().__init__(sandbox)
        self.state = state
        self._client = client
        self._is_container = state.options.image is not None

    async def exec(
        self,
        *command: str | Path,
        timeout: float | None = None,
        shell: bool | list[str] = True,
        user: str | User | None = None,
    ) -> ExecResult:
        """Runs a command: see the framework's documentation. `user` goes with a container."""
        words = self._prepare_exec_command(*command, shell=shell, user=None)
        return await self._run(words, timeout, _name(user))

    async def _exec_internal(
        self, *command: str | Path, timeout: float | None = None
    ) -> ExecResult:
        return await self._run([str(word) for word in command], timeout, None)

    async def _run(self, words: list[str], timeout: float | None, user: str | None) -> ExecResult:
        try:
            done = await commands.run(
                self.sandbox,
                words,
                timeout=timeout,
                user=user,
                working_directory=self._folder(),
            )
        except CognitoraError as error:
            raise ExecTransportError(command=words, cause=error, message=str(error)) from error
        result = done.result
        if done.timed_out:
            printed = {"stdout": result.stdout, "stderr": result.stderr}
            raise ExecTimeoutError(command=words, timeout_s=timeout, context=printed)
        if result.exit_code is None:
            raise ExecTransportError(command=words, message=result.info.reason)
        why = commands.why_not_run(result)
        told = why.encode() if why else result.stderr_bytes
        return ExecResult(stdout=result.stdout_bytes, stderr=told, exit_code=result.exit_code)

    async def read(self, path: Path, *, user: str | User | None = None) -> io.IOBase:
        """The content of a file."""
        place = await self._validate_path_access(path)
        with _told(path, WorkspaceArchiveReadError):
            return io.BytesIO(await self._path(place, user).read_bytes(max_bytes=MOST_BYTES))

    async def write(self, path: Path, data: io.IOBase, *, user: str | User | None = None) -> None:
        """Writes a file; folders on its way are made."""
        content = data.read()
        if not isinstance(content, bytes | bytearray):
            raise WorkspaceWriteTypeError(path=path, actual_type=type(content).__name__)
        place = await self._validate_path_access(path, for_write=True)
        with _told(path, WorkspaceArchiveWriteError):
            await self._path(place, user).write_bytes(bytes(content))

    async def running(self) -> bool:
        """Whether the sandbox is there."""
        try:
            if self._is_container:
                container = await self._client.containers.get_container(self.sandbox.id)
                return str(container.status) == "RUNNING"
            session = await self._client.code_interpreter.get_session(self.sandbox.id)
            return str(session.status) == "active"
        except CognitoraError as error:
            if is_gone(error):
                return False
            raise

    async def persist_workspace(self) -> io.IOBase:
        """All files of the workspace, as a tar stream; without what the manifest makes anew each time."""
        root = self._workspace_root_path()
        skipped = sorted(path.as_posix() for path in self._persist_workspace_skip_relpaths())
        with _told(root, WorkspaceArchiveReadError):
            return await packed(self.sandbox, root.as_posix(), skipped)

    async def hydrate_workspace(self, data: io.IOBase) -> None:
        """Puts the files of a tar stream into the workspace."""
        root = self._workspace_root_path()
        with _told(root, WorkspaceArchiveWriteError):
            await unpacked(self.sandbox, root.as_posix(), data)

    async def _prepare_backend_workspace(self) -> None:
        root = self._workspace_root_path()
        with _told(root, WorkspaceArchiveWriteError):
            await self.sandbox.path(root.as_posix()).mkdir(parents=True, exist_ok=True)
        self._has_root = True

    async def _resolve_exposed_port(self, port: int) -> ExposedPortEndpoint:
        try:
            exposed = await self.sandbox.expose(port)
        except CognitoraError as error:
            raise ExposedPortUnavailableError(
                port=port,
                exposed_ports=self.state.exposed_ports,
                reason="backend_unavailable",
                cause=error,
            ) from error
        url = urlsplit(exposed.url)
        tls = url.scheme == "https"
        return ExposedPortEndpoint(
            host=url.hostname or "", port=url.port or (443 if tls else 80), tls=tls
        )

    async def _validate_path_access(self, path: Path | str, *, for_write: bool = False) -> Path:
        return await self._validate_remote_path_access(path, for_write=for_write)

    def _runtime_helpers(self) -> tuple[RuntimeHelperScript, ...]:
        return (RESOLVE_WORKSPACE_PATH_HELPER,)

    def _current_runtime_helper_cache_key(self) -> object:
        return self.sandbox.id

    def _path(self, place: Path, user: str | User | None) -> AsyncSandboxPath:
        return self.sandbox.path(place.as_posix(), user=_name(user))


def _name(user: str | User | None) -> str | None:
    return user.name if isinstance(user, User) else user


@contextmanager
def _told(
    path: Path, kind: type[WorkspaceArchiveReadError | WorkspaceArchiveWriteError]
) -> Generator[None]:
    """Says in the framework's words what went wrong with a path."""
    try:
        yield
    except NotFoundError as error:
        if not is_gone(error) and kind is WorkspaceArchiveReadError:
            raise WorkspaceReadNotFoundError(path=path, cause=error) from error
        raise kind(path=path, context={"said": str(error)}, cause=error) from error
    except CognitoraError as error:
        raise kind(path=path, context={"said": str(error)}, cause=error) from error
