"""The folder a runtime keeps its records and its sessions' files in. One runtime at a time."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from .sandbox.process import ENVIRONMENT

PREFIX = "cognitora-local-"


class DataDirError(Exception):
    """The folder can't be used: the message says why, and what to do."""


class DataDir:
    """An open, locked data folder.

    Args:
        path: the folder, made when it is missing; None: a private temporary one, removed on close.

    Attributes:
        orphans: whether a killed runtime was found that had used a container engine.

    Raises:
        DataDirError: it can't be written, or another runtime is using it.
    """

    def __init__(self, path: Path | None) -> None:
        self.temporary = path is None
        self.orphans = False
        try:
            if path is None:
                self.orphans = sweep()
                path = Path(tempfile.mkdtemp(prefix=PREFIX))
            else:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path = path.resolve()
            self._lock = lock(self.path)
        except OSError as error:
            raise DataDirError(
                f"The data folder {path} can't be used: {error.strerror}. "
                "Choose another with --data-dir."
            ) from error

    @property
    def records(self) -> Path:
        """The database file."""
        return self.path / "records.db"

    @property
    def work(self) -> Path:
        """Where the sessions' work folders are. Emptied when a runtime starts and when it ends."""
        return self.path / "work"

    def clear_work(self) -> None:
        """Remove every work folder. Only once nothing of a sandbox is mounted there any more."""
        remove(self.work)

    def close(self) -> None:
        """Give the folder free; a temporary one is removed."""
        self.clear_work()
        if self.temporary:
            remove(self.path)
        os.close(self._lock)


def lock(folder: Path, *, create: bool = True) -> int:
    """Lock the folder for this process. The kernel gives the lock free however we end."""
    handle = os.open(folder / "lock", os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise DataDirError(
            f"Another runtime (process {holder}) is using the data folder {folder}. "
            "Stop it, or give this one a folder of its own with --data-dir."
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def sweep() -> bool:
    """Remove temporary folders of ours whose runtime was killed before it could.

    One that is younger than a minute is left alone: its runtime may be about to lock it.

    Returns:
        Whether one of those runtimes had used a container engine: its containers may still be there.
    """
    orphans = False
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with suppress(OSError, DataDirError):
            found = folder.lstat()
            old = time.time() - found.st_mtime > 60
            if old and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid():
                handle = lock(folder, create=False)
                orphans |= (folder / "engine").is_dir()
                remove(folder)
                os.close(handle)
    return orphans


def remove(folder: Path) -> None:
    """Remove a folder. By `rm`: folders nested deep enough exhaust Python's stack."""
    command = ["rm", "-rf", "--one-file-system", "--", str(folder)]
    subprocess.run(command, check=False, env=ENVIRONMENT)
