"""One container of an engine, from its making to its removal."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiodocker import DockerError

from ..filesystem.filesystem import Filesystem
from ..sandbox import Terminal
from ..sandbox.outside_ports import ANY, OutsidePorts
from ..sandbox.process_tree import kill_tree
from . import files, user_lists
from .api import Api, failing
from .attachment import Attachment, in_time, together
from .egress_lists import EgressLists
from .errors import CommandError, ContainerGone, EngineError
from .exec import Exec, inspect_again
from .memory import MemoryWatch
from .models import ContainerState, StoredFile
from .monitors import end_monitors, kill_commands
from .network import Network, Refusal
from .oci_errors import INIT_CODE, command_error, is_refusal, may_be_of_init, of_init, user_error
from .ports import ContainerPorts
from .proc import belonging, belongs, ended, entered
from .removal import pid_of, remove
from .state import ENDED, state_of

_PAUSE_S = 0.02
_ENDING_S = 0.05  # of one whose output has ended; else its engine may have
_TELLING_S = 10.0  # for an engine that has many containers to look after
_NO_USER = "uids and gids must be in range"
_NOT_RUNNING = ("state improper", "not running", "can only kill running")


class Container:
    """A container, made and not yet started, or found again.

    Attributes:
        id: ours.
        engine_id: the engine's.
        output: what it prints, stdout and stderr in order, until its end. Of one that was found:
            what the engine has kept of it, and then what follows.
        ports: those that this machine's programs reach.
    """

    has_users = True
    term = 0

    def __init__(
        self,
        api: Api,
        id: str,
        engine_id: str,
        *,
        folder: str,
        spool: Path,
        egress: EgressLists,
        output: Attachment | None = None,
        network: Network | None = None,
        connect: Callable[[], Awaitable[Network]] | None = None,
        pause: str | None = None,
        program: str = "",
        first: int = 0,
        outside: OutsidePorts = ANY,
    ) -> None:
        """For the engine.

        Args:
            api: the engine.
            id: ours.
            engine_id: the engine's.
            folder: its working folder.
            spool: where files wait on this machine until they are whole.
            egress: what containers may reach.
            output: what it prints; None: it was found, and is listened to by its logs.
            network: its way out.
            connect: makes that anew; None: it has none.
            pause: the engine's id of the container that has its network; None: that is its own.
            program: what it runs, as it is told to whoever asks for something that can't be run.
            first: its first process on this machine, where that is there already.
            outside: where its ports are on this machine.
        """
        self.id = id
        self.engine_id = engine_id
        self.ports = ContainerPorts(engine_id, self._find_first, outside)
        self.output = self._printed(self._follow() if output is None else together(output))
        self._outputs = WeakSet(() if output is None else (output,))
        self._api = api
        self._folder = folder
        self._network = network
        self._egress = egress
        self._connect = connect
        self._pause = pause
        self._spool = spool
        self._monitored = output is None
        self._program = program
        self._refusal: CommandError | None = None
        self._first = first
        self._memory = MemoryWatch(first)
        self._kills = 0

    async def take_over(self, earlier: Container) -> bool:
        """Go on with what is `earlier`'s, by which it was known until it was out of sight.

        Returns whether its way out is the same, with what was refused on it.
        """
        earlier.ports.go_on(self._find_first)
        self.ports = earlier.ports
        self._kills = max(self._kills, earlier._kills)
        if earlier._memory.sees:
            self._memory.close()
            self._memory = earlier._memory
        self._outputs |= earlier._outputs
        if earlier._api is self._api:
            self._network = earlier._network
            return True
        if earlier._network is not None:  # of an engine that is no more: nobody looks after it
            await earlier._network.disconnect()
        return False

    async def start(self) -> datetime:
        """Have it run; when it began to. Raises CommandError when its command can't be started."""
        began = datetime.now(UTC)
        try:
            await self._api.post(f"containers/{self.engine_id}/start")
        except DockerError as error:
            if is_refusal(error.message):
                raise command_error(error.message) from error
            with failing("The container can't be started"):
                raise
        return began

    async def logs(self) -> bytes:
        """All that the engine has kept of its output: the last 16 MiB or so."""
        with failing("The container's logs can't be read"):
            pieces = self._api.follow(
                f"containers/{self.engine_id}/logs", stdout="true", stderr="true"
            )
            return b"".join([piece async for piece in pieces])

    async def state(self) -> ContainerState:
        """Raises ContainerGone when it isn't there any more."""
        return state_of(await self._inspect(), self._kills)

    async def wait(self) -> ContainerState:
        """How it has ended, once it has, and its output.

        Raises:
            CommandError: its command couldn't be started.
            ContainerGone: it was removed meanwhile.
        """
        state = await self._ended()
        if self._refusal is not None:
            raise self._refusal
        return state

    async def _ended(self) -> ContainerState:
        noted = self._api.exits and self._api.exits / self.engine_id
        if noted and self._first:  # which is about to end, mostly: then a single look is enough
            with suppress(TimeoutError):
                async with asyncio.timeout(_ENDING_S):
                    await ended(self._first, self.engine_id, noted)
        while (found := await self._inspect())["Status"] not in ENDED:
            if found["Running"]:
                await ended(int(found["Pid"] or 0), self.engine_id, noted)
                self._kills = max(self._kills, self._memory.kills())
            else:
                await asyncio.sleep(_PAUSE_S)
        await self._memory.settled()
        self._kills = max(self._kills, self._memory.kills())
        return state_of(found, self._kills)

    async def kill(self) -> None:
        """Kill all that runs in it, at once. Does nothing when it has ended or isn't there."""
        try:
            async with in_time():
                await self._api.post(f"containers/{self.engine_id}/kill", signal="KILL")
        except DockerError as error:
            over = any(words in error.message for words in _NOT_RUNNING)
            if error.status in (404, 409) or over:
                return
            with failing("The container can't be killed"):
                raise

    async def remove(self) -> None:
        """Remove it and all that belongs to it, killed first. Does nothing when it isn't there."""
        for printed in list(self._outputs):
            printed.close()
        await self.ports.close()
        if self._network is not None:
            await self._network.disconnect()
        for engine_id in filter(None, (self.engine_id, self._pause)):
            await remove(self._api, engine_id)
        self._egress.remove(self.id)  # not before: what is left is held to it
        self._memory.close()
        if self._monitored and self._api.podman:
            end_monitors(frozenset((self.engine_id,)))

    async def execute(
        self,
        command: Sequence[str],
        *,
        folder: str | None,
        environment: Mapping[str, str],
        user: str = "",
        stdin: bool = False,
        terminal: Terminal | None = None,
    ) -> Exec:
        """Run `command` in it, in `folder`, which may be relative to the image's working folder.

        As `user`, where one is given; with a `stdin` that is written to, or none; with `terminal` as all
        of its streams.

        Raises:
            CommandError: it can't be started. An engine may tell that only later: see Exec.wait().
            ContainerGone: the container doesn't run.
            EngineError: the engine fails.
        """
        body = {
            "AttachStdin": stdin,
            "AttachStdout": True,
            "AttachStderr": True,
            "Cmd": list(command),
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "Tty": terminal is not None,
            "User": user,
            "WorkingDir": posixpath.join(self._folder, folder or ""),
        }
        start: dict[str, Any] = {"Detach": False, "Tty": terminal is not None}
        if terminal is not None and self._api.podman:
            start |= {"h": terminal.rows, "w": terminal.columns}
        self._monitored = True
        memory = await self._watch_memory()
        kills = memory.kills()
        watching = user_lists.watch(await self._first_process(), self.engine_id, self._is_told_of)
        try:
            with user_lists.watched_if_begun(watching):
                async with in_time():
                    made = await self._api.post(f"containers/{self.engine_id}/exec", body)
                output = await self._api.attach(
                    f"exec/{made['Id']}/start", start, terminal=terminal is not None
                )
        except DockerError as error:
            if is_refusal(error.message):
                raise command_error(error.message) from error
            if user and _NO_USER in error.message:
                raise user_error(error.message, user) from error
            if error.status == 409 or any(words in error.message for words in _NOT_RUNNING):
                raise ContainerGone("The container doesn't run.") from error
            with failing("The command can't be run in the container"):
                raise
        self._outputs.add(output)
        its = (self._api, self.engine_id, made["Id"], output, watching)
        execution = Exec(*its, memory=memory, kills=kills)
        if terminal is not None and not self._api.podman:
            execution.resize_once_started(terminal)
        return execution

    async def run_main(self, command: Sequence[str], *, again: bool) -> Exec | None:
        """What it stays up beside. `again`: None, as whether it was begun before can't be told."""
        return None if again else await self.execute(command, folder=None, environment={})

    async def find_exec(self, engine_id: str) -> Exec | None:
        """A command of before, which may still run; None when the engine knows nothing of it."""
        try:
            await inspect_again(self._api, self.engine_id, engine_id)
        except ContainerGone:
            return None
        memory = await self._watch_memory()
        return Exec(self._api, self.engine_id, engine_id, memory=memory, kills=memory.kills())

    async def end_commands(self, *, but: str | None) -> None:
        """Kill all commands but the one that the engine knows as `but`, and its own init.

        Also those that the engine doesn't know of: it may have been killed while it began them.
        What commands have left running in the background stays.
        """
        inside = entered(self.engine_id)  # what is to be kept may go in meanwhile
        kept = {await self._find_first()}
        if but is not None:
            with suppress(ContainerGone):
                found = await inspect_again(self._api, self.engine_id, but)
                kept.add(int(found["Pid"] or 0))
        kept |= kill_commands(self.engine_id, but=but)  # Podman may not have noted down what runs
        for pid in inside - kept:
            kill_tree(pid, partial(belonging, engine_id=self.engine_id))

    async def put(self, path: str, size: int | None, pieces: AsyncIterable[bytes]) -> int:
        """Write a file; folders above it are made. Returns its size in bytes.

        `path` is relative to the image's working folder; `size` in bytes, None when it isn't known.
        """
        docker, spool = self._api.docker, self._spool
        return await files.put(docker, self.engine_id, self._folder, path, pieces, spool=spool)

    async def get(self, path: str) -> StoredFile:
        """Raises FileNotFoundError and NotAFile."""
        return await files.get(self._api.docker, self.engine_id, self._folder, path)

    async def filesystem(self) -> Filesystem:
        """Where its files are, as it sees them. Raises ContainerGone when it doesn't run."""
        pid = await self._find_first()
        if not belongs(pid, self.engine_id):
            raise ContainerGone("The container doesn't run.")
        folder = posixpath.normpath(posixpath.join("/", self._folder))
        return Filesystem(pid, folder, lambda: belongs(pid, self.engine_id))

    @property
    def egress(self) -> list[str] | None:
        """What it may reach, where it has networking; None: all of the outside. Raises EngineError."""
        return self._egress.get(self.id)

    async def set_egress(self, rules: Sequence[str]) -> None:
        """Let it reach this alone from now on. Raises EngineError; it may reach nothing then."""
        if self._network is None:
            raise EngineError("The container has no way out that could be held to a list.")
        self._egress.set(self.id, rules)
        await self._network.connect(rules)

    async def refused(self) -> list[Refusal]:
        """What was refused of what it wanted to reach, since it has its way out."""
        return [] if self._network is None else await self._network.refused()

    async def reconnect(self) -> None:
        """Attach its network again, if it had one. Raises EngineError when it can't be had."""
        if self._connect is not None and self._network is None:
            self._network = await self._connect()

    async def _first_process(self) -> int:
        """Docker tells only of one that has begun which process is its first."""
        if not self._first:
            self._first = await self._find_first()
        return self._first

    async def _find_first(self) -> int:
        return await pid_of(self._api, self.engine_id)

    async def _is_told_of(self) -> bool:
        """Whether the engine tells of it, be it that it isn't there."""
        try:
            with suppress(ContainerGone, EngineError):
                async with asyncio.timeout(_TELLING_S):
                    await self._inspect()
        except TimeoutError:
            return False
        return True

    async def _watch_memory(self) -> MemoryWatch:
        if not self._memory.sees:
            first = await self._first_process()
            if not self._memory.sees:  # another command may have been quicker
                self._memory = MemoryWatch(first)
        return self._memory

    async def _inspect(self) -> dict[str, Any]:
        with failing("The container can't be looked at"):
            found: dict[str, Any] = await self._api.get(f"containers/{self.engine_id}/json")
            return found["State"]  # type: ignore[no-any-return]  # JSON

    async def _printed(self, output: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Without what the init says of a command that it couldn't start."""
        held = b""
        async for piece in output:
            held += piece
            if not may_be_of_init(held):
                yield held
                held = b""
                break
        async for piece in output:
            yield piece
        if held and (refusal := of_init(held, self._program)):
            with suppress(ContainerGone):
                if (await self._ended()).exit_code == INIT_CODE:
                    self._refusal, held = refusal, b""
        if held:
            yield held

    async def _follow(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._api.follow(
                f"containers/{self.engine_id}/logs", stdout="true", stderr="true", follow="true"
            ):
                yield piece
        except DockerError as error:
            if error.status != 404:
                raise EngineError(f"The container's logs can't be read: {error.message}") from error
