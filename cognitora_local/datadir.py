"""The folder a runtime keeps its records and its sessions' files in. One runtime at a time."""

from __future__ import annotations

import logging
import os
import secrets
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from .system import ENVIRONMENT, lock_file, remove_folder

PREFIX = "cognitora-local-"

ASIDE = "cognitora-removed-"
"""How folders are called that are to be removed when there is time."""

RECORDS = "records.db"
"""The database file in an account's folder."""

REMOVE_SECONDS = 5.0
"""How long a runtime that ends takes to remove files. A client kills it after 30 s in all."""

log = logging.getLogger("cognitora_local")


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

    def folder_of(self, account: str) -> Path:
        """What an account keeps; of the one without a name it is this whole folder."""
        if not account:
            return self.path
        folder = self.path / "accounts" / account
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def work(self) -> Path:
        """Where the sessions' work folders are. Emptied when a runtime starts and when it ends."""
        return self.path / "work"

    def set_work_aside(self) -> None:
        """Begin without work folders. Only once nothing of a sandbox is mounted there any more.

        Code may have left millions of files: nobody is to wait until they are removed.
        """
        set_aside(self.work)

    async def remove_set_aside(self) -> None:
        """Remove what was set aside, now or by an earlier runtime that couldn't see it through."""
        places = [self.path, *([Path(tempfile.gettempdir())] if self.temporary else [])]
        for folder in (each for place in places for each in place.glob(ASIDE + "*")):
            if ours(folder):
                await remove_folder(folder)

    def close(self) -> None:
        """Give the folder free; a temporary one is removed.

        What takes too long is left to the next runtime.
        """
        remove(self.path if self.temporary else self.work)
        os.close(self._lock)


def lock(folder: Path, *, create: bool = True) -> int:
    """Lock the folder for this process. The kernel gives the lock free however we end."""
    file = folder / "lock"
    handle = lock_file(file, create=create)
    if handle is None:
        holder = file.read_bytes()[:32].decode(errors="replace").strip() or "unknown"
        raise DataDirError(
            f"Another runtime (process {holder}) is using the data folder {folder}. "
            "Stop it, or give this one a folder of its own with --data-dir."
        )
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def sweep() -> bool:
    """Set temporary folders of ours aside whose runtime was killed before it could remove them.

    One that is younger than a minute is left alone: its runtime may be about to lock it.

    Returns:
        Whether one of those runtimes had used a container engine: its containers may still be there.
    """
    orphans = False
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with suppress(OSError, DataDirError):
            if time.time() - folder.lstat().st_mtime > 60 and ours(folder):
                handle = lock(folder, create=False)
                orphans |= (folder / "engine").is_dir()
                set_aside(folder)
                os.close(handle)
    return orphans


def ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, and no link to one; another runtime may have removed it."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def set_aside(folder: Path) -> None:
    """Have it gone at once, to be removed later. A missing one is no error, nor one that must stay."""
    with suppress(OSError):
        folder.rename(folder.parent / f"{ASIDE}{secrets.token_hex(8)}")


def remove(folder: Path) -> None:
    """Remove a folder, as much as can be in the time. By `rm`: see `remove_folder`."""
    command = ["rm", "-rf", "--one-file-system", "--", str(folder)]
    try:
        subprocess.run(command, check=False, env=ENVIRONMENT, timeout=REMOVE_SECONDS)
    except subprocess.TimeoutExpired:
        log.warning("There are too many files in %s: the next runtime removes the rest", folder)
