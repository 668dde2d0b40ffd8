"""The machine's processes. They begin and end while one looks: what has gone by then isn't told."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil


def alive(pid: int) -> bool:
    """A zombie isn't: it waits for its parent to take note."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def children(pid: int) -> list[psutil.Process]:
    """What a process has started, in whichever thread, and hasn't waited for."""
    return psutil.Process(pid).children()


def with_marker(marker: str) -> list[str]:
    """Command lines of the processes that have the marker in their environment or arguments."""
    found = []
    for process, arguments in commands():
        line = " ".join(arguments)
        try:
            if marker in line or any(marker in value for value in process.environ().values()):
                found.append(line)
        except psutil.Error:  # it has ended, or it isn't ours to look at
            continue
    return found


def with_arguments(*words: str) -> list[psutil.Process]:
    """The processes that have these words in a row in their command."""
    count = len(words)
    return [
        process
        for process, arguments in commands()
        if any(tuple(arguments[i : i + count]) == words for i in range(len(arguments) - count + 1))
    ]


def commands() -> Iterator[tuple[psutil.Process, list[str]]]:
    """All processes but this one, and what they run; of zombies nobody knows."""
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
        except psutil.Error:
            continue
        if arguments and process.pid != os.getpid():
            yield process, arguments
