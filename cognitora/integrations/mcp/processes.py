"""The tools for processes in the background, and for ports that they serve."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import Annotated

from pydantic import BaseModel, Field

from ... import AsyncProcess, ProcessInfo, ProcessOutput
from ...results.processes import OutputDecoder
from .files import Container, Session
from .sandboxes import Callers, Sandboxes

Id = Annotated[str, Field(description="The process's id, as start_process says it.")]
Port = Annotated[
    int, Field(description="The port that something listens on inside.", ge=1, le=65535)
]


class ProcessState(BaseModel):
    """How a process is doing."""

    id: str
    command: list[str]
    status: str = Field(description="RUNNING, or how it has ended.")
    exit_code: int | None
    reason: str | None


class ProcessRead(ProcessState):
    """How a process is doing, and what it has printed."""

    output: str = Field(description="Of both streams, in order.")
    next_offset: int = Field(description="The offset that what follows has.")


class PortInfo(BaseModel):
    """A port that can be reached from outside."""

    port: int
    url: str = Field(description="Where it is reached by HTTP.")
    address: str | None = Field(description="Host and port by which it is reached by TCP.")


class ProcessTools:
    """What is done with processes and ports, in sessions and containers."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def start_process(
        self,
        command: Annotated[
            list[str], Field(description="The command as a list of words.", min_length=1)
        ],
        session: Session = "python",
        container: Container = None,
        timeout_seconds: Annotated[
            int | None, Field(description="When it is stopped; by default with its sandbox.", ge=1)
        ] = None,
    ) -> ProcessState:
        """Starts a command in the background, such as a server, and returns at once.

        read_process reads what it prints, write_process gives it input, stop_process ends it. In a session it
        reaches the network only while code runs there.
        """
        sandboxes = self._callers.now()
        sandbox = await sandboxes.sandbox(session, container)
        process = await sandbox.start(command, timeout_seconds=timeout_seconds)
        sandboxes.processes[process.id] = process
        return _state(process.info)

    async def read_process(
        self,
        process: Id,
        offset: Annotated[int, Field(description="next_offset of the read before.", ge=0)] = 0,
        wait_seconds: Annotated[
            int,
            Field(
                description="How long to wait for output at most, where there is none yet.", ge=0
            ),
        ] = 0,
    ) -> ProcessRead:
        """Reads what a process has printed since the last read, and how it is doing."""
        sandboxes = self._callers.now()
        found = sandboxes.process(process)
        if wait_seconds:
            await _something(found, offset, sandboxes.limits.seconds(wait_seconds))
        read = await sandboxes.client.processes.get_process_output(process, offset)
        info = await sandboxes.client.processes.get_process(process)
        return ProcessRead(
            **_state(info).model_dump(),
            output=sandboxes.limits.cut(_printed(sandboxes, process, offset, read)),
            next_offset=read.next_offset,
        )

    async def write_process(
        self,
        process: Id,
        text: Annotated[str, Field(description="What it reads; with its line ends.")],
        end: Annotated[bool, Field(description="Whether its input ends with that.")] = False,
    ) -> str:
        """Gives a process input."""
        found = self._callers.now().process(process)
        if text:
            await found.write(text)
        if end:
            await found.close_stdin()
        return f"{process} has taken {len(text)} characters."

    async def stop_process(
        self,
        process: Id,
        signal: Annotated[str, Field(description="Such as TERM, INT or KILL.")] = "TERM",
    ) -> ProcessState:
        """Sends a signal to a process, which ends it unless it does otherwise."""
        found = self._callers.now().process(process)
        await found.signal(signal)
        return _state(found.info)

    async def list_processes(
        self, session: Session = "python", container: Container = None
    ) -> list[ProcessState]:
        """Lists the processes of a session or a container, the newest first."""
        sandboxes = self._callers.now()
        sandbox = await sandboxes.sandbox(session, container)
        service = sandboxes.client.processes
        listed = service.list_container_processes if container else service.list_session_processes
        return [_state(info) for info in await listed(sandbox.id)]

    async def expose_port(
        self, port: Port, session: Session = "python", container: Container = None
    ) -> PortInfo:
        """Makes a port of a session or a container reachable from outside, and says where."""
        sandbox = await self._callers.now().sandbox(session, container)
        exposed = await sandbox.expose(port)
        return PortInfo(port=exposed.port, url=exposed.url, address=exposed.address)

    async def list_ports(
        self, session: Session = "python", container: Container = None
    ) -> list[PortInfo]:
        """Lists the ports of a session or a container that can be reached from outside."""
        sandbox = await self._callers.now().sandbox(session, container)
        ports = await sandbox.ports()
        return [PortInfo(port=each.port, url=each.url, address=each.address) for each in ports]

    async def unexpose_port(
        self, port: Port, session: Session = "python", container: Container = None
    ) -> str:
        """Takes a port of a session or a container back from outside."""
        sandbox = await self._callers.now().sandbox(session, container)
        await sandbox.unexpose(port)
        return f"Port {port} can't be reached from outside any more."


def _state(info: ProcessInfo) -> ProcessState:
    return ProcessState(
        id=info.id,
        command=info.command or [],
        status=str(info.status),
        exit_code=info.exit_code,
        reason=info.reason,
    )


def _printed(sandboxes: Sandboxes, process: str, offset: int, read: ProcessOutput) -> str:
    """What was read, as text; a character that wasn't whole in the read before comes with its end."""
    decoder = sandboxes.decoders.get(process)
    if decoder is None or decoder.offset != offset:
        decoder = sandboxes.decoders[process] = OutputDecoder(offset)
    pieces = [decoder.piece(sent) for sent in read.pieces]
    pieces += decoder.last() if read.ended else []
    return "".join(piece.text for piece in pieces if piece is not None)


async def _something(process: AsyncProcess, offset: int, seconds: int) -> None:
    """Waits until a process has printed something, or has ended, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), aclosing(process.output(offset)) as output:
            await anext(output, None)
