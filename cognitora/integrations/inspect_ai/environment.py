"""The sandbox of Inspect's samples."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, Any, Literal, overload

import anyio
from inspect_ai.util import (
    ExecResult,
    OutputLimitExceededError,
    SandboxConnection,
    SandboxEnvironment,
    SandboxEnvironmentConfigType,
    SandboxEnvironmentLimits,
    SandboxUserUnsupportedError,
    sandboxenv,
)
from inspect_ai.util._sandbox.environment import SandboxUnavailableError

from ... import AsyncContainer, CognitoraAsync, CognitoraError
from ...config import is_local
from .. import commands
from ..gone import is_gone
from . import clients, files
from .config import CognitoraSandboxConfig, read

if TYPE_CHECKING:
    from ... import ProcessResult
    from ..commands import Sandbox

LABEL = {"created_by": "inspect_ai"}
"""The metadata by which sandboxes are found that an evaluation has left."""
TASK_CHARACTERS = 100
"""How much of a task's name is kept beside it."""


@sandboxenv(name="cognitora")
class CognitoraSandboxEnvironment(SandboxEnvironment):
    """A session, or a container where the configuration names an image.

    Sandboxes are made on the cloud, or where `COGNITORA_BASE_URL` says, with `COGNITORA_API_KEY` in the
    environment; without it on this machine, by a runtime that ends with the evaluation.
    """

    def __init__(self, sandbox: Sandbox, folder: str) -> None:
        super().__init__()
        self.sandbox = sandbox
        self._folder = folder

    @classmethod
    def default_concurrency(cls) -> int | None:
        """On this machine as many sandboxes as Docker would have."""
        return 2 * (os.cpu_count() or 1) if is_local() else None

    @classmethod
    def config_files(cls) -> list[str]:
        """The file that a configuration is looked for in, beside the task."""
        return ["cognitora.yaml"]

    @classmethod
    def config_deserialize(cls, config: dict[str, Any]) -> CognitoraSandboxConfig:
        """The configuration that a log has."""
        return CognitoraSandboxConfig(**config)

    @classmethod
    async def task_init(cls, task_name: str, config: SandboxEnvironmentConfigType | None) -> None:
        """Checks the configuration, and makes the client."""
        read(config)
        clients.begin_task()

    @classmethod
    async def task_cleanup(
        cls, task_name: str, config: SandboxEnvironmentConfigType | None, cleanup: bool
    ) -> None:
        """Closes the client after the last task; a runtime of its own ends with it."""
        await clients.end_task()

    @classmethod
    async def sample_init(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        metadata: dict[str, str],
    ) -> dict[str, SandboxEnvironment]:
        """Makes the sandbox of a sample."""
        sandbox = _made(clients.current(), read(config), task_name)
        await sandbox.open()
        try:
            asked = (await commands.run(sandbox, ["pwd"])).result
        except BaseException:
            with anyio.CancelScope(shield=True):
                await sandbox.close()
            raise
        return {"default": cls(sandbox, asked.stdout.rstrip("\n") or "/")}

    @classmethod
    async def sample_cleanup(
        cls,
        task_name: str,
        config: SandboxEnvironmentConfigType | None,
        environments: dict[str, SandboxEnvironment],
        interrupted: bool,
    ) -> None:
        """Ends the sandbox of a sample."""
        for environment in environments.values():
            await environment.as_type(cls).sandbox.close()

    @classmethod
    async def cli_cleanup(cls, id: str | None) -> None:
        """Ends what evaluations have left: one sandbox by its id, or all."""
        if is_local():
            print("Nothing is left: without COGNITORA_API_KEY sandboxes end with the evaluation.")  # noqa: T201  # a command
            return
        async with CognitoraAsync() as client:
            async for session in client.code_interpreter.iter_sessions(metadata=LABEL):
                if id in (None, session.session_id):
                    await client.code_interpreter.delete_session(session.session_id)
            async for container in client.containers.iter_containers("RUNNING", metadata=LABEL):
                if id in (None, container.id):
                    await client.containers.cancel_container(container.id)

    async def exec(
        self,
        cmd: list[str],
        input: str | bytes | None = None,
        cwd: str | None = None,
        env: dict[str, str] | None = None,
        user: str | None = None,
        timeout: int | None = None,
        timeout_retry: bool = True,
        concurrency: bool = True,
    ) -> ExecResult[str]:
        """Runs a command. One that ran into its time-out isn't repeated, whatever `timeout_retry` says.

        Raises:
            SandboxUserUnsupportedError: There is no such user; a session has one alone.
            SandboxUnavailableError: The sandbox has ended.
            TimeoutError: It ran for too long; it was killed, with all that it had started.
            PermissionError: It may not be executed.
            OutputLimitExceededError: It printed too much.
            CognitoraError: The call failed otherwise.
        """
        if user is not None and not isinstance(self.sandbox, AsyncContainer):
            raise SandboxUserUnsupportedError(
                "A session has one user; name an image to have others."
            )
        try:
            done = await commands.run(
                self.sandbox,
                cmd,
                input=input.encode() if isinstance(input, str) else input,
                timeout=timeout,
                working_directory=posixpath.join(self._folder, cwd or ""),
                environment=env,
                user=user,
            )
        except CognitoraError as error:
            raise _refused(error) from error
        if done.timed_out:
            raise TimeoutError(f"The command was stopped after {timeout} seconds.")
        return _outcome(done.result)

    async def write_file(self, file: str, contents: str | bytes) -> None:
        """Writes a file; folders that are missing are made.

        Raises:
            OSError: As `open` would raise it.
            CognitoraError: The call failed otherwise.
        """
        data = contents.encode() if isinstance(contents, str) else contents
        await files.write(self.sandbox, posixpath.join(self._folder, file), data)

    @overload
    async def read_file(self, file: str, text: Literal[True] = True) -> str: ...

    @overload
    async def read_file(self, file: str, text: Literal[False]) -> bytes: ...

    async def read_file(self, file: str, text: bool = True) -> str | bytes:
        """Reads a file.

        Raises:
            OSError: As `open` would raise it.
            UnicodeDecodeError: It isn't UTF-8, and text is asked for.
            OutputLimitExceededError: It is too long.
            CognitoraError: The call failed otherwise.
        """
        data = await files.read(self.sandbox, posixpath.join(self._folder, file))
        return data.decode() if text else data

    async def connection(self, *, user: str | None = None) -> SandboxConnection:
        """How a person gets a shell in it.

        Raises:
            NotImplementedError: It is on this machine, in a runtime that belongs to the evaluation.
        """
        if is_local():
            raise NotImplementedError("Only the evaluation has the key of its own runtime.")
        of_user = ["--user", user] if user else []
        command = ["cognitora", "exec", "-t", *of_user, self.sandbox.id, "--", "sh"]
        container = self.sandbox.id if isinstance(self.sandbox, AsyncContainer) else None
        return SandboxConnection(type="cognitora", command=" ".join(command), container=container)

    def default_polling_interval(self) -> float:
        """Seconds between two looks at what a long command has printed."""
        return 0.5


def _made(client: CognitoraAsync, config: CognitoraSandboxConfig, task_name: str) -> Sandbox:
    metadata = LABEL | {"task": task_name[:TASK_CHARACTERS]}
    if config.image is None:
        return client.code_interpreter.session(
            timeout_seconds=config.timeout_seconds,
            resources={"cpu_cores": config.cpu_cores, "memory_mb": config.memory_mb},
            metadata=metadata,
        )
    return client.containers.container(
        config.image,
        config.cpu_cores,
        config.memory_mb,
        config.max_cost_credits,
        timeout_seconds=config.timeout_seconds,
        networking=config.networking,
        egress=config.egress,
        metadata=metadata,
    )


def _refused(error: CognitoraError) -> Exception:
    """What Inspect calls the reason for which a command could not be started."""
    if is_gone(error):
        return SandboxUnavailableError(f"The sandbox has ended: {error}")
    if error.code == "unknown_user":
        return SandboxUserUnsupportedError(error.message)
    return error


def _outcome(ended: ProcessResult) -> ExecResult[str]:
    info = ended.info
    if str(info.status) == "CANCELLED":
        raise SandboxUnavailableError(f"The sandbox has ended: {info.reason}")
    limit = SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE
    for stream in (ended.stdout_bytes, ended.stderr_bytes):
        if len(stream) > limit or info.output_cut:
            raise OutputLimitExceededError(
                SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE_STR,
                stream[:limit].decode(errors="replace"),
            )
    code = -1 if info.exit_code is None else info.exit_code
    why = commands.why_not_run(ended)
    if why and code == commands.NOT_EXECUTABLE:
        raise PermissionError(why)
    told = why or ended.stderr
    return ExecResult(success=code == 0, returncode=code, stdout=ended.stdout, stderr=told)
