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
    from typing import NoReturn

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_HIGH = 200  # where descriptors are moved to before they get their numbers
_REPORT_BYTES = 64
_LOOK_SECONDS = 0.1
_BEGIN_SECONDS = 20.0  # to be the command that it is to be; some milliseconds are usual
_TAKEN_FIRST = 300  # as if it were larger by so many thousandths of the pod's memory
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
    """All processes below this one. Orphans are its children too.

    Attributes:
        stopped: whether none is started now.
    """

    def __init__(self) -> None:
        self._ended: dict[int, asyncio.Future[int]] = {}
        self.stopped = False
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
            OSError: no process can.
        """
        if self.stopped:
            raise NotStarted(errno.ECANCELED, "process")
        report, theirs = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(report)
            os.close(theirs)
            raise
        if pid == 0:
            _become(command, environment, descriptors, folder, theirs, terminal=terminal)
        os.close(theirs)
        ended = self._ended[pid] = asyncio.get_running_loop().create_future()
        try:
            said = _report(report, pid)
        except BaseException:
            _signal(pid, signal.SIGKILL)
            raise
        finally:
            os.close(report)
        if said:
            number, of = said.split()
            raise NotStarted(int(number), of)
        return pid, ended

    def stop(self) -> None:
        """Kill them all, and start no others before `go_on`."""
        self.stopped = True
        kill_below(os.getpid())

    def go_on(self) -> None:
        """Others may be started again."""
        self.stopped = False

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
        _be_taken_first()
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


def _be_taken_first() -> None:
    """Have the kernel take this before the agent, by which all ends, when the pod's memory is used up.

    That is of little use where the cluster has given the pod a score near 1000 itself, as a small one on a
    large node, and of none where it kills a container as a whole (without `singleProcessOOMKill`).
    """
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "r+") as score:
        raised = min(1000, int(score.read()) + _TAKEN_FIRST)
        score.seek(0)
        score.write(str(raised))


def _report(descriptor: int, pid: int) -> str:
    """Why a child isn't what it was to be; nothing, once it is.

    The agent waits for it here, with all else: so one that is stopped is seen at once.

    Raises:
        NotStarted: it says nothing in time, as somebody keeps it from that.
    """
    poll = select.poll()  # a descriptor's number may be too high for `select`
    poll.register(descriptor, select.POLLIN)
    for _ in range(int(_BEGIN_SECONDS / _LOOK_SECONDS)):
        found = poll.poll(_LOOK_SECONDS * 1000)
        if not found and _told(pid)[:1] == ["T"]:
            found = poll.poll(0)  # who is stopped later is the command
            if not found:
                break
        if found:
            return os.read(descriptor, _REPORT_BYTES).decode()  # all of it, or its end
    raise NotStarted(errno.ETIMEDOUT, "process")


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
        with open(f"/proc/{pid}/stat", "rb") as file:  # a process' name may be any bytes
            return file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return []
