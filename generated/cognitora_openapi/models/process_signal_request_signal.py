from typing import Literal

ProcessSignalRequestSignal = Literal[
    "CONT", "HUP", "INT", "KILL", "QUIT", "STOP", "TERM", "TSTP", "USR1", "USR2", "WINCH"
]

PROCESS_SIGNAL_REQUEST_SIGNAL_VALUES: set[ProcessSignalRequestSignal] = {
    "CONT",
    "HUP",
    "INT",
    "KILL",
    "QUIT",
    "STOP",
    "TERM",
    "TSTP",
    "USR1",
    "USR2",
    "WINCH",
}


def check_process_signal_request_signal(value: str) -> ProcessSignalRequestSignal:
    if value in PROCESS_SIGNAL_REQUEST_SIGNAL_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PROCESS_SIGNAL_REQUEST_SIGNAL_VALUES!r}"
    )
