"""Commands that the host runs: to their end, or for a sandbox, in its group and as its user."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Sequence
from pathlib import Path

from .process import ENVIRONMENT

# The shell writes itself into the control group, and turns into what follows. It may have as many
# files open as it could when this program began, which has raised its own limit since.
_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
_ENTER = f"ulimit -Sn {'unlimited' if _FILES == resource.RLIM_INFINITY else _FILES}\n" + (
    'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"'
)


async def complaint_of(*command: str, pass_fds: Sequence[int] = ()) -> str | None:
    """Run a command to its end; why it failed, or None when it did well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=pass_fds,
        env=ENVIRONMENT,
    )
    _, complaint = await process.communicate()
    if process.returncode == 0:
        return None
    return f"{command[0]} failed: {complaint.decode(errors='replace').strip()}"


def entering(doors: Sequence[Path], *, first: str = "", arguments: Sequence[str] = ()) -> list[str]:
    """A command that enters the group behind `doors` and then runs what is appended to it.

    `first` is shell code to run before that, which finds `arguments` as $1, $2 … and shifts them.
    """
    return ["/bin/sh", "-ec", f"{first}\n{_ENTER}", "sh", *arguments, *map(str, doors), "--"]


def as_user(user: int | None) -> list[str]:
    """A command that drops root for the user and group id `user`; None: nobody has to be dropped."""
    if user is None:
        return []
    return [
        *("setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"),
        *("--no-new-privs", "--"),
    ]
