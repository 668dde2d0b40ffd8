"""What sandboxes are started by, and what a kernel needs of one, wherever it runs.

`Host` is the backend that is this machine, and `Sandbox` and `Exec` are what it gives.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..filesystem.visit import ReachableFilesystem as ReachableFilesystem
from .exec import Terminal
from .limits import Limits, Usage
from .program import Program
from .refusals import Refusal
from .work_folder import WorkFolder

WARM_SECONDS = 24 * 60 * 60.0
"""How long a sandbox may wait, started, for who takes it. Then another takes its place."""


class ReachablePorts(Protocol):
    """The ports of a sandbox that this machine's programs reach, on its loopback."""

    @property
    def exposed(self) -> Mapping[int, int]:
        """By the port inside, the one on this machine's loopback."""
        ...

    async def expose(self, port: int) -> int:
        """Lets this machine's programs connect to a port inside; the port of 127.0.0.1 to connect to.

        Raises SandboxError when it can't be reached, and TooManyPorts.
        """
        ...

    async def unexpose(self, port: int) -> bool:
        """Takes a port back, with all its connections; False for one that isn't exposed."""
        ...


class RunningCommand(Program, Protocol):
    """A command that runs in a sandbox beside its own."""

    @property
    def killed(self) -> bool:
        """Whether it was sent SIGKILL by `signal` or `kill`."""
        ...

    async def wait(self) -> int:
        """Its exit status, once it has ended (128 + n: signal n)."""
        ...

    @property
    def given(self) -> tuple[int, bool] | None:
        """How many bytes its stdin was given, and whether that was closed, when it was taken over."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """What a sandbox tells of the last execution that was begun in it, to a runtime that takes it over.

    Attributes:
        id: the execution's.
        count: its number among those of the kernel.
        seconds: how long ago it was begun.
        cpu_ms: what the kernel had used before.
        settled: whether a runtime has written down how it ended. Nothing of it is told again then.
        whole: whether all that it has put out is told again.
    """

    id: str
    count: int
    seconds: float
    cpu_ms: int
    settled: bool
    whole: bool


class RunningSandbox(Protocol):
    """A command running in a sandbox of its own, ended by `kill`. What each means is said in `Sandbox`.

    Attributes:
        socket: this end of a stream socket, whose other end is the command's fd 3, or as good as that:
            what the command sends, its descriptors for fd 1 and fd 2 too, comes here in the order sent.
            It is the caller's to close.
        folder: the work folder, as `Backend.start` was told of it.
        end_reason: why it has ended with its work folder, as a sentence; None where it hasn't, or the folder
            is still there.
        work_folder: the short way to files in it; None: `filesystem` is the only one.
        networking: whether it may have a way to the outside.
        address: by which another runtime takes it over, with what lets it in; None: it ends with its runtime.
        begun: what is told of the last execution, to a runtime that takes it over.
    """

    socket: socket.socket
    folder: Path
    work_folder: WorkFolder | None
    end_reason: str | None

    @property
    def networking(self) -> bool: ...

    @property
    def address(self) -> str | None: ...

    @property
    def begun(self) -> Begun | None: ...

    @property
    def ports(self) -> ReachablePorts: ...

    @property
    def filesystem(self) -> ReachableFilesystem: ...

    async def exec(
        self,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str] | None,
        terminal: Terminal | None,
        stdin: bool = True,
        id: str | None = None,
    ) -> RunningCommand: ...

    async def attach(self, id: str, printed: int) -> RunningCommand:
        """Take over a command that another runtime has started by this `id`.

        What it has printed begins behind the `printed` bytes that are known. Raises SandboxError.
        """
        ...

    async def begin(self, id: str, count: int) -> None:
        """The next frame has the kernel run the execution of this id, its `count`th.

        Raises RuntimeError: it was begun before.
        """
        ...

    def settle(self) -> None:
        """What was begun last is written down: no other runtime needs to be told of it."""
        ...

    def fill_stdin(self, data: bytes) -> None: ...

    async def connect_network(self, egress: Sequence[str] | None) -> None: ...

    async def pause_network(self) -> None: ...

    async def disconnect_network(self) -> None: ...

    def check_network(self, *, networking: bool, egress: Sequence[str] | None) -> None: ...

    async def refused(self) -> list[Refusal]: ...

    def signal(self, number: int) -> None: ...

    def usage(self) -> Usage: ...

    def cpu_ms(self) -> int: ...

    def out_of_memory(self) -> bool: ...

    def starved_seconds(self) -> float: ...

    async def wait(self) -> int: ...

    async def kill(self) -> None: ...


class Backend(Protocol):
    """Starts sandboxes, and ends them all when it is closed.

    Attributes:
        python: the interpreter that runs users' code, as sandboxes have it.
    """

    python: Path

    @property
    def networks(self) -> Sequence[bool]:
        """Whether a sandbox reaches the outside for good, or never does, as it is started: what there is.

        The usual comes first. Empty: the network of each is connected and disconnected.
        """
        ...

    @property
    def life_seconds(self) -> float | None:
        """How long a sandbox can be used by who has taken it; None: as long as they want."""
        ...

    @property
    def isolation(self) -> dict[str, str]:
        """By what each promise is kept here; "none" and why, for one that is refused."""
        ...

    def node(self) -> str:
        """The program that runs JavaScript, as sandboxes have it. Raises SandboxError: there is none."""
        ...

    async def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        networking: bool,
    ) -> RunningSandbox:
        """Starts `command` in a sandbox of its own, with `folder` as its work folder.

        `networking` is one of `networks`, and without meaning where there are none.

        A backend that keeps work folders elsewhere knows them by these paths, where nothing is then.

        Raises SandboxError when it can't be made as promised, and ValueError for a name or a
        variable that is none.
        """
        ...

    async def attach(
        self, address: str, *, limits: Limits, environment: Mapping[str, str], term: int
    ) -> RunningSandbox:
        """Takes over a sandbox that another runtime has started.

        `term` is one more with each that does: what is there listens to the last one alone.

        Raises SandboxError when it can't be had.
        """
        ...

    async def remove(self, folder: Path) -> None:
        """Removes a work folder with all in it, once what ran on it has ended."""
        ...

    async def close(self) -> None: ...
