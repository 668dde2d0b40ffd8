"""One sandbox: a command, all it starts, and what they may reach."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from ..filesystem.filesystem import Filesystem
from .bubblewrap import WORK
from .cgroup import PERIOD_US, Cgroup
from .egress import Egress
from .errors import SandboxError
from .exec import Entry, Exec, Terminal
from .launch import Launched
from .limits import Usage
from .network import REFUSED, Network
from .ports import Ports
from .process import Handle
from .refusals import Refusal
from .work_folder import WorkFolder


class Sandbox:
    """A command running in a sandbox of its own. Made by `Host.start`, ended by `kill`.

    `socket` is the host's end of a stream socket pair, whose other end the command has as fd 3; it
    is the caller's to close. `folder` is the work folder (/work inside) as the host reaches it, and
    `work_folder` is what reaches its files. Why it has ended is told by the status of its command alone.
    `ports` are those of its ports that this machine's programs reach.
    """

    socket: socket.socket
    folder: Path
    work_folder: WorkFolder | None
    end_reason: str | None = None  # its work folder is the host's
    networking = True
    address = begun = None  # it ends with this runtime
    ports: Ports

    def __init__(
        self,
        launched: Launched,
        cgroup: Cgroup,
        network: Network,
        egress: Egress,
        ports: Ports,
        folder: Path,
        entry: Entry,
        *,
        give_back: Callable[[], Awaitable[None]],
    ) -> None:
        self.socket = launched.socket
        self.folder = folder
        self.work_folder = WorkFolder(folder)
        self.ports = ports
        self._launched = launched
        self._cgroup = cgroup
        self._network = network
        self._egress = egress
        self._connecting = asyncio.Lock()
        self._entry = entry
        self._give_back = give_back
        self._last: tuple[Usage, bool] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._visits: set[asyncio.Future[None]] = set()

    @property
    def pid(self) -> int:
        """Of the command, as the host counts. Raises ProcessLookupError when it has ended."""
        return self._running_command().pid

    async def begin(self, id: str, count: int) -> None:
        """Nobody else needs to know."""

    def settle(self) -> None:
        """As before."""

    async def attach(self, id: str, printed: int) -> Exec:
        raise SandboxError("It ended with its runtime.")

    async def exec(
        self,
        command: Sequence[str],
        *,
        folder: str = WORK,
        environment: Mapping[str, str] | None = None,
        terminal: Terminal | None = None,
        stdin: bool = True,
        id: str | None = None,
    ) -> Exec:
        """Runs another command in the sandbox, beside its own; it ends with the sandbox at the latest.

        `folder` is a path inside. It has the environment that the sandbox was started with, and
        `environment` on top; with `terminal`, one of the sandbox's own as its standard streams; with no
        `stdin` that ends at once.

        Raises CommandError when it can't be started, and SandboxError when the sandbox has ended.
        """
        made = await self._entry.run(
            command, folder=folder, environment=environment or {}, terminal=terminal
        )
        if not stdin:
            await made.close_stdin()
        return made

    @property
    def filesystem(self) -> Filesystem:
        """Where its files are, as it sees them."""
        first = self._launched.first
        return Filesystem(first.pid, WORK, first.is_there, self._visits)

    def fill_stdin(self, data: bytes) -> None:
        """Lets the sandbox's command, and all that have its stdin, read this there; b"": nothing."""
        if self._ending is None:
            self._launched.stdin.fill(data)

    async def connect_network(self, egress: Sequence[str] | None = None) -> None:
        """Gives the sandbox a way out: to the outside, but not this machine; of that, to `egress` alone.

        `egress` is rules as `forwarding/rules.py` has them; None: everything outside. Another way out
        that it has had before is taken away.

        Raises SandboxError when it can't be had, or the sandbox has ended.
        """
        async with self._connecting:
            if self._ending is not None or self._launched.ended:
                raise SandboxError(f"{REFUSED}the sandbox has ended.")
            if egress is None:
                await self._egress.disconnect()
                await self._network.connect()
            else:
                await self._network.disconnect()
                await self._egress.connect(egress)

    async def pause_network(self) -> None:
        """Closes the way out, if it has one, until it is connected again.

        No packet leaves after this has returned; connections stay as they are.
        """
        async with self._connecting:
            await self._network.pause()
            await self._egress.pause()

    async def disconnect_network(self) -> None:
        """Takes the way out away, if it has one. No packet leaves after this has returned."""
        async with self._connecting:
            await self._network.disconnect()
            await self._egress.disconnect()

    def check_network(self, *, networking: bool, egress: Sequence[str] | None) -> None:
        """Raises SandboxError where such a way out can't be had on this machine."""
        if networking and egress is not None:
            self._egress.check()

    async def refused(self) -> list[Refusal]:
        """What it wanted to reach and wasn't let, while it has a way out to `egress` alone."""
        return await self._egress.refused()

    def signal(self, number: int) -> None:
        """Sends a signal to the command itself. Raises ProcessLookupError when it has ended."""
        self._running_command().signal(number)

    def usage(self) -> Usage:
        """CPU time and peak memory so far; of an ended sandbox, at its end."""
        return self._last[0] if self._last else self._cgroup.usage()

    def cpu_ms(self) -> int:
        """The CPU time of `usage` alone."""
        return self._last[0].cpu_ms if self._last else self._cgroup.cpu_ms()

    def out_of_memory(self) -> bool:
        """Whether something in the sandbox was killed because its memory was used up."""
        return self._last[1] if self._last else self._cgroup.out_of_memory()

    def limit_cpu(self, cores: float, *, period_us: int = PERIOD_US) -> None:
        """Gives it another share of CPU time, measured over each `period_us`."""
        self._cgroup.limit_cpu(cores, period_us=period_us)

    def throttled(self) -> int:
        """How often it had to wait because its share of CPU was used up."""
        return self._cgroup.throttled()

    def starved_seconds(self) -> float:
        """How long the command (its first thread) has waited for a processor that others had.

        0 where the kernel doesn't tell. Raises ProcessLookupError when it has ended.
        """
        try:
            waited = Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]
        except OSError:
            return 0.0
        return int(waited) / 1e9

    def processes(self) -> set[int]:
        """All processes in its control group, slirp4netns among them, as the host counts."""
        return self._cgroup.processes()

    def stderr(self) -> str:
        """What bwrap said, and the command before it had another stderr: 8 KiB at most."""
        return self._launched.stderr.text()

    async def wait(self) -> int:
        """The exit status of the command, once it and the sandbox have ended (128 + n: signal n)."""
        return await self._launched.wait()

    async def kill(self) -> None:
        """Ends all that runs in the sandbox and gives back what it held. More calls do no harm.

        When it returns no process, control group or mount of the sandbox is left.
        """
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    def _running_command(self) -> Handle:
        if self._launched.command is None or self._launched.ended:
            raise ProcessLookupError("the sandbox's command has ended")
        return self._launched.command

    async def _end(self) -> None:
        await self._launched.kill()
        if self._visits:  # which end with it, and hold what is given back
            await asyncio.wait(self._visits)
        await self._network.disconnect()
        await self._egress.disconnect(ended=True)
        await self.ports.close()
        self._last = (self._cgroup.usage(), self._cgroup.out_of_memory())
        await self._give_back()
        self._launched.stderr.close()
        self._launched.stdin.close()
