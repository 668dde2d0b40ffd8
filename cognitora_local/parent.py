"""A runtime that was started for one process ends with it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable


class ParentGoneError(Exception):
    """The process that this runtime was started for has ended already."""


def watch(pid: int, on_death: Callable[[], None]) -> Callable[[], None]:
    """Call `on_death` once when the process `pid` ends, however it ends.

    By a pidfd rather than by PR_SET_PDEATHSIG, which fires when the *thread* that started us ends.

    Returns:
        A function that stops watching.

    Raises:
        ParentGoneError: there is no such process any more.
    """
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        raise ParentGoneError(f"Its parent, process {pid}, is gone.") from None
    loop = asyncio.get_running_loop()
    watching = True

    def stop() -> None:
        nonlocal watching
        if watching:
            watching = False
            loop.remove_reader(handle)
            os.close(handle)

    def ended() -> None:
        stop()
        on_death()

    loop.add_reader(handle, ended)
    return stop
