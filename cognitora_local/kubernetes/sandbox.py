"""A sandbox that is a pod: its driver, its commands and its files, by its agent."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..sandbox import Begun, Refusal, SandboxError, Terminal, Unsupported, Usage, WorkFolder
from .cluster import ClusterError
from .command import PodCommand, attach_command, start_command
from .files import PodFilesystem
from .link import Link, LinkLost, TakenOver
from .pod import Pod
from .ports import PodPorts
from .relay import Relay

KILLED = 137
KILL_SECONDS = 10.0
"""How long an agent may take to say that what runs has ended; then its pod is deleted."""
LAST_SECONDS = 0.5
"""How long what a driver said last may take to be read, once it has ended."""
NO_EGRESS = (
    "An egress list can't be kept on Kubernetes: its network plugins know addresses and no names. Leave "
    "egress out, or use networking=False."
)
ITS_NETWORK = (
    "On Kubernetes a session has its network for good, and this one was created {}. Leave networking out, or "
    "create a session {}."
)


class PodSandbox:
    """A driver that runs in a pod. Made by `PodHost.start`; the pod, with its files, lives on after it.

    The attributes and methods are those of `sandbox.Sandbox`.
    """

    socket: socket.socket
    work_folder: WorkFolder | None = None

    def __init__(self, pod: Pod, link: Link, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = PodPorts(pod)
        self.end_reason: str | None = None
        self._pod = pod
        self.begun = _begun(link.told)
        self._link = link
        self._environment = environment
        self._relay = Relay(link, self._note, greeted=link.told.get("greeted") is True)
        self.socket = self._relay.socket
        self._usage = Usage(0, None)
        self._out_of_memory = False
        self._status: int | None = None
        self._numbers = itertools.count(1)
        self._ended = asyncio.create_task(self._see_through())

    @property
    def address(self) -> str:
        told = {"pod": self._pod.name, "token": self._pod.credentials["token"]}
        return json.dumps({**told, "driver": self._link.id, "networking": self.networking})

    @property
    def networking(self) -> bool:
        return self._pod.networking

    async def begin(self, id: str, count: int) -> None:
        with suppress(LinkLost):  # which is told as its end
            told = await asyncio.shield(self._link.send("begin", id=id, count=count))
            if "seen" in told:
                raise RuntimeError(f"the execution {id} was begun before")

    def settle(self) -> None:
        self._link.send("settled", have=self._link.taken)

    @property
    def filesystem(self) -> PodFilesystem:
        return PodFilesystem(self._pod, lambda: self._status is None)

    async def exec(
        self,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str] | None = None,
        terminal: Terminal | None = None,
        stdin: bool = True,
        id: str | None = None,
    ) -> PodCommand:
        if self._status is not None:
            raise SandboxError("The sandbox can't be entered: it has ended.")
        together = {**self._environment, **(environment or {})}
        return await start_command(
            self._pod, command, folder, together, terminal, id or uuid4().hex, stdin=stdin
        )

    async def attach(self, id: str, printed: int) -> PodCommand:
        return await attach_command(self._pod, id, printed)

    def fill_stdin(self, data: bytes) -> None:
        self._link.send("stdin", data)

    async def connect_network(self, egress: Sequence[str] | None = None) -> None:
        self.check_network(networking=True, egress=egress)

    async def pause_network(self) -> None:
        """It has what it was started with."""

    async def disconnect_network(self) -> None:
        self.check_network(networking=False, egress=None)

    def check_network(self, *, networking: bool, egress: Sequence[str] | None) -> None:
        if networking and egress is not None:
            raise Unsupported(NO_EGRESS)
        if networking != self._pod.networking:
            without, having = "with networking=False", "with networking, as is usual"
            ways = (without, having) if networking else (having, without)
            raise Unsupported(ITS_NETWORK.format(*ways))

    async def refused(self) -> list[Refusal]:
        return []

    def signal(self, number: int) -> None:
        if self._status is not None:
            raise ProcessLookupError("the sandbox's command has ended")
        self._link.tell(signal=number)

    def usage(self) -> Usage:
        return self._usage

    def cpu_ms(self) -> int:
        return self._usage.cpu_ms

    def out_of_memory(self) -> bool:
        return self._out_of_memory

    def starved_seconds(self) -> float:
        # Nobody tells how long a pod waits for its node, or a message for the network: all may be that.
        return time.monotonic()

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def kill(self) -> None:
        self._link.tell(kill=True)
        await asyncio.wait({self._ended}, timeout=KILL_SECONDS)
        if self._status is None or self.end_reason is not None:  # what runs there may run on
            with suppress(ClusterError):  # its agent ends it, as it is heard of no more
                await self._pod.delete()
            self._link.give_up("Its pod was deleted, as what ran there couldn't be ended.")
            await asyncio.wait({self._ended})
        await self.ports.close()
        await self._relay.close()
        self._link.close()

    def _note(self, told: Mapping[str, object]) -> None:
        """What the agent tells of the pod's usage, beside a record."""
        cpu, peak = told.get("cpu_ms"), told.get("peak_bytes")
        if isinstance(cpu, int):
            self._usage = Usage(cpu, peak / 2**20 if isinstance(peak, int) else None)

    async def _see_through(self) -> int:
        try:
            told = await asyncio.shield(self._link.over)
        except TakenOver as error:
            self._pod.lose()
            self.end_reason = str(error)
            self._status = KILLED
        except LinkLost as error:
            lost = await self._pod.end_reason()
            self._out_of_memory = lost is not None and lost.out_of_memory
            self.end_reason = lost.sentence if lost is not None else str(error)
            self._status = KILLED
        else:
            self._note(told)
            self._out_of_memory = told.get("out_of_memory") is True
            status = told.get("status")
            self._status = status if isinstance(status, int) else KILLED
        await asyncio.wait({self._relay.done}, timeout=LAST_SECONDS)
        return self._status


def _begun(told: Mapping[str, Any]) -> Begun | None:
    """Raises SandboxError where it makes no sense."""
    if (begun := told.get("begun")) is None:
        return None
    try:
        handed = begun["handed"] is True  # else its code never came there, and never will
        return Begun(
            id=str(begun["id"]) if handed else "",
            count=int(begun["count"]),
            seconds=float(begun["seconds"]),
            cpu_ms=int(begun["cpu_ms"] or 0),
            settled=begun["settled"] is True or not handed,
            whole=told["whole"] is True,
        )
    except (LookupError, TypeError, ValueError) as error:
        raise SandboxError("The agent of the pod doesn't keep to the protocol.") from error
