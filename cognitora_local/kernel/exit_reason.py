"""Why a kernel has ended, for people."""

from __future__ import annotations

import signal

from cognitora_local.sandbox import Limits, RunningSandbox


def exit_reason(status: int, sandbox: RunningSandbox, limits: Limits) -> str:
    """A sentence from the exit status of its command (128 + n: signal n)."""
    if sandbox.end_reason is not None and not sandbox.out_of_memory():
        return sandbox.end_reason
    number = status - 128
    if number == signal.SIGKILL and sandbox.out_of_memory():
        return f"The code ran out of memory ({limits.memory_mb} MB), so it was killed."
    if number in signal.valid_signals():
        return f"The kernel was ended by {_name(number)}."
    return f"The kernel ended by itself, with exit status {status}."


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # Python names the first and the last of the real-time signals alone
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"
