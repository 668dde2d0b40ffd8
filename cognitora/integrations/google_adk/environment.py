"""An environment for the tools of `EnvironmentToolset`: commands and files."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from google.adk.environment import BaseEnvironment, ExecutionResult

from ... import CognitoraError
from .. import commands
from ..files import MOST_BYTES, os_error

if TYPE_CHECKING:
    from ..commands import Sandbox


class CognitoraEnvironment(BaseEnvironment):
    """A session or a container: `EnvironmentToolset(environment=CognitoraEnvironment(session))`.

    It is opened when it is first used, and closed with the toolset. Commands in a session reach no network,
    those of a container with `networking=True` do.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Makes the environment.

        Args:
            sandbox: What `client.code_interpreter.session(...)` or `client.containers.container(...)` gives.
        """
        self._sandbox = sandbox
        self._folder: Path | None = None

    async def initialize(self) -> None:
        """Opens the sandbox, if it isn't open yet."""
        if self._folder is None:
            await self._sandbox.open()
            asked = await commands.run(self._sandbox, ["pwd"])
            self._folder = Path(asked.result.stdout.removesuffix("\n") or "/")
            self.is_initialized = True

    async def close(self) -> None:
        """Ends the sandbox."""
        await self._sandbox.close()
        self.is_initialized = False

    @property
    def working_dir(self) -> Path:
        """The working folder in the sandbox."""
        if self._folder is None:
            raise RuntimeError("The environment isn't open: call initialize() first.")
        return self._folder

    async def execute(self, command: str, *, timeout: float | None = None) -> ExecutionResult:
        """Runs a shell command in the working folder; what was printed before a time-out is told too.

        Raises:
            CognitoraError: The call failed.
        """
        done = await commands.run(self._sandbox, ["sh", "-c", command], timeout=timeout)
        code = done.result.exit_code
        return ExecutionResult(
            exit_code=-1 if code is None else code,
            stdout=done.result.stdout,
            stderr=commands.why_not_run(done.result) or done.result.stderr,
            timed_out=done.timed_out,
        )

    async def read_file(self, path: Path) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: As `open` would raise it; also where it has more than 256 MiB.
            CognitoraError: The call failed otherwise.
        """
        try:
            return await self._sandbox.path(self._inside(path)).read_bytes(max_bytes=MOST_BYTES)
        except CognitoraError as error:
            if (found := os_error(error, path)) is not None:
                raise found from error
            raise

    async def write_file(self, path: Path, content: str | bytes) -> None:
        """Writes a file, and the folders that it is to be in.

        Raises:
            CognitoraError: The call failed.
        """
        target = self._sandbox.path(self._inside(path))
        await target.parent.mkdir(parents=True, exist_ok=True)
        await target.write_bytes(content.encode() if isinstance(content, str) else content)

    def _inside(self, path: Path) -> str:
        return posixpath.normpath(
            posixpath.join(str(self.working_dir), str(path))
        )  # tools give a str
