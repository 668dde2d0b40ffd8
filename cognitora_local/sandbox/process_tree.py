"""A process and all that it has started, as this machine sees them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from pathlib import Path

from .process import Handle

_PROC = Path("/proc")
_ROUNDS = 1000


def kill_tree(root: int, belonging: Callable[[Set[int]], Set[int]]) -> None:
    """Kill the process `root`, what it has started, and all that is in their sessions.

    Of these pids only those that are `belonging` there, which is asked once for each signal. Everything
    is stopped first, until nothing new turns up: so nobody can start one more in time, and nobody is
    adopted by a process that isn't looked at. Raises PermissionError where the processes aren't ours to
    signal.
    """
    stopped: set[int] = set()
    for _ in range(_ROUNDS):
        new = _signal(tree(root) - stopped, belonging, signal.SIGSTOP)
        if not new:
            break
        stopped |= new
    _signal(stopped, belonging, signal.SIGKILL)


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


def _signal(pids: Set[int], belonging: Callable[[Set[int]], Set[int]], number: int) -> Set[int]:
    """Signal those that belong there; which they are. Nobody else has their pids meanwhile."""
    held: dict[int, Handle] = {}
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                held[pid] = Handle(pid)
        theirs = belonging(held.keys())
        for pid in theirs:
            with suppress(ProcessLookupError):
                held[pid].signal(number)
    finally:
        for handle in held.values():
            handle.close()
    return theirs
