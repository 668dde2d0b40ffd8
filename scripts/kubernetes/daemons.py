"""The first process of a machine: starts its daemons, and starts again what ends."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

_AGAIN_AFTER_S = 0.2
_LOG = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program that runs as long as its machine.

    Attributes:
        ready: whether those behind it may begin.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = lambda: True


def run(daemons: Sequence[Daemon], logs: Path) -> NoReturn:
    """Start them one after the other, and keep them. Their output is in `logs`, a file for each.

    Whatever loses its parent on this machine becomes this process' child: it is reaped too.
    """
    running: dict[int, Daemon] = {}
    for daemon in daemons:
        running[_start(daemon, logs)] = daemon
        while not daemon.ready():
            _restart_ended(running, logs, os.WNOHANG)
            time.sleep(0.05)
    while True:
        _restart_ended(running, logs, 0)


def _restart_ended(running: dict[int, Daemon], logs: Path, options: int) -> None:
    pid, _ = os.waitpid(-1, options)
    ended = running.pop(pid, None)
    if ended is not None:
        time.sleep(_AGAIN_AFTER_S)
        running[_start(ended, logs)] = ended


def _start(daemon: Daemon, logs: Path) -> int:
    log = str(logs / f"{daemon.name}.log")
    actions: list[tuple[int, int, str, int, int] | tuple[int, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, _LOG, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawnp(daemon.command[0], [*daemon.command], os.environ, file_actions=actions)
