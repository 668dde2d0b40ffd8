"""A program of Bash: a shell of its own, of which the session's isn't a part."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal, without the enums: 2 ms
import os

from .shell import ERR, OUT, PROGRAM

LONGEST = 100_000
"""Bytes of code: Linux takes no more than 128 KiB of one argument."""


class Program:
    """Code that a shell runs as it runs a script, until the code ends."""

    def __init__(self, code: str, folder: str, variables: dict[str, str]) -> None:
        """Start it in `folder`."""
        os.chdir(folder)
        try:
            self._pid = os.posix_spawn(
                PROGRAM,
                ["bash", "-O", "expand_aliases", "-c", code, "bash"],
                {**os.environ, **variables},
                file_actions=[(os.POSIX_SPAWN_DUP2, OUT, 1), (os.POSIX_SPAWN_DUP2, ERR, 2)],
                setpgroup=0,
                setsigdef=[number for number in range(1, 32) if number not in (9, 19)],
            )
        finally:
            os.chdir("/")

    def wait(self) -> int:
        """Its wait status, once it has ended."""
        return os.waitpid(self._pid, 0)[1]

    def interrupt(self) -> None:
        """As Ctrl-C does. Jobs in the background ignore it."""
        try:
            os.killpg(self._pid, _signal.SIGINT)
        except ProcessLookupError:  # it has just ended
            return
