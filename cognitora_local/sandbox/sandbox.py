"""One sandbox: a command, all it starts, and what they may reach."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from .cgroup import Cgroup
from .launch import Launched
from .limits import Usage


class Sandbox:
    """A command running in a sandbox of its own. Made by `Host.start`, ended by `kill`.

    `socket` is the host's end of a stream socket pair, whose other end the command has as fd 3; it
    is the caller's to close. `folder` is the work folder (/work inside) as the host reaches it.
    """

    socket: socket.socket
    folder: Path

    def __init__(
        self,
        launched: Launched,
        cgroup: Cgroup,
        folder: Path,
        *,
        clean_up: Callable[[], Awaitable[None]],
    ) -> None:
        self.socket = launched.socket
        self.folder = folder
        self._launched = launched
        self._cgroup = cgroup
        self._clean_up = clean_up
        self._last: tuple[Usage, bool] | None = None
        self._ending: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = loop.create_future()
        loop.add_reader(launched.exited, self._note_end)

    @property
    def pid(self) -> int:
        """Of the command, as the host counts. Raises ProcessLookupError when it has ended."""
        first = self._launched.first_pid
        try:
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        except FileNotFoundError:
            children = []
        if not children or self._ended.done():
            raise ProcessLookupError("the sandbox's command has ended")
        return int(children[0])

    def signal(self, number: int) -> None:
        """Sends a signal to the command itself. Raises ProcessLookupError when it has ended."""
        os.kill(self.pid, number)

    def usage(self) -> Usage:
        """CPU time and peak memory so far; of an ended sandbox, at its end."""
        return self._last[0] if self._last else self._cgroup.usage()

    def out_of_memory(self) -> bool:
        """Whether something in the sandbox was killed because its memory was used up."""
        return self._last[1] if self._last else self._cgroup.out_of_memory()

    async def wait(self) -> int:
        """The exit status of the command, once it and the sandbox have ended (128 + n: signal n)."""
        return await asyncio.shield(self._ended)

    async def kill(self) -> None:
        """Ends all that runs in the sandbox and gives back what it held. More calls do no harm.

        When it returns no process, control group or mount of the sandbox is left.
        """
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._launched.first, signal.SIGKILL)
        await self.wait()
        self._last = (self._cgroup.usage(), self._cgroup.out_of_memory())
        await self._cgroup.end()
        await self._clean_up()
        os.close(self._launched.first)
        self._launched.complaint.close()

    def _note_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._launched.exited)
        status = self._launched.process.wait()
        os.close(self._launched.exited)
        self._ended.set_result(status if status >= 0 else 128 - status)
