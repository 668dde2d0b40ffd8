"""Pseudo-terminals: each sandbox has a /dev/pts of its own, which holds a limited number.

All that runs on a machine shares some 3,000 (kernel.pty.max, less what is kept for the machine
itself), so without a limit one sandbox could leave no terminal to anybody else.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack

from ..system import stderr_of
from .errors import SandboxError
from .namespace import NS_GET_USERNS
from .process import Handle

MOST = 32
OPTIONS = f"newinstance,ptmxmode=0666,mode=0620,max={MOST}"


async def limit(first: Handle) -> None:
    """Limit the terminals of the sandbox whose first process is `first`, from outside.

    This is the way of an ordinary user, who can't mount a limited /dev/pts before the sandbox is
    made, but owns it. One that has ended needs none. Raises SandboxError where it can't be done.
    """
    with ExitStack() as opened:
        try:
            mounts = os.open(f"/proc/{first.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
            opened.callback(os.close, mounts)
            first.signal(0)  # so nobody else has had its pid, when its namespace was opened
        except (FileNotFoundError, ProcessLookupError):
            return
        users = fcntl.ioctl(mounts, NS_GET_USERNS)
        opened.callback(os.close, users)
        stderr = await stderr_of(
            *("nsenter", f"--mount=/proc/self/fd/{mounts}", f"--user=/proc/self/fd/{users}"),
            *("--preserve-credentials", "mount", "-i", "-n", "-o", f"remount,{OPTIONS}"),
            "/dev/pts",
            pass_fds=(mounts, users),
        )
    if stderr is not None:
        raise SandboxError(f"The number of its terminals can't be limited: {stderr}.")
