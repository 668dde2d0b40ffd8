"""Starting processes, and reaping them: those of others too, as the first process of a pod has to."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO, NoReturn

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_HIGH = 200  # where descriptors are moved to before they get their numbers
BEGIN_SECONDS = 20.0
"""How long a process may take to be the command that it is to be; some milliseconds are usual."""
_LOOK_SECONDS = 0.1
_libc = ctypes.CDLL(None, use_errno=True)


class NotStarted(Exception):
    """A command can't be started: `number` is the errno.

    `of` is what it is about: its folder, itself (`command`), or that no `process` begins here now.
    """

    def __init__(self, number: int, of: str) -> None:
        super().__init__(os.strerror(number))
        self.number = number
        self.of = of


class Children:
    """All processes below this one. Orphans are its children too."""

    def __init__(self) -> None:
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._stopped = False
        prctl(_PR_SET_CHILD_SUBREAPER, 1)
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        descriptors: Mapping[int, int],
        *,
        folder: str,
        terminal: bool = False,
    ) -> tuple[int, asyncio.Future[int]]:
        """Start a command in a session of its own; its pid, and what will hold its exit status.

        `descriptors` says which of ours it has as which; it has no others. With `terminal`, 0 is that.

        Raises:
            NotStarted: it can't be.
        """
        if self._stopped:
            raise NotStarted(errno.ECANCELED, "process")
        report, theirs = os.pipe()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(report)
            os.close(theirs)
            raise NotStarted(error.errno or 0, "process") from error
        if pid == 0:
            _become(command, environment, descriptors, folder, theirs, terminal=terminal)
        os.close(theirs)
        ended = self._ended[pid] = asyncio.get_running_loop().create_future()
        with open(report, "rb") as file:
            if not _comes(file, pid):
                _signal(pid, signal.SIGKILL)
                raise NotStarted(errno.ETIMEDOUT, "process")
            said = file.read()
        if said:
            number, of = said.decode().split()
            raise NotStarted(int(number), of)
        return pid, ended

    def stop(self) -> None:
        """Kill them all, and start no others before `go_on`."""
        self._stopped = True
        kill_below(os.getpid())

    def go_on(self) -> None:
        """Others may be started again."""
        self._stopped = False

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                status = os.waitstatus_to_exitcode(found[1])
                ended = self._ended.pop(found[0], None)
                if ended is not None:
                    ended.set_result(status if status >= 0 else 128 - status)


def _become(
    command: Sequence[str],
    environment: Mapping[str, str],
    descriptors: Mapping[int, int],
    folder: str,
    report: int,
    *,
    terminal: bool,
) -> NoReturn:
    of = "command"
    try:
        report = fcntl.fcntl(report, fcntl.F_DUPFD_CLOEXEC, _HIGH)
        os.setsid()
        moved = {
            number: fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, _HIGH)
            for number, ours in descriptors.items()
        }
        for number, ours in moved.items():
            os.dup2(ours, number)
        if terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.set_wakeup_fd(-1)
        for each in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        of = "folder"
        os.chdir(folder)
        of = "command"
        os.execvpe(command[0], [*command], {**environment})
    except BaseException as error:  # noqa: BLE001  # whatever it is, this is nobody else's
        number = getattr(error, "errno", None) or errno.EINVAL
        os.write(report, f"{number} {of}".encode())
    finally:
        os._exit(127)


def _comes(report: IO[bytes], pid: int) -> bool:
    """Whether what it reports comes in time: no other process has kept it from doing so.

    The agent waits for it here, with all else: so one that is stopped is seen at once.
    """
    for _ in range(int(BEGIN_SECONDS / _LOOK_SECONDS)):
        if select.select([report], [], [], _LOOK_SECONDS)[0]:
            return True
        if _told(pid)[:1] == ["T"]:
            return False
    return False


def undumpable() -> None:
    """Have nobody of the same user look into this process, and what it keeps to itself."""
    prctl(_PR_SET_DUMPABLE, 0)


def prctl(option: int, value: int, other: int = 0) -> None:
    if _libc.prctl(option, *(ctypes.c_ulong(each) for each in (value, other, 0, 0))) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def kill_below(first: int) -> None:
    """Kill all that a process has started, and all that those have; not itself.

    Those that go on meanwhile are stopped first, so that none gets away by starting another.
    """
    seen: set[int] = set()
    while found := _below(first) - seen:
        for pid in found:
            _signal(pid, signal.SIGSTOP)
        seen |= found
    for pid in seen:
        _signal(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kill a process, all that it has started, and all of its session, whoever their parent is by now."""
    _signal(pid, signal.SIGSTOP)
    seen: set[int] = {pid}
    while found := (_below(pid) | _session(pid)) - seen:
        for each in found:
            _signal(each, signal.SIGSTOP)
        seen |= found
    for each in seen - {os.getpid()}:
        _signal(each, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _below(first: int) -> set[int]:
    parents = {pid: int(fields[1]) for pid, fields in _processes().items()}
    found: set[int] = set()
    level = {first}
    while level:
        level = {pid for pid, parent in parents.items() if parent in level} - found
        found |= level
    return found


def _session(leader: int) -> set[int]:
    return {pid for pid, fields in _processes().items() if int(fields[3]) == leader}


def _processes() -> dict[int, list[str]]:
    """What the kernel tells of each that hasn't ended, from its state on: parent, group, session."""
    told = {int(name): _told(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    return {pid: fields for pid, fields in told.items() if fields and fields[0] not in "ZX"}


def _told(pid: int) -> list[str]:
    """The same of one, whether it has ended or not; nothing of one that isn't there."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []
