"""How long a call waits unless the caller says otherwise. Written by hand, copied here by `make generate`."""

from __future__ import annotations

USUAL_SECONDS = 30.0
"""What a call may take that runs nothing."""

FILE_SECONDS = 600.0
"""What the transfer of a file may take."""

RUN_SECONDS = {"execute_code": 60, "execute_in_container": 300, "create_container": 300}
"""How long code, a command and a one-shot container may run unless the caller says otherwise."""

GRACE_SECONDS = 30.0
"""What a call that runs code waits beyond the code's own time limit: for the sandbox to start, the
files to travel and the answer to come back."""
