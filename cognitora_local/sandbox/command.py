"""Commands that the host runs for a sandbox: in its group, and as its user."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from pathlib import Path

# The shell writes itself into the control group, and turns into what follows. It may have as many
# files open as it could when this program began, which has raised its own limit since.
_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
_ENTER = f"ulimit -Sn {'unlimited' if _FILES == resource.RLIM_INFINITY else _FILES}\n" + (
    'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"'
)


def entering(
    procs_files: Sequence[Path], *, first: str = "", arguments: Sequence[str] = ()
) -> list[str]:
    """A command that enters the group behind `procs_files` and then runs what is appended to it.

    `first` is shell code to run before that, which finds `arguments` as $1, $2 … and shifts them.
    """
    return ["/bin/sh", "-ec", f"{first}\n{_ENTER}", "sh", *arguments, *map(str, procs_files), "--"]


def as_user(user: int | None) -> list[str]:
    """A command that drops root for the user and group id `user`; None: nobody has to be dropped."""
    if user is None:
        return []
    return [
        *("setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"),
        *("--no-new-privs", "--"),
    ]
