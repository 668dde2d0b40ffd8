"""A sandbox of Agno's that is a persistent container."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from agno.sandbox.base import ExecResult, Sandbox, SandboxError, SandboxHandle

from ... import NotFoundError
from ..commands import run_in_threads, why_not_run

if TYPE_CHECKING:
    from ... import Cognitora, Container, Execution, ProcessResult

TIMED_OUT = 124
"""The exit code of a command whose time was up, as the command `timeout` has it."""

NAME, LABELS = "agno_name", ("namespace", "agent", "session", "generation", "config")
"""What a container's metadata say of the sandbox that it is; those of LABELS begin with `agno_`."""


class CognitoraSandbox(Sandbox):
    """Computers for Agno's agents, each a persistent container: `ClaudeAgent(sandbox=CognitoraSandbox(...))`.

    Agno calls it from several event loops: so it takes a `Cognitora`, not a `CognitoraAsync`. A sandbox that
    is stopped has lost its files: what it was is recovered into a new generation, from a checkpoint.
    """

    def __init__(
        self,
        client: Cognitora,
        image: str,
        *,
        cpu_cores: float = 1,
        memory_mb: int = 1024,
        max_cost_credits: int = 100,
        networking: bool = False,
        lifetime_seconds: int = 3600,
        namespace: str = "default",
        env: Mapping[str, str] | None = None,
        execution_timeout: float = 900,
    ) -> None:
        """Makes the backend; it starts nothing yet.

        Args:
            client: The client; whoever has made it closes it.
            image: The image of all its containers.
            cpu_cores: CPU cores of each.
            memory_mb: Memory of each, in MiB.
            max_cost_credits: The most that each may cost, in credits.
            networking: Whether they may reach the internet.
            lifetime_seconds: How long each lives unless it is stopped before, in seconds.
            namespace: Keeps those of several programs apart that have one account.
            env: Variables of every turn of an agent that runs in one of them.
            execution_timeout: How long such a turn may take, in seconds.
        """
        self.env = env
        self.execution_timeout = execution_timeout
        self._containers = client.containers
        self._image = image
        self._namespace = namespace
        self._lifetime_seconds = lifetime_seconds
        self._limits = (cpu_cores, memory_mb, max_cost_credits, networking)

    async def acreate(
        self,
        session_id: str,
        *,
        agent_id: str | None = None,
        generation: int = 1,
        env: Mapping[str, str] | None = None,
    ) -> SandboxHandle:
        """Starts the sandbox, or takes the one of this generation that runs already.

        Raises:
            SandboxError: One is there that has ended, or that was made otherwise.
            CognitoraError: The call failed.
        """
        return await asyncio.to_thread(self._create, session_id, agent_id, generation, env)

    async def afind(
        self,
        session_id: str,
        *,
        agent_id: str | None = None,
        generation: int = 1,
        env: Mapping[str, str] | None = None,
        for_create: bool = False,
    ) -> SandboxHandle | None:
        """The sandbox of this generation; None where none was made.

        Raises:
            SandboxError: It was made otherwise.
            CognitoraError: The call failed.
        """
        labels = self._labels(session_id, agent_id, generation, env)
        return await asyncio.to_thread(self._find, labels)

    async def aget(self, provider_ref: str) -> SandboxHandle | None:
        """The sandbox that is this container; None where there is no such container.

        Raises:
            SandboxError: It isn't of this namespace.
            CognitoraError: The call failed.
        """
        try:
            found = await asyncio.to_thread(self._containers.get_container, provider_ref)
        except NotFoundError:
            return None
        return self._handle(found)

    async def aexec(
        self,
        handle: SandboxHandle,
        argv: Sequence[str],
        *,
        timeout: float = 60,
        max_output_bytes: int = 1_048_576,
        stdin: bytes = b"",
    ) -> ExecResult:
        """Runs a command once, and kills it when its time is up.

        Raises:
            SandboxError: The sandbox is gone.
            CognitoraError: The call failed; see its `may_have_run`.
        """
        container = await self._container(handle)
        ended = await run_in_threads(container, argv, timeout=timeout, input=stdin)
        return _told(ended, max_output_bytes)

    async def astop(self, handle: SandboxHandle) -> None:
        """Ends the sandbox, with its files. Does nothing where it has ended.

        Raises:
            CognitoraError: The call failed.
        """
        if await self.aget(handle.provider_ref) is not None:
            await asyncio.to_thread(self._containers.cancel_container, handle.provider_ref)

    async def adestroy(self, handle: SandboxHandle) -> None:
        """The same.

        Raises:
            CognitoraError: The call failed.
        """
        await self.astop(handle)

    async def _container(self, handle: SandboxHandle) -> Container:
        current = await self.aget(handle.provider_ref)
        if current is None or current.state != "running":
            raise SandboxError(
                f"The sandbox {handle.name} is gone: recover it in a new generation."
            )
        return await asyncio.to_thread(self._containers.attach, handle.provider_ref)

    def _create(
        self,
        session_id: str,
        agent_id: str | None,
        generation: int,
        env: Mapping[str, str] | None,
    ) -> SandboxHandle:
        labels = self._labels(session_id, agent_id, generation, env)
        found = self._find(labels)
        if found is None:
            made = self._containers.create_container(
                self._image,
                None,
                *self._limits,
                persistent=True,
                timeout_seconds=self._lifetime_seconds,
                environment=env,
                metadata=labels,
            )
            found = self._find(labels)  # of two that were made at once the older is the one
            if found is None or found.provider_ref != made.id:
                self._containers.cancel_container(made.id)
        if found is None or found.state != "running":
            raise SandboxError("The generation has ended: recover it in a new one.")
        return found

    def _find(self, labels: Mapping[str, str]) -> SandboxHandle | None:
        found = [*self._containers.iter_containers(metadata={NAME: labels[NAME]})]
        if not found:
            return None
        handle = self._handle(found[-1])  # they come with the newest first
        if handle.config_digest != labels["agno_config"]:
            raise SandboxError("The generation is there already, made otherwise.")
        return handle

    def _handle(self, found: Execution) -> SandboxHandle:
        said = found.metadata or {}
        _, agent, session, generation, config = (said.get(f"agno_{each}", "") for each in LABELS)
        if said.get("agno_namespace") != self._namespace or not generation.isdecimal():
            raise SandboxError(f"The container {found.id} is no sandbox of this namespace.")
        alive = str(found.status) in ("PENDING", "RUNNING")
        return SandboxHandle(
            provider_ref=found.id,
            name=said[NAME],
            agent_id=agent or None,
            session_id=session,
            generation=int(generation),
            state="running" if alive else "exited",
            config_digest=config,
        )

    def _labels(
        self,
        session_id: str,
        agent_id: str | None,
        generation: int,
        env: Mapping[str, str] | None,
    ) -> dict[str, str]:
        """What the container's metadata are to say; of `env` no more than what it is known again by."""
        named = [self._namespace, agent_id, session_id, generation]
        made = [*named, self._image, *self._limits, sorted((env or {}).items())]
        name, config = (
            hashlib.sha256(json.dumps(each).encode()).hexdigest() for each in (named, made)
        )
        values = (self._namespace, agent_id or "", session_id, str(generation), config)
        return {NAME: f"agno-{name[:40]}"} | {
            f"agno_{label}": value for label, value in zip(LABELS, values, strict=True)
        }


def _told(ended: ProcessResult, most: int) -> ExecResult:
    timed_out = str(ended.info.status) == "TIMEOUT"
    why = why_not_run(ended)
    stdout, stderr = ended.stdout_bytes, ended.stderr_bytes if why is None else why.encode()
    code = TIMED_OUT if timed_out else ended.exit_code
    return ExecResult(
        exit_code=-1 if code is None else code,
        stdout=stdout[:most].decode(errors="replace"),
        stderr=stderr[: max(0, most - len(stdout))].decode(errors="replace"),
        timed_out=timed_out,
        output_limited=len(stdout) + len(stderr) > most,
    )
