"""A program that the host runs for a sandbox."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from ..system import ENVIRONMENT


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
        stdout: int = subprocess.DEVNULL,
        stderr: int,
        pass_fds: Sequence[int],
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            env=ENVIRONMENT,
            cwd="/",
            umask=0o022,  # whatever the runtime's is
        )
        self._pidfd = os.pidfd_open(self._process.pid)
        self._stopped = False
        self.ended = asyncio.get_running_loop().create_future()
        ended(self._pidfd).add_done_callback(self._reap)

    @property
    def stopped(self) -> bool:
        """Whether it was stopped, and not resumed since."""
        return self._stopped

    def kill(self) -> None:
        if not self.ended.done():
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def stop(self) -> None:
        """Has it stop as it is, until it is resumed; when this returns it does nothing more."""
        if self._stopped or self.ended.done():
            return
        self._stopped = True
        signal.pidfd_send_signal(self._pidfd, signal.SIGSTOP)
        while True:
            if self.ended.done() or self._has_stopped():
                return
            await asyncio.sleep(0.0002)

    def resume(self) -> None:
        if self._stopped and not self.ended.done():
            signal.pidfd_send_signal(self._pidfd, signal.SIGCONT)
        self._stopped = False

    def _has_stopped(self) -> bool:
        return os.waitid(os.P_PIDFD, self._pidfd, os.WSTOPPED | os.WNOHANG) is not None

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)

    def _reap(self, _: asyncio.Future[None]) -> None:
        os.close(self._pidfd)
        status = self._process.wait()
        self.ended.set_result(status if status >= 0 else 128 - status)


class Handle:
    """A hold on a process of somebody else's: on that one, and on no later one with its pid.

    Raises ProcessLookupError when there is none.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._pidfd: int | None = os.pidfd_open(pid)

    def signal(self, number: int) -> None:
        """Raises ProcessLookupError when it has ended. Number 0 only tells whether it has."""
        # One that has ended can be signalled until it's reaped, which nobody may ever do: where the
        # runtime is the first process of a container, it is the parent of all orphans.
        if self._pidfd is None or _has_ended(self._pidfd):
            raise ProcessLookupError(f"process {self.pid} has ended")
        signal.pidfd_send_signal(self._pidfd, number)

    def is_there(self) -> bool:
        """Whether it hasn't ended."""
        try:
            self.signal(0)
        except ProcessLookupError:
            return False
        return True

    def ended(self) -> asyncio.Future[None]:
        """Done when it has ended. To be asked for once."""
        assert self._pidfd is not None
        return ended(self._pidfd)

    def reap_if_ours(self) -> None:
        """Does for it what its parent, which ended before, can't do any more."""
        if self._pidfd is not None:
            with suppress(ChildProcessError):
                os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG)

    def close(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None


def _has_ended(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))


def ended(pidfd: int) -> asyncio.Future[None]:
    """Done when the process of `pidfd` has ended. The descriptor must stay open until then."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def note() -> None:
        loop.remove_reader(pidfd)
        if not future.done():
            future.set_result(None)

    loop.add_reader(pidfd, note)
    return future
