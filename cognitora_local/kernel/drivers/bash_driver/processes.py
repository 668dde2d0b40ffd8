"""The processes around the shell: those that it has started, and those that it has replaced."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal, without the enums: 2 ms
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PR_SET_CHILD_SUBREAPER = 36
UNKNOWN = 1 << 8  # the wait status of an exit with 1

_statuses: dict[int, int] = {}
_adopting = False


def adopt(pid: int) -> None:
    """Make a descendant our child, by killing all in between. ValueError when it isn't one."""
    between = []
    parent = _parent(pid)
    while parent != os.getpid():
        if parent <= 1:
            raise ValueError(f"process {pid} is none of ours")
        between.append(parent)
        parent = _parent(parent)
    _adopt_orphans()
    for process in reversed(between):  # the topmost first: none of them may go on for a moment
        os.kill(process, _signal.SIGKILL)
        status_of(process)


def status_of(pid: int) -> int:
    """The wait status of a child, once it has ended."""
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:  # reaped before, or never ours
        return _statuses.pop(pid, UNKNOWN)


def ignores_interrupts(pid: int) -> bool:
    """Whether a process does so now; one that has ended does."""
    try:
        with open(f"/proc/{pid}/status", "rb") as status:
            ignored = status.read().partition(b"\nSigIgn:")[2].split()[0]
    except OSError:
        return True
    return bool(int(ignored, 16) >> _signal.SIGINT - 1 & 1)


def interrupt_group(pid: int) -> None:
    """Interrupt a process and those in its process group."""
    try:
        os.killpg(os.getpgid(pid), _signal.SIGINT)
    except OSError:  # it has just ended
        return


def interrupt_descendants(pid: int) -> None:
    """Interrupt all that a process has started, and what these have, and so on."""
    for child in _children(pid):
        interrupt_descendants(child)
        try:
            os.kill(child, _signal.SIGINT)
        except OSError:
            continue


def _adopt_orphans() -> None:
    """Become the parent of processes whose own has ended, in place of the sandbox's first."""
    global _adopting
    if not _adopting:
        from ctypes import CDLL  # 5 ms, and few sessions come here

        CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _signal.signal(_signal.SIGCHLD, _reap)
        _adopting = True


def _reap(*_: Any) -> None:
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _statuses[ended[0]] = ended[1]
    except ChildProcessError:
        return


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def _children(pid: int) -> Iterator[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return map(int, children.read().split())
    except OSError:
        return iter(())
