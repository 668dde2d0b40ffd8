"""A workspace of Pydantic AI that is a session or a container."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic_ai.workspaces import (
    CommandResult,
    FileEntry,
    SupportsCommands,
    SupportsFilesystem,
    SupportsRealpath,
    WorkspaceBackend,
    WorkspaceCommand,
    WorkspaceOutputLimitError,
    WorkspaceRef,
    WorkspaceTimeoutError,
    WorkspaceUnavailableError,
)

from ... import StreamTruncatedError
from .. import commands
from .environment import Environment, unavailable
from .files import Files

if TYPE_CHECKING:
    from ... import CognitoraAsync, ProcessResult

PREVIEW = 64 * 1024
"""Characters of each stream that are shown of an output that is too long."""


class CognitoraBackend(WorkspaceBackend, SupportsCommands, SupportsFilesystem, SupportsRealpath):
    """A workspace in a sandbox: `Agent(..., workspace=CognitoraBackend(client))`.

    Its sandbox is made when it is first used, and lives on when a run ends: `ref` finds it again, and
    `client.code_interpreter.attach(...)`, or `containers`, ends it.

    Args:
        client: What the sandbox is made by; it belongs to one event loop.
        ref: Of a workspace that is there already.
        make: What makes the sandbox: by default a session of Python. With
            `lambda: client.containers.container(image, ...)` it is a container. Commands in a session reach
            no network, those of a container with `networking=True` do.
    """

    def __init__(
        self,
        client: CognitoraAsync,
        ref: WorkspaceRef | None = None,
        *,
        make: Callable[[], commands.Sandbox] | None = None,
    ) -> None:
        self._environment = Environment(client, ref, make)
        self._files = Files(self._environment)
        self._working_dir: str | None = None

    @property
    def ref(self) -> WorkspaceRef | None:
        """What the sandbox is found by; None until it is made."""
        return self._environment.ref

    async def working_dir(self) -> str:
        """The working folder, where commands start."""
        sandbox = await self._environment.sandbox()
        if self._working_dir is None:
            with unavailable():
                done = await commands.run(sandbox, ["sh", "-c", "pwd -P"])
            self._working_dir = done.result.stdout.removesuffix("\n")
        return self._working_dir

    async def run(
        self,
        command: WorkspaceCommand,
        *,
        shell: bool = False,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> CommandResult:
        """Runs a command in the working folder, with nothing to read."""
        words = _words(command, shell=shell)
        _check_timeout(timeout)
        sandbox = await self._environment.sandbox()
        try:
            with unavailable():
                done = await commands.run(sandbox, words, environment=env, timeout=timeout)
        except StreamTruncatedError:
            await self._alive()
            raise
        result = done.result
        if done.timed_out:
            raise WorkspaceTimeoutError(
                f"The command was stopped after {timeout:g} s.",
                stdout=result.stdout,
                stderr=result.stderr,
            )
        if result.info.output_cut:
            raise _too_much(result)
        if result.exit_code is None:
            await self._alive()
            raise WorkspaceUnavailableError(result.info.reason or "The command was stopped.")
        told = commands.why_not_run(result) or result.stderr
        return CommandResult(exit_code=result.exit_code, stdout=result.stdout, stderr=told)

    async def read_bytes(self, path: str) -> bytes:
        """The bytes of a file."""
        return await self._files.read(path)

    async def write_bytes(self, path: str, data: bytes) -> None:
        """Writes a file, through a link if it is one; folders on its way are made."""
        await self._files.write(path, data)

    async def stat(self, path: str) -> FileEntry:
        """What a file or folder is."""
        return await self._files.entry(path)

    async def list_dir(self, path: str) -> Sequence[FileEntry]:
        """What a folder has in it."""
        return await self._files.entries(path)

    async def make_dir(self, path: str) -> None:
        """Makes a folder, and those on its way."""
        await self._files.make_folder(path)

    async def remove(self, path: str) -> None:
        """Removes a file, a link, or a folder with all in it; never the working folder."""
        here = f"{await self.working_dir()}/"
        parent = await self._files.real(posixpath.dirname(path) or "/")
        last = posixpath.basename(path)
        target = posixpath.normpath(posixpath.join(parent, last)) if last else parent
        if here.startswith(f"{target.rstrip('/')}/"):
            raise ValueError(f"{path} can't be removed: the working folder is in it")
        await self._files.remove(path)

    async def exists(self, path: str) -> bool:
        """Whether there is a file or a folder."""
        return await self._files.exists(path)

    async def realpath(self, path: str) -> str:
        """The path without links."""
        return await self._files.real(path)

    async def _alive(self) -> None:
        """Asks whether the sandbox is still there.

        Raises:
            WorkspaceUnavailableError: It isn't.
        """
        await self._files.lstat("/")


def _words(command: WorkspaceCommand, *, shell: bool) -> list[str]:
    if isinstance(command, str):
        if not shell:
            raise TypeError("a command of one text needs shell=True; otherwise give its words")
        return ["sh", "-c", command]
    if shell:
        raise TypeError("shell=True needs a command of one text, not of words")
    return list(command)


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None and not (math.isfinite(timeout) and timeout > 0):
        raise ValueError(f"timeout must be a number of seconds above 0, not {timeout!r}")


def _too_much(result: ProcessResult) -> WorkspaceOutputLimitError:
    limit = result.info.output_limit or 0
    return WorkspaceOutputLimitError(
        f"The command printed more than {limit} bytes; let it write to a file, and read parts of that.",
        limit=limit,
        stdout=result.stdout[:PREVIEW],
        stderr=result.stderr[:PREVIEW],
    )
