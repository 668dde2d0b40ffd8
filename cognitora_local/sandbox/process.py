"""A program that the host runs for a sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8"}


class Process:
    """A running program, reaped by the event loop as soon as it has ended.

    It has nothing of the runtime's environment and files but what is passed on. `ended` holds its
    exit status (128 + n when signal n has killed it).
    """

    ended: asyncio.Future[int]

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int = subprocess.DEVNULL,
        stderr: int,
        pass_fds: Sequence[int],
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=pass_fds,
            env=ENVIRONMENT,
            cwd="/",
        )
        self._pidfd = os.pidfd_open(self._process.pid)
        self._loop = asyncio.get_running_loop()
        self.ended = self._loop.create_future()
        self._loop.add_reader(self._pidfd, self._reap)

    def kill(self) -> None:
        if not self.ended.done():
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        status = self._process.wait()
        self.ended.set_result(status if status >= 0 else 128 - status)
