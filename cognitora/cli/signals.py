"""Signals end this program once it has cleaned up, and then for good: its parent sees the signal."""

from __future__ import annotations

import os
import signal
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signalled(BaseException):
    """A signal came, or a pipe broke, which is one too. Passes by everything that catches errors.

    Attributes:
        number: Which signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def listen() -> None:
    """From now on a signal is an exception. One that our parent has us ignore stays ignored."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _came)


def die(number: int) -> int:
    """Ends this process by the signal, so that shells stop their loops, and pipelines end quietly.

    Returns:
        What a shell would have said, where the process lives on because its parent has it blocked.
    """
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number


def _came(number: int, _: FrameType | None) -> None:
    raise Signalled(number)
