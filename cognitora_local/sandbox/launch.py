"""Starting a command in a sandbox, and knowing when it stands.

A shell steps into the control group before anything else runs, gives fd 3 to the command and turns
into bwrap. bwrap's options go through a file that only it reads, for the environment of users' code
is nobody else's business and a command line can be read by the whole machine.

One socket tells how far bwrap is: it writes there which process is the sandbox's first, and in the
end, when the sandbox stands, reads the byte that lies ready and closes. A failure on the way there
closes it with that byte unread, which the socket reports as a broken connection.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import SandboxError

# $1 is the filter; then come the control group's doors, "--" and what to turn into.
_STEP = """set -e
filter=$1; shift
while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift
exec 3<&0 4<"$filter" 0</dev/null
exec "$@"
"""
_FILTER_FD = "4"
_COMPLAINT_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Launched:
    """A command that runs in its sandbox."""

    process: subprocess.Popen[bytes]  # the outer bwrap, which ends after all else in the sandbox
    exited: int  # a pidfd of it
    first: int  # a pidfd of the sandbox's first process; with it the whole sandbox ends
    first_pid: int
    socket: socket.socket
    complaint: Complaint


class Complaint:
    """What the outer bwrap, and the command until it has its own stderr, write there.

    Kept in memory, and at most 8 KiB of it: the rest is refused.
    """

    def __init__(self) -> None:
        self.fd = os.memfd_create("complaint", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, _COMPLAINT_BYTES)
        seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, seals)

    def text(self) -> str:
        written = os.pread(self.fd, _COMPLAINT_BYTES, 0)
        return written.rstrip(b"\0").decode(errors="replace").strip()

    def close(self) -> None:
        os.close(self.fd)


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
    with ExitStack() as failed:
        complaint = Complaint()
        failed.callback(complaint.close)
        ours, theirs = socket.socketpair()
        failed.callback(ours.close)
        status, status_inside = socket.socketpair()
        failed.callback(status.close)
        status.setblocking(False)
        status.send(b"!")
        with theirs, status_inside, _fds(options, status_inside) as (options_fd, info, block):
            process = subprocess.Popen(
                [
                    *("/bin/sh", "-c", _STEP, "sh", str(seccomp)),
                    *map(str, doors),
                    *("--", *bwrap, "--args", str(options_fd), "--seccomp", _FILTER_FD),
                    *("--info-fd", str(info), "--block-fd", str(block), "--", *command),
                ],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=complaint.fd,
                pass_fds=(options_fd, info, block),
                env={"PATH": os.defpath},
                cwd="/",
            )
        failed.callback(_abandon, process)
        exited = os.pidfd_open(process.pid)
        failed.callback(os.close, exited)
        first_pid = await _standing(status)
        if first_pid is None:
            await asyncio.to_thread(process.wait)
            raise SandboxError(
                f"The sandbox can't be made: {complaint.text() or 'no reason given'}"
            )
        first = os.pidfd_open(first_pid)
        failed.pop_all()
        status.close()
        return Launched(process, exited, first, first_pid, ours, complaint)


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


def _abandon(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()


@contextmanager
def _fds(options: Iterable[str], status: socket.socket) -> Iterator[tuple[int, int, int]]:
    """The options' file and the status socket, twice, with numbers the shell step doesn't use."""
    with ExitStack() as open_fds:
        file = os.memfd_create("options", os.MFD_CLOEXEC)
        open_fds.callback(os.close, file)
        os.write(file, b"".join(os.fsencode(option) + b"\0" for option in options))
        os.lseek(file, 0, os.SEEK_SET)
        numbers = []
        for fd in (file, status.fileno(), status.fileno()):
            number = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
            open_fds.callback(os.close, number)
            numbers.append(number)
        yield numbers[0], numbers[1], numbers[2]
