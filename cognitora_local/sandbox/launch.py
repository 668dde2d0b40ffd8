"""Starting a command in a sandbox, and knowing when it stands.

bwrap's options go through a file that only it reads, for the environment of users' code is nobody
else's business, and a command line can be read by the whole machine.

One socket tells how far bwrap is: it writes there which process is the sandbox's first, and in the
end, when the sandbox stands, reads the byte that lies ready and closes. A failure on the way there
closes it with that byte unread, which the socket reports as a broken connection.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from .command import entering
from .complaint import Complaint
from .errors import SandboxError
from .process import Process, ended

# The command finds its socket as fd 3; bwrap finds the filter as fd 4, and closes it.
_FILES = 'exec 3<&0 4<"$1" 0</dev/null; shift'
_FILTER = "4"
_FILTER_OPTION = "--seccomp"
_FIRST_FREE = 10


class Launched:
    """A command that runs in its sandbox.

    `socket` is the host's end of the command's fd 3, `pid` the command (None: it has ended), and
    `first_pid` the sandbox's first process, with which everything in the sandbox ends. `complaint`
    is what the command has as stderr.
    """

    def __init__(
        self,
        process: Process,
        first_pid: int,
        pid: int | None,
        ours: socket.socket,
        complaint: Complaint,
    ) -> None:
        self._process = process
        self._first = os.pidfd_open(first_pid)
        self._first_ended = ended(self._first)
        self._command = None if pid is None else _open_process(pid)
        self.first_pid = first_pid
        self.pid = pid
        self.socket = ours
        self.complaint = complaint

    @property
    def ended(self) -> bool:
        return self._process.ended.done()

    def signal(self, number: int) -> None:
        """To the command. Raises ProcessLookupError when it has ended."""
        if self._command is None or self.ended:
            raise ProcessLookupError("the sandbox's command has ended")
        signal.pidfd_send_signal(self._command, number)

    async def wait(self) -> int:
        """The command's exit status, once nothing of the sandbox runs any more.

        When the command ends by itself, so does the outer bwrap, and the rest is killed with it.
        """
        status = await self._process.wait()
        await asyncio.shield(self._first_ended)
        return status

    async def kill(self) -> None:
        """Ends everything in the sandbox: the kernel kills a pid namespace with its first process.

        Not the outer bwrap, which reaps the first process and so ends last, by itself.
        """
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        await self.wait()
        _reap_orphan(self._first)
        os.close(self._first)
        if self._command is not None:
            os.close(self._command)
            self._command = None


async def launch(
    bwrap: Sequence[str],
    options: Iterable[str],
    command: Sequence[str],
    *,
    doors: Sequence[Path],
    seccomp: Path,
) -> Launched:
    """Runs `command` by the command `bwrap` with `options`, in the group behind `doors`.

    Raises SandboxError, with what bwrap says, when the sandbox doesn't come to stand.
    """
    with ExitStack() as opened, ExitStack() as failed:
        complaint = Complaint()
        failed.callback(complaint.close)
        ours, theirs = socket.socketpair()
        failed.callback(ours.close)
        status, status_inside = socket.socketpair()
        opened.callback(status.close)
        status.setblocking(False)
        status.send(b"!")
        with theirs, status_inside, _numbered(options, status_inside) as (file, info, block):
            process = Process(
                [
                    *entering(doors, first=_FILES, arguments=[str(seccomp)]),
                    *(*bwrap, "--args", str(file), _FILTER_OPTION, _FILTER),
                    *("--info-fd", str(info), "--block-fd", str(block), "--", *command),
                ],
                stdin=theirs.fileno(),
                stderr=complaint.fd,
                pass_fds=(file, info, block),
            )
        failed.callback(process.kill)
        first_pid = await _standing(status)
        if first_pid is None:
            await process.wait()
            raise SandboxError(
                f"The sandbox can't be made: {complaint.text() or 'no reason given'}"
            )
        pid = await _command_of(first_pid, process)
        launched = Launched(process, first_pid, pid, ours, complaint)
        failed.pop_all()
        return launched


def _reap_orphan(pidfd: int) -> None:
    """The first process is ours to reap when the outer bwrap ended before it and we take orphans."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG)


def _open_process(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


async def _standing(status: socket.socket) -> int | None:
    """The pid of the sandbox's first process, once all is set up; None when that has failed."""
    loop = asyncio.get_running_loop()
    said = b""
    try:
        while piece := await loop.sock_recv(status, 4096):
            said += piece
    except ConnectionResetError:
        return None
    return int(json.loads(said)["child-pid"])


async def _command_of(first_pid: int, process: Process) -> int | None:
    """The one child of the sandbox's first process, which makes it now; None when it has ended."""
    children = Path(f"/proc/{first_pid}/task/{first_pid}/children")
    while not process.ended.done():
        with suppress(FileNotFoundError, ProcessLookupError):
            if found := children.read_text().split():
                return int(found[0])
        await asyncio.sleep(0.0005)
    return None


@contextmanager
def _numbered(options: Iterable[str], status: socket.socket) -> Iterator[list[int]]:
    """The options' file and the status socket, twice, with numbers that `_FILES` doesn't use."""
    with ExitStack() as opened:
        file = os.memfd_create("options", os.MFD_CLOEXEC)
        opened.callback(os.close, file)
        with open(file, "wb", closefd=False) as writing:
            writing.writelines(os.fsencode(option) + b"\0" for option in options)
        os.lseek(file, 0, os.SEEK_SET)
        numbers = []
        for fd in (file, status.fileno(), status.fileno()):
            number = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
            opened.callback(os.close, number)
            numbers.append(number)
        yield numbers
