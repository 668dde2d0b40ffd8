"""A command that runs in a sandbox beside its own.

It has what the sandbox's own command has and no more: its namespaces, its control group, its user, its
filter of system calls, and no capability. The host's Python enters all that (`enter.py`) and becomes
the command; a process of the host's that waits for it tells how it ended.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import namespace
from .cgroup import Cgroup
from .command import entering
from .errors import CommandError, SandboxError
from .process import Handle, Process
from .process_tree import kill_tree
from .streams import Stream, Streams, note, write_some

NOT_FOUND, NOT_STARTED = 127, 126

ENTER_SECONDS = 20.0
"""How long a command may take to begin; some 20 milliseconds are usual."""

_PROGRAM = Path(__file__).with_name("enter.py")
_NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
_PIPE_BYTES = 1024 * 1024
_NO_ENTRY = "The sandbox can't be entered"


@dataclass(frozen=True, slots=True)
class Terminal:
    """The size of a terminal, in characters."""

    rows: int
    columns: int


def end_of_input(last: bytes, character: bytes = b"\x04") -> bytes:
    """What is written to a terminal so that who reads there is at an end, once: by its `character`.

    After half a line, of which the `last` byte was written, the first only hands that over.
    """
    return character if last in (b"", b"\r", b"\n", character) else 2 * character


class Exec:
    """A command in a running sandbox.

    Attributes:
        output: the pieces of what it prints, stdout and stderr in the order they come, until it ends.
            A terminal has stdout alone. What it has left running may print on, unheard.
        killed: whether it was sent SIGKILL by `signal` or `kill`.
    """

    output: Streams
    killed: bool
    given = None  # it is taken over by nobody

    def __init__(
        self,
        process: Process,
        command: Handle,
        stdin: int,
        output: Streams,
        *,
        terminal: bool,
        processes: Callable[[], set[int]],
    ) -> None:
        """For `Entry`. `processes` are those of its sandbox, as the host counts."""
        self.output = output
        self.killed = False
        self._processes = processes
        self._process = process
        self._command = command
        self._stdin: int | None = stdin
        self._terminal = terminal
        self._last = b""
        process.ended.add_done_callback(lambda _: output.finish())

    async def wait(self) -> int:
        """Its exit status, once it has ended (128 + n: signal n)."""
        return await self._process.wait()

    async def write(self, data: bytes | memoryview) -> int:
        """Write the first bytes of `data` to its stdin as soon as it takes some; how many.

        Raises BrokenPipeError when it takes no more.
        """
        if self._stdin is None:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        taken = await write_some(self._stdin, data)
        self._last = bytes(data[taken - 1 : taken])
        return taken

    async def close_stdin(self) -> None:
        """What it reads ends here. A terminal stays open: it is told by the character for that."""
        if self._stdin is None:
            return
        if self._terminal:
            character = termios.tcgetattr(self._stdin)[6][termios.VEOF]
            with suppress(BrokenPipeError):
                await self.write(end_of_input(self._last, character))
        else:
            os.close(self._stdin)
            self._stdin = None

    async def resize(self, terminal: Terminal) -> None:
        """Give its terminal another size, and tell it."""
        if self._terminal and self._stdin is not None:
            size = struct.pack("HHHH", terminal.rows, terminal.columns, 0, 0)
            fcntl.ioctl(self._stdin, termios.TIOCSWINSZ, size)

    async def signal(self, number: int) -> None:
        """Send a signal to it and to those of its process group, if it is there."""
        with suppress(ProcessLookupError):
            self._command.signal(0)  # it is there, so its group is its own
            os.killpg(self._command.pid, number)
            self.killed |= number == signal.SIGKILL

    async def kill(self) -> None:
        """Kill it and every process it has started."""
        self.killed = True
        _kill_tree(self._command, self._processes)

    def close(self) -> None:
        """Give back what it held. To be called when it has ended."""
        self.output.close()
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None
        self._command.close()


@dataclass(frozen=True, slots=True)
class Entry:
    """How a command gets into one sandbox: by `first`, its first process, and as `user`.

    `environment` is what the sandbox was started with, `group` is its control group.
    """

    first: Handle
    user: int | None
    group: Cgroup
    seccomp: Path
    environment: Mapping[str, str]

    async def run(
        self,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        terminal: Terminal | None,
    ) -> Exec:
        """Start a command in the sandbox.

        Raises:
            CommandError: there is no such program or folder, or it can't be started.
            SandboxError: the sandbox can't be entered.
        """
        async with AsyncExitStack() as failed:
            with _report() as (report, theirs), _pipes(failed) as (pipes, inside):
                with self._order(command, folder, environment, terminal, theirs) as passed:
                    process = Process(
                        [
                            *entering(self.group.procs_files),
                            *(sys.executable, "-I", "-S", str(_PROGRAM), str(passed[0])),
                        ],
                        stdin=inside["stdin"],
                        stdout=inside["stdout"],
                        stderr=inside["stderr"],
                        pass_fds=passed,
                    )
                failed.push_async_callback(_end, process)
                theirs.close()
                async with _in_time():
                    handle, ends = await _take_hold(report, pipes["stderr"])
                    failed.callback(handle.close)
                    failed.callback(_kill_tree, handle, self.group.processes)
                    for end in ends:
                        failed.callback(os.close, end)
                    report.send(b"!")
                    told, _ = await _receive(report)
            if told:
                raise refusal(json.loads(told), command[0], folder)
            if ends:
                stdin = ends[0]
                outputs: dict[Stream, int] = {"stdout": os.dup(stdin)}
                for pipe in pipes.values():
                    os.close(pipe)
            else:
                stdin = pipes["stdin"]
                outputs = {"stdout": pipes["stdout"], "stderr": pipes["stderr"]}
            failed.pop_all()
        return Exec(
            process,
            handle,
            stdin,
            Streams(outputs),
            terminal=terminal is not None,
            processes=self.group.processes,
        )

    @contextmanager
    def _order(
        self,
        command: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        terminal: Terminal | None,
        report: socket.socket,
    ) -> Iterator[tuple[int, ...]]:
        """What `enter.py` is told, in a file, and what else it needs: numbers to pass on.

        Raises SandboxError when the sandbox has ended.
        """
        with ExitStack() as opened:
            try:
                namespaces = [*_namespaces(self.first, opened)]
            except OSError as error:
                raise SandboxError(f"{_NO_ENTRY}: {error}.") from error
            file = os.memfd_create("order", os.MFD_CLOEXEC)
            opened.callback(os.close, file)
            order = {
                "command": list(command),
                "folder": folder,
                "environment": {**self.environment, **environment},
                "user": self.user,
                "filter": self.seccomp.read_bytes().hex(),
                "size": terminal and [terminal.rows, terminal.columns],
                "namespaces": namespaces,
                "report": report.fileno(),
            }
            with open(file, "wb", closefd=False) as writing:
                # As the bytes that they are for the kernel: names of files needn't be UTF-8.
                writing.write(json.dumps(order).encode())
            os.lseek(file, 0, os.SEEK_SET)
            yield file, report.fileno(), *namespaces


def _namespaces(first: Handle, opened: ExitStack) -> Iterator[int]:
    """Those of the process `first`, in the order in which they can be entered.

    The user namespace that owns the others gives the right to; the one within it, in which nobody can
    make another, comes last. Raises OSError when it has ended.
    """
    found = {}
    for kind in (*_NAMESPACES, "user"):
        found[kind] = os.open(f"/proc/{first.pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        opened.callback(os.close, found[kind])
    first.signal(0)  # so nobody else has had its pid, when they were opened
    owner = fcntl.ioctl(found["mnt"], namespace.NS_GET_USERNS)
    opened.callback(os.close, owner)
    yield owner
    for kind in _NAMESPACES:
        if not namespace.is_ours(found[kind], kind):
            yield found[kind]
    if not os.path.samestat(os.fstat(owner), os.fstat(found["user"])):
        yield found["user"]


@contextmanager
def _report() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


@contextmanager
def _pipes(failed: AsyncExitStack) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """Pipes for the three standard streams: our ends, and theirs, which are closed afterwards."""
    ours, theirs = dict[str, int](), dict[str, int]()

    def close() -> None:
        for fd in ours.values():
            os.close(fd)

    failed.callback(close)
    try:
        for name in ("stdin", "stdout", "stderr"):
            reads, writes = os.pipe()
            ours[name], theirs[name] = (writes, reads) if name == "stdin" else (reads, writes)
            with suppress(OSError):  # beyond what this user may have of large ones
                fcntl.fcntl(reads, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(ours["stdin"], False)
        yield ours, theirs
    finally:
        for fd in theirs.values():
            os.close(fd)


async def _take_hold(report: socket.socket, stderr: int) -> tuple[Handle, list[int]]:
    """The command's process, and the end of its terminal if it has one."""
    said, ends = await _receive(report)
    told = json.loads(said or b"{}")
    if "pid" not in told:
        os.set_blocking(stderr, False)
        with suppress(OSError):
            said = os.read(stderr, 4096)
        reason = told.get("error") or said.decode(errors="replace").strip() or "nobody says why"
        raise SandboxError(f"{_NO_ENTRY}: {reason}.")
    for end in ends:
        os.set_blocking(end, False)
    return Handle(told["pid"]), ends


async def _receive(report: socket.socket) -> tuple[bytes, list[int]]:
    """The next message, with the files that came along; empty at the end."""
    loop = asyncio.get_running_loop()
    readable = loop.create_future()
    loop.add_reader(report, note, readable)
    try:
        await readable
    finally:
        loop.remove_reader(report)
    try:
        said, fds, _, _ = socket.recv_fds(report, 65536, 1, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return b"", []
    return said, fds


def _kill_tree(command: Handle, processes: Callable[[], set[int]]) -> None:
    with suppress(ProcessLookupError):
        command.signal(0)
        kill_tree(command.pid, lambda pids: pids & processes())


@asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """What is in the sandbox can stop a command that enters it. Nobody waits for that for ever."""
    try:
        async with asyncio.timeout(ENTER_SECONDS):
            yield
    except TimeoutError:
        raise SandboxError(f"{_NO_ENTRY}: it took more than {ENTER_SECONDS:g} s.") from None


async def _end(process: Process) -> None:
    process.kill()
    await process.wait()


def refusal(told: dict[str, Any], program: str, folder: str) -> CommandError:
    reason = os.strerror(told["errno"]) if told["errno"] else told["error"]
    if told["of"] == "folder":
        return CommandError(
            f"The command can't run in the folder {folder!r}: {reason}.", NOT_STARTED
        )
    if told["errno"] == errno.ENOENT:
        return CommandError(f"There is no program {program!r}: {reason}.", NOT_FOUND)
    return CommandError(f"{program!r} can't be run: {reason}.", NOT_STARTED)
