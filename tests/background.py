"""The tests run in the background as they do in a terminal.

A shell starts what it runs in the background with SIGINT ignored, all that is started from there
inherits it, and Ctrl-C is what many tests are about.
"""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
