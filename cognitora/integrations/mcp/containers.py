"""The tools that run containers."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from ... import AsyncContainer, ContainerExecResponse
from ..commands import beside_code
from .limits import Limits
from .progress import reported
from .results import CommandResult, of_command
from .sandboxes import Callers

Image = Annotated[str, Field(description="The image, such as docker.io/library/python:3.11-slim.")]
Command = Annotated[
    list[str],
    Field(
        description='The command as a list of words, such as ["sh", "-c", "ls | wc -l"].',
        min_length=1,
    ),
]
Seconds = Annotated[int | None, Field(description="How long it may run; then it is stopped.", ge=1)]
Id = Annotated[str, Field(description="The container's id, as start_container says it.")]
Networking = Annotated[bool, Field(description="Whether it may reach the internet.")]


class ContainerInfo(BaseModel):
    """A container."""

    id: str
    image: str | None
    status: str


class ContainerTools:
    """What is done with containers."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def run_container(
        self,
        context: Context,
        image: Image,
        command: Command,
        timeout_seconds: Seconds = None,
        networking: Networking = False,
    ) -> Annotated[CallToolResult, CommandResult]:
        """Runs a command in a container of its own, which is removed when it has ended."""
        sandboxes = self._callers.now()
        container = await sandboxes.start_container(image, networking)
        try:
            return await self._run(context, container, command, timeout_seconds)
        finally:
            await sandboxes.stop_container(container.id)

    async def start_container(self, image: Image, networking: Networking = False) -> ContainerInfo:
        """Starts a container that stays up for run_in_container, files, processes and ports."""
        return _info(await self._callers.now().start_container(image, networking))

    async def run_in_container(
        self,
        context: Context,
        container: Id,
        command: Command,
        timeout_seconds: Seconds = None,
    ) -> Annotated[CallToolResult, CommandResult]:
        """Runs a command in a container that start_container has started."""
        found = self._callers.now().container(container)
        return await self._run(context, found, command, timeout_seconds)

    async def list_containers(self) -> list[ContainerInfo]:
        """Lists the containers that start_container has started."""
        sandboxes = self._callers.now()
        service = sandboxes.client.containers
        infos = [await service.get_container(each) for each in sandboxes.containers]
        return [
            ContainerInfo(id=each.id, image=each.image, status=str(each.status)) for each in infos
        ]

    async def stop_container(self, container: Id) -> str:
        """Stops a container and removes it, with its files."""
        await self._callers.now().stop_container(container)
        return f"Stopped {container}."

    async def _run(
        self,
        context: Context,
        container: AsyncContainer,
        command: list[str],
        timeout_seconds: int | None,
    ) -> CallToolResult:
        limits = self._callers.limits
        seconds = limits.seconds(timeout_seconds)
        await self._callers.now().live_on(container, seconds)
        async with reported(context, seconds) as progress:
            done = await container.run(
                command, timeout_seconds=seconds, on_stdout=progress.say, on_stderr=progress.say
            )
        return of_command(_of_exec(done, limits))


def _info(container: AsyncContainer) -> ContainerInfo:
    info = container.info
    return ContainerInfo(id=info.id, image=info.image, status=str(info.status))


def _of_exec(done: ContainerExecResponse, limits: Limits) -> CommandResult:
    return CommandResult(
        status=str(done.status).lower(),
        exit_code=done.exit_code,
        stdout=limits.cut(done.stdout if done.stdout is not None else done.output),
        stderr=limits.cut(done.stderr or ""),
        error=beside_code(done.reason, done.exit_code),
    )
