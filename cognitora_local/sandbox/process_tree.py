"""A process and all that it has started, as this machine sees them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from .process import Handle

_PROC = Path("/proc")
_ROUNDS = 1000


def kill_tree(root: int, belongs: Callable[[int], bool]) -> None:
    """Kill the process `root`, what it has started, and all that is in their sessions.

    Only what `belongs` there by its pid. Everything is stopped first, until nothing new turns up: so
    nobody can start one more in time, and nobody is adopted by a process that isn't looked at. Raises
    PermissionError where the processes aren't ours to signal.
    """
    stopped: set[int] = set()
    for _ in range(_ROUNDS):
        new = {pid for pid in tree(root) if belongs(pid)} - stopped
        if not new:
            break
        _signal(new, signal.SIGSTOP)
        stopped |= new
    _signal(filter(belongs, stopped), signal.SIGKILL)


def tree(root: int) -> set[int]:
    """`root`, its descendants, and every process in a session that one of them leads."""
    found = {root}
    known = dict(relations())
    grown = True
    while grown:
        grown = False
        for pid, (parent, session) in known.items():
            if pid not in found and (parent in found or session in found):
                found.add(pid)
                grown = True
    return found


def relations() -> Iterable[tuple[int, tuple[int, int]]]:
    """Each process's parent and session."""
    for name in os.listdir(_PROC):
        if name.isdigit():
            with suppress(OSError):
                # In brackets is the process' name: any bytes that it has chosen.
                told = (_PROC / name / "stat").read_bytes()
                _, parent, _, session = told[told.rindex(b")") + 2 :].split()[:4]
                yield int(name), (int(parent), int(session))


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            handle = Handle(pid)
            try:
                handle.signal(number)
            finally:
                handle.close()
