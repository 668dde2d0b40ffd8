"""A sandbox of AG2's that is a session or a container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from ag2.tools.sandbox import ExecResult, SandboxBase

from ..commands import run_in_threads, why_not_run

if TYPE_CHECKING:
    from ag2.context import ConversationContext

    from ... import Container, InterpreterSession, ProcessResult

TIMED_OUT = 124
"""The exit code of a command whose time was up, as AG2 has it."""


class CognitoraSandbox(SandboxBase):
    """Runs commands in a session or a container: `SandboxShellTool(CognitoraSandbox(session))`.

    AG2 calls it from several event loops: so it takes what a `Cognitora` makes, not a `CognitoraAsync`.
    Commands in a session reach no network, those of a container with `networking=True` do.
    """

    def __init__(
        self,
        sandbox: InterpreterSession | Container,
        *,
        workdir: str = "/work",
        timeout_seconds: float = 60,
    ) -> None:
        """Makes the sandbox.

        Args:
            sandbox: A session or a container that is open.
            workdir: The folder that commands run in: a session's is `/work`.
            timeout_seconds: How long a command may run that says nothing else.
        """
        self._sandbox = sandbox
        self._workdir = PurePosixPath(workdir)
        self._timeout_seconds = timeout_seconds

    @property
    def workdir(self) -> PurePosixPath:
        """The folder that commands run in."""
        return self._workdir

    @property
    def host_workdir(self) -> Path | None:
        """None: nothing of it is on this machine."""
        return None

    @asynccontextmanager
    async def open(self, context: ConversationContext | None = None) -> AsyncGenerator[Self]:
        """Itself: so it is what AG2 calls a factory, too."""
        yield self

    async def exec(
        self, argv: list[str], *, env: dict[str, str] | None = None, timeout: float | None = None
    ) -> ExecResult:
        """Runs a command.

        Raises:
            CognitoraError: The call failed.
        """
        seconds = self._timeout_seconds if timeout is None else timeout
        return _told(
            await run_in_threads(
                self._sandbox,
                argv,
                timeout=seconds,
                working_directory=str(self._workdir),
                environment=env,
            )
        )

    async def put_file(self, path: PurePosixPath, content: bytes) -> None:
        """Writes a file in the working folder.

        Raises:
            ValueError: The path is absolute.
            CognitoraError: The call failed.
        """
        if path.is_absolute():
            raise ValueError(f"A path in the working folder is relative to it; {path} isn't.")
        await asyncio.to_thread(self._sandbox.upload, content, str(self._workdir / path))

    async def aclose(self) -> None:
        """Ends the session or container."""
        await asyncio.to_thread(self._sandbox.close)

    def __deepcopy__(self, memo: dict[int, Any]) -> CognitoraSandbox:
        """Itself: agents copy their tools, and share what these work in."""
        return self


def _told(ended: ProcessResult) -> ExecResult:
    info = ended.info
    output = why_not_run(ended) or ended.output
    if str(info.status) == "TIMEOUT":
        return ExecResult("\n".join(filter(None, [output.strip(), info.reason])), TIMED_OUT)
    return ExecResult(output.strip(), -1 if info.exit_code is None else info.exit_code)
