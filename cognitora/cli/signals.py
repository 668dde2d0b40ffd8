"""Signals end this program once it has cleaned up, and then for good: its parent sees the signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

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


class BrokenOff(Exception):
    """Ctrl-C has broken off what was attempted."""


class Interruptions:
    """From now on Ctrl-C breaks off what is attempted, and at no moment ends this program."""

    def __init__(self) -> None:
        self._open = False
        self._early = False
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._came)

    def attempt(self, action: Callable[[], T]) -> T:
        """Does it, and gives what it gives. What came after the last attempt breaks off this one.

        Raises:
            BrokenOff: Ctrl-C came.
        """
        try:
            try:
                self._open = True
                if self._early:
                    self._came(signal.SIGINT, None)
                return action()
            finally:
                self._open = False
        except Signalled as end:
            if end.number != signal.SIGINT:
                raise
            raise BrokenOff from None

    def _came(self, number: int, _: FrameType | None) -> None:
        self._early = not self._open
        if self._open:
            self._open = False  # so none comes from where this one is dealt with
            raise Signalled(number)
