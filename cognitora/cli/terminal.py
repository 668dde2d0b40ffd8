"""The terminal that this program runs in."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

USUAL = (24, 80)
KNOWN = ("dumb", "linux", "vt100", "xterm", "xterm-256color", "screen", "screen-256color")
"""Terminals that a sandbox has heard of; the others understand what the commonest does."""


def size() -> tuple[int, int]:
    """Its rows and columns; the usual ones where it doesn't tell."""
    try:
        told = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return USUAL
    return (told.lines or USUAL[0], told.columns or USUAL[1])


def environment() -> dict[str, str]:
    """What programs are to know of it, wherever they run."""
    told = {"TERM": os.environ.get("TERM") or "dumb"}
    if told["TERM"] not in KNOWN:
        told["TERM"] = "xterm-256color"
    return told | {
        name: os.environ[name] for name in ("NO_COLOR", "COLORTERM") if name in os.environ
    }


@contextmanager
def raw() -> Iterator[None]:
    """Each key as it comes, unshown and unobeyed, until the block is left, however that is."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def suspended(number: int, _: object) -> None:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # here it stands, until somebody has it go on
        signal.signal(number, suspended)
        tty.setraw(descriptor, termios.TCSANOW)

    handler = signal.signal(signal.SIGTSTP, suspended)
    try:
        tty.setraw(descriptor, termios.TCSANOW)
        yield
    finally:
        signal.signal(signal.SIGTSTP, handler)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def watched(resized: Callable[[], None]) -> Iterator[None]:
    """Calls `resized` when the window gets another size. It must not wait for anything."""
    before = signal.signal(signal.SIGWINCH, lambda *_: resized())
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
