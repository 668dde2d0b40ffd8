"""What containers are made by, and what the API needs of one, wherever it runs.

`Engine` is an engine of this machine, and `Container` and `Exec` are what it gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ..filesystem.visit import ReachableFilesystem
from ..sandbox import Refusal, Terminal
from ..sandbox.backend import ReachablePorts
from ..sandbox.streams import Stream
from .models import Collected, ContainerSpec, ContainerState, Image, StoredFile


class RunningExec(Protocol):
    """A command that runs in a container beside its first one. What each means is said in `Exec`."""

    @property
    def engine_id(self) -> str:
        """By which `MadeContainer.find_exec` knows it."""
        ...

    @property
    def missing(self) -> int:
        """How many bytes of its output, from the beginning, `output` doesn't tell, of one that was found."""
        ...

    @property
    def output(self) -> AsyncIterator[tuple[Stream, bytes]]: ...

    def out_of_memory(self, code: int) -> bool: ...

    async def wait(self) -> int: ...

    async def write(self, data: bytes | memoryview) -> int: ...

    async def close_stdin(self) -> None: ...

    async def resize(self, terminal: Terminal) -> None: ...

    async def signal(self, number: int) -> None: ...

    async def kill(self) -> None: ...

    def close(self) -> None: ...


class MadeContainer(Protocol):
    """A container, made and not yet started, or found again. What each means is said in `Container`.

    Attributes:
        id: ours.
        output: what it prints, stdout and stderr in order, until its end. Of one that was found: what was
            kept of it, and then what follows.
        has_users: whether commands in it can be run as one user or another.
        term: how many runtimes have taken it over, as far as others can: what is there listens to the last
            one alone. To be set of one that was found, before it is asked for anything.
    """

    id: str
    output: AsyncIterator[bytes]
    has_users: bool

    @property
    def term(self) -> int: ...

    @term.setter
    def term(self, term: int) -> None: ...

    @property
    def ports(self) -> ReachablePorts: ...

    async def take_over(self, earlier: Any) -> bool: ...

    async def start(self) -> datetime:
        """Have it run; when it began to. Of one that was found and is starting: wait for that.

        Raises CommandError, ImageError, ContainerGone and EngineError.
        """
        ...

    async def run_main(self, command: Sequence[str], *, again: bool) -> RunningExec | None:
        """Run its own command, beside which it stays up. Raises what `execute` does.

        `again`: unless it was begun already; then it is taken up. None: whether it was can't be told.
        """
        ...

    async def state(self) -> ContainerState: ...

    async def wait(self) -> ContainerState: ...

    async def kill(self) -> None: ...

    async def remove(self) -> None: ...

    async def execute(
        self,
        command: Sequence[str],
        *,
        folder: str | None,
        environment: Mapping[str, str],
        user: str = "",
        stdin: bool = False,
        terminal: Terminal | None = None,
    ) -> RunningExec: ...

    async def find_exec(self, engine_id: str) -> RunningExec | None: ...

    async def end_commands(self, *, but: str | None) -> None: ...

    async def put(self, path: str, size: int | None, pieces: AsyncIterable[bytes]) -> int: ...

    async def get(self, path: str) -> StoredFile: ...

    async def filesystem(self) -> ReachableFilesystem: ...

    @property
    def egress(self) -> list[str] | None: ...

    async def set_egress(self, rules: Sequence[str]) -> None: ...

    async def refused(self) -> list[Refusal]: ...

    async def reconnect(self) -> None: ...


class ContainerBackend(Protocol):
    """Makes containers, and ends them all when it is closed. What each means is said in `Engine`."""

    @property
    def limits_disk(self) -> bool: ...

    @property
    def life_seconds(self) -> float | None:
        """How long a persistent container lives at most, whatever it is asked for with; None: for good."""
        ...

    @property
    def replaceable(self) -> bool:
        """Whether another is to be started where this one doesn't answer: it is a process of this machine."""
        ...

    def refusal(self, *, networking: bool, egress: bool, gpus: int) -> str | None:
        """Why no container can be had that is asked for like this, as sentences; None where one can."""
        ...

    async def check_egress(self) -> None: ...

    def hold_to(self, container_id: str, rules: Sequence[str]) -> None:
        """Say what a container may reach that is to be made. Raises EngineError."""
        ...

    async def image(self, name: str) -> Image: ...

    async def check_room(self, spec: ContainerSpec) -> None:
        """Raises SandboxError where there is no room for it, or will never be."""
        ...

    async def create(self, spec: ContainerSpec) -> MadeContainer: ...

    async def find(self) -> Mapping[str, MadeContainer]: ...

    async def collect(self) -> Collected: ...

    async def close(self, *, keep: bool = False) -> None: ...


Secret = Callable[[str], Awaitable[bytes]]
"""Tells a secret of this name, the same to all runtimes that share their records."""

StartBackend = Callable[[Path, Secret], Awaitable[ContainerBackend]]
"""Starts what makes the containers of a data folder, and of those records. Raises EngineError: there is none
that can be used."""
