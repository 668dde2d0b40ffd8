"""What a runtime has from who started it, and doesn't pass on to what it starts."""

from __future__ import annotations

import signal

_IGNORED_BY_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def pass_no_signals_on() -> None:
    """Have signals do what they always do in all that the runtime starts.

    A shell ignores some in what it runs in the background, nohup does, a thread may have blocked some, and
    whatever is started from there inherits it. The runtime goes on to ignore what it was to ignore, by a
    handler: that isn't inherited.
    """
    for number in signal.valid_signals() - _IGNORED_BY_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
