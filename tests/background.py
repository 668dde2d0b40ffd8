"""The tests run in the background as they do in a terminal.

What starts programs in the background has signals ignored there (a shell SIGINT and SIGQUIT, nohup SIGHUP) or
blocked, all that is started from there inherits it, and many tests are about what signals do.
"""

from __future__ import annotations

import signal

_IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def pytest_configure() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in signal.valid_signals() - _IGNORED_BY_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
