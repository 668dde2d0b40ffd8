"""The machine: programs that this one runs on it, and its limits."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8"}


async def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it, without following links. A missing one is no error.

    By `rm`, unless it is empty: folders nested deep enough exhaust Python's stack, and the
    descriptors of the process that removes them.
    """
    try:
        await asyncio.to_thread(folder.rmdir)
    except FileNotFoundError:
        return
    except OSError:
        command = ("rm", "-rf", "--one-file-system", "--", folder)
        await (await asyncio.create_subprocess_exec(*command, env=ENVIRONMENT)).wait()


def lock_file(file: Path, *, create: bool = True) -> int | None:
    """A file's lock, which this process has for as long as the descriptor stays open.

    None when somebody else has it, or has just removed the file.
    """
    descriptor = os.open(file, os.O_RDWR | (os.O_CREAT if create else 0) | os.O_CLOEXEC, 0o600)
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it may have removed it, and a third made it anew, since it was opened.
        if os.fstat(descriptor).st_ino == file.stat().st_ino:
            return descriptor
    os.close(descriptor)
    return None


async def stdout_of(*command: str | Path) -> str:
    """Run a command to its end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, env=ENVIRONMENT
    )
    return (await process.communicate())[0].decode(errors="replace")


async def stderr_of(*command: str, pass_fds: Sequence[int] = ()) -> str | None:
    """Run a command to its end; why it failed, or None when it did well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=pass_fds,
        env=ENVIRONMENT,
    )
    _, stderr = await process.communicate()
    if process.returncode == 0:
        return None
    return f"{command[0]} failed: {stderr.decode(errors='replace').strip()}"


def raise_limit_of_files() -> int:
    """Let this program have as many files open as it may; that number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
