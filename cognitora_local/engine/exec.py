"""A command that runs in a container beside its first one."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from aiodocker import DockerError

from ..sandbox import Terminal
from ..sandbox.exec import end_of_input
from ..sandbox.process_tree import kill_tree
from ..sandbox.streams import Stream
from .api import Api, failing
from .attachment import Attachment, in_time
from .errors import ContainerGone, EngineError
from .memory import MemoryWatch
from .models import KILLED
from .monitors import Monitor
from .oci_errors import command_error
from .proc import belonging, belongs, ended

# By this begins what an engine itself says on the command's output when it can't start it.
_REFUSED = re.compile(
    rb"Error: [a-z]+: .{0,4000}(OCI runtime|OCI permission)|OCI runtime exec failed|"
    rb"unable to find (user|group|groups for spec) ",
    re.DOTALL,
)
_REFUSED_BYTES = 8192
_CODES = (125, 126, 127)
_BEGUN_WITHIN_S = 5
_PAUSE_S = 0.01
# And this is what it says there when a command has ended that was written to.
_REGRET = re.compile(
    rb"Error: (read|write) unixpacket @->[^\n]{1,200}/attach: (read|write): "
    rb"(connection reset by peer|broken pipe)\n?"
)


class Exec:
    """A command in a running container.

    Attributes:
        engine_id: the engine's name for it.
        output: the pieces of what it prints, stdout and stderr in order, until it ends. What it has left
            running in the background may print on, unheard.
        missing: how much of the beginning of it isn't there; of one that was found all of it isn't.
    """

    engine_id: str
    output: AsyncIterator[tuple[Stream, bytes]]
    missing = 0

    def __init__(
        self,
        api: Api,
        container: str,
        engine_id: str,
        output: Attachment | None = None,
        watching: asyncio.Task[None] | None = None,
        *,
        memory: MemoryWatch | None = None,
        kills: int = 0,
    ) -> None:
        """For the container.

        `output` is None for one that was found again: it can't be listened to any more. `watching` is
        for as long as it isn't known to have begun. `kills` is what `memory` told before it began.
        """
        self.engine_id = engine_id
        self.output = self._listen(output)
        self._attachment = output
        self._watching = watching
        self._last = b""
        self._again = output is None
        self._api = api
        self._container = container
        self._refusal = b""
        self._resizing: asyncio.Task[None] | None = None
        self._memory = memory
        self._kills = kills

    def out_of_memory(self, code: int) -> bool:
        """Whether the kernel has killed something in the container meanwhile for want of memory.

        It counts that by the container, and not by the command. What SIGKILL has ended, by its exit
        `code`, takes it for its own end, and those that end later aren't told of it.
        """
        if self._memory is None:
            return False
        ask = self._memory.claim if code == KILLED else self._memory.unclaimed
        return ask(self._kills) > 0

    async def wait(self) -> int:
        """Its exit code, once it has ended. To be called when `output` has.

        Raises:
            CommandError: it was never started: there is no such program, or no such folder. Or the
                engine was killed while it began, and nobody knows how it ended.
            ContainerGone: it ended with its container, and nobody knows how.
        """
        while (found := await self._inspect())["Running"]:
            await ended(int(found["Pid"] or 0), self._container)
        code = int(found["ExitCode"])
        if monitor := self._monitor():  # Podman says 0 of what it hasn't noted down
            told = await monitor.wait()
            code = code if told is None else told
        if self._refusal and code in _CODES:
            raise command_error(self._refusal.decode(errors="replace"))
        return code

    async def kill(self) -> None:
        """Kill it and every process it has started. Does nothing when it has ended."""
        with _permitted():
            if monitor := self._monitor():
                monitor.kill()
            elif pid := await self._pid():
                kill_tree(pid, partial(belonging, engine_id=self._container))

    async def write(self, data: bytes | memoryview) -> int:
        """Write the first bytes of `data` to its stdin as soon as it takes some; how many.

        Raises BrokenPipeError when it takes no more.
        """
        if self._attachment is None:
            raise BrokenPipeError
        taken = await self._attachment.write(data)
        self._last = bytes(data[taken - 1 : taken])
        return taken

    async def close_stdin(self) -> None:
        """What it reads ends here; where it has a terminal, by the character that says so."""
        if self._attachment is not None and self._attachment.terminal:
            with suppress(BrokenPipeError):
                await self._attachment.write(end_of_input(self._last))
        elif self._attachment is not None:
            self._attachment.write_eof()

    async def resize(self, terminal: Terminal) -> None:
        """Give its terminal another size, and tell it, if it is there."""
        size = {"h": str(terminal.rows), "w": str(terminal.columns)}
        try:
            with failing("The command's terminal can't be resized"):
                async with in_time():
                    await self._api.post(f"exec/{self.engine_id}/resize", **size)
        except (ContainerGone, EngineError):
            if await self._pid() is not None:
                raise

    def resize_once_started(self, terminal: Terminal) -> None:
        """Give it a first size where the engine gives one only to what runs, and answers only then."""
        self._resizing = asyncio.create_task(self._resize_at_last(terminal))

    async def signal(self, number: int) -> None:
        """Send a signal to it and to those of its process group, if it is there."""
        if pid := await self._pid():
            with _permitted(), suppress(ProcessLookupError):
                os.killpg(pid, number)

    def close(self) -> None:
        """Give back what it held. To be called when it has ended."""
        self._note_begun()
        if self._resizing is not None:
            self._resizing.cancel()
        if self._attachment is not None:
            self._attachment.close()

    def _note_begun(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _resize_at_last(self, terminal: Terminal) -> None:
        with suppress(ContainerGone, EngineError):  # it has ended by then
            await self.resize(terminal)

    async def _pid(self) -> int | None:
        """Its process on this machine; None when it has ended."""
        until = time.monotonic() + _BEGUN_WITHIN_S
        while True:
            try:
                with failing("The command in the container can't be looked at"):
                    async with in_time():
                        found = await self._inspect()
            except ContainerGone:
                return None
            pid = int(found["Pid"] or 0)
            if not found["Running"] or time.monotonic() > until:
                monitor = self._monitor()
                return monitor.command() if monitor else None
            if belongs(pid, self._container):
                return pid
            await asyncio.sleep(_PAUSE_S)  # Docker tells only a moment later which process it is

    def _monitor(self) -> Monitor | None:
        """Of one that was found again: Podman may have been killed before it noted down that it runs."""
        return Monitor.of(self.engine_id, self._container) if self._again else None

    async def _inspect(self) -> dict[str, Any]:
        if self._again:
            return await inspect_again(self._api, self._container, self.engine_id)
        return await _inspected(self._api, self.engine_id)

    async def _listen(self, output: Attachment | None) -> AsyncIterator[tuple[Stream, bytes]]:
        if output is None:
            return
        held = list[tuple[Stream, bytes]]()
        pieces = _without_regrets(output)
        async for piece in pieces:
            self._note_begun()
            held.append(piece)
            # What looks like the engine's refusal is one if the exit code says so too: see wait().
            said = b"".join(data for _, data in held)
            if not _REFUSED.match(said) or len(said) > _REFUSED_BYTES:
                for each in held:
                    yield each
                held = []
                break
        async for piece in pieces:
            yield piece
        self._note_begun()
        if held:
            self._refusal = b"".join(data for _, data in held)
            try:
                refused = (await self._inspect())["ExitCode"] in _CODES
            except (ContainerGone, EngineError, DockerError):
                refused = True
            if not refused:
                self._refusal = b""
                for each in held:
                    yield each


async def inspect_again(api: Api, container: str, engine_id: str) -> dict[str, Any]:
    """What the engine tells of a command of before. Raises ContainerGone: nobody knows of it any more.

    Podman forgets one that goes on, where it was killed before it noted down that this runs. Its monitor
    knows of it then.
    """
    try:
        return await _inspected(api, engine_id)
    except ContainerGone:
        monitor = Monitor.of(engine_id, container)
        if monitor is None or not monitor.goes_on():
            raise
        return {"Running": False, "Pid": 0, "ExitCode": 0}  # as Podman told of it before


async def _inspected(api: Api, engine_id: str) -> dict[str, Any]:
    with failing("The command in the container can't be looked at"):
        found: dict[str, Any] = await api.get(f"exec/{engine_id}/json")
    return found


@contextmanager
def _permitted() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise EngineError(
            "A command in a container can't be signalled: its engine belongs to another user. "
            "Run the runtime as root, or use an engine of your own."
        ) from error


async def _without_regrets(
    output: AsyncIterator[tuple[Stream, bytes]],
) -> AsyncIterator[tuple[Stream, bytes]]:
    """All but what Podman says at the end of a stdin that wasn't read."""
    held = list[tuple[Stream, bytes]]()
    async for piece in output:
        for each in held:
            yield each
        held = [piece] if _REGRET.fullmatch(piece[1]) else []
        if not held:
            yield piece
