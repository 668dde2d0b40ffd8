"""Starting a command in a sandbox, and knowing when it stands.

bwrap's options go through a file that only it reads, for the environment of users' code is nobody
else's business, and a command line can be read by the whole machine.

One socket tells how far bwrap is. It writes there which process is the sandbox's first, and when
the sandbox stands it waits there for a byte, reads it and closes. So that process is still there
when it is taken hold of, and a failure closes the socket with no byte read: that is told apart.
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

from .bubblewrap import hint
from .command import entering
from .errors import SandboxError
from .process import Handle, Process
from .stderr_buffer import StderrBuffer
from .stdin_file import StdinFile

# The command finds its socket as fd 3 and its stdin as fd 0; bwrap finds the filter as fd 4, and closes it.
_FILES = 'exec 3<&0 4<"$1" 0<&1 1>/dev/null; shift'
_FILTER = "4"
_FILTER_OPTION = "--seccomp"
_FIRST_FREE = 10


class Launched:
    """A command that runs in its sandbox.

    `first` is the sandbox's first process, with which everything in the sandbox ends, `command` the
    command itself (None: it had ended at once), `socket` the host's end of its fd 3, and
    `stdin` and `stderr` what it has as those.
    """

    def __init__(
        self,
        process: Process,
        first: Handle,
        command: Handle | None,
        ours: socket.socket,
        stdin: StdinFile,
        stderr: StderrBuffer,
    ) -> None:
        self._process = process
        self._first_ended = first.ended()
        self.first = first
        self.command = command
        self.socket = ours
        self.stdin = stdin
        self.stderr = stderr

    @property
    def ended(self) -> bool:
        return self._process.ended.done()

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
            self.first.signal(signal.SIGKILL)
        await self.wait()
        self.first.reap_if_ours()  # when the outer bwrap ended before it
        self.first.close()
        if self.command is not None:
            self.command.close()


async def launch(
    bwrap: Sequence[str],
    options: Iterable[str],
    command: Sequence[str],
    *,
    procs_files: Sequence[Path],
    seccomp: Path,
) -> Launched:
    """Runs `command` by the command `bwrap` with `options`, in the group behind `procs_files`.

    Raises SandboxError, with what bwrap says, when the sandbox doesn't come to stand.
    """
    with ExitStack() as opened, ExitStack() as failed:
        stderr = StderrBuffer()
        failed.callback(stderr.close)
        stdin = StdinFile()
        failed.callback(stdin.close)
        ours, theirs = socket.socketpair()
        failed.callback(ours.close)
        status, status_inside = socket.socketpair()
        opened.callback(status.close)
        status.setblocking(False)
        with theirs, status_inside, _numbered(options, status_inside) as (file, info, block):
            process = Process(
                [
                    *entering(procs_files, first=_FILES, arguments=[str(seccomp)]),
                    *(*bwrap, "--args", str(file), _FILTER_OPTION, _FILTER),
                    *("--info-fd", str(info), "--block-fd", str(block), "--", *command),
                ],
                stdin=theirs.fileno(),
                stdout=stdin.fd,
                stderr=stderr.fd,
                pass_fds=(file, info, block),
            )
        failed.callback(process.kill)
        first = await _take_hold(status)
        if first is not None:
            failed.callback(first.close)
        if first is None or not await _stands(status):
            await process.wait()
            reason = stderr.text() or "bwrap gave no reason"
            raise SandboxError(f"The sandbox can't be made: {reason}. {hint()}".rstrip())
        command_handle = await _command_of(first)
        launched = Launched(process, first, command_handle, ours, stdin, stderr)
        failed.pop_all()
        return launched


async def _take_hold(status: socket.socket) -> Handle | None:
    """The sandbox's first process, which can't end before `_stands`; None when it never was."""
    loop = asyncio.get_running_loop()
    said = b""
    while not said.endswith(b"}\n"):
        piece = await loop.sock_recv(status, 4096)
        if not piece:
            return None
        said += piece
    with suppress(ProcessLookupError):
        return Handle(json.loads(said)["child-pid"])
    return None


async def _stands(status: socket.socket) -> bool:
    """Lets the command begin as soon as all is set up; False when that has failed."""
    try:
        status.send(b"!")
        return await asyncio.get_running_loop().sock_recv(status, 1) == b""
    except (ConnectionResetError, BrokenPipeError):
        return False


async def _command_of(first: Handle) -> Handle | None:
    """The one child of the sandbox's first process, which makes it now; None when it has ended."""
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children")
    with suppress(FileNotFoundError, ProcessLookupError):
        while True:
            found = children.read_text().split()
            first.signal(0)  # it is there, so what was read was about it
            if found:
                return Handle(int(found[0]))
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
