"""A quota for a work folder: a file system of that size in a sparse file, mounted on the folder.

A quota by counting could be outrun, and a folder in memory would be charged to the memory limit.
The image lies in the folder itself, under the mount: whoever removes the folder removes it, and a
next sandbox with the same folder finds its files again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from ..system import PATH, stderr_of
from . import capabilities, namespace, outer_container
from .errors import SandboxError

_IMAGE = ".storage.ext4"
_GIB = 1024**3
_LOST_AND_FOUND = "lost+found"


@dataclass(frozen=True, slots=True)
class Storage:
    """Whether work folders can have a quota on this machine. `missing`: why not, and the mend."""

    missing: str | None

    @classmethod
    def find(cls) -> Storage:
        if os.geteuid() != 0:
            return cls("only root can mount a file system of that size; run the runtime as root")
        if shutil.which("mkfs.ext4", path=PATH) is None:
            return cls("mkfs.ext4 isn't here; install it: apt install e2fsprogs")
        if missing := capabilities.lacking(capabilities.DISKS):
            return cls(missing)
        if not Path("/dev/loop-control").exists():
            return cls(
                "this machine has no loop devices; modprobe loop"
                f"{outer_container.hint(outer_container.LOOPS)}"
            )
        return cls(None)

    async def mount(self, folder: Path, place: Path, storage_gb: float) -> None:
        """Gives `folder` a file system of that size.

        What was in the folder is moved into it. `place` is where it is mounted as well. Raises
        SandboxError when there is no room, or the quota can't be had.
        """
        if self.missing is not None:
            raise SandboxError(f"storage_gb can't be kept: {self.missing}, or leave it out.")
        image = folder / _IMAGE
        if image.is_symlink() or image.exists():
            _check_is_ours(image)
        else:
            await _make(image, storage_gb)
        outer_container.make_loop_devices()
        await _run("mount", "-t", "ext4", "-o", "loop,nosuid,nodev", str(image), str(place))
        try:
            await asyncio.to_thread(_move, folder, place)
            namespace.bind(place, folder)
        except BaseException:
            namespace.unmount(place)
            raise

    def unmount(self, folder: Path, place: Path) -> None:
        namespace.unmount(folder)
        namespace.unmount(place)


async def _make(image: Path, storage_gb: float) -> None:
    size = int(storage_gb * _GIB)
    free = shutil.disk_usage(image.parent).free
    if free < size:
        raise SandboxError(
            f"storage_gb can't be kept: {storage_gb:g} GB were asked for and the disk of "
            f"{image.parent} has {free / _GIB:.1f} GB left. Ask for less, or make room."
        )
    descriptor = os.open(image, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)
    try:
        await _run(
            *("mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal"),
            *("-E", "lazy_itable_init=1,nodiscard", str(image)),
        )
    except BaseException:
        image.unlink()
        raise


def _check_is_ours(image: Path) -> None:
    """An image that users' code could have made is never given to the kernel."""
    found = image.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != 0 or found.st_nlink != 1:
        raise SandboxError(f"storage_gb can't be kept: {image} isn't an image of the runtime's.")


def _move(folder: Path, place: Path) -> None:
    shutil.rmtree(place / _LOST_AND_FOUND, ignore_errors=True)
    for entry in folder.iterdir():
        if entry.name != _IMAGE:
            shutil.move(entry, place / entry.name)


async def _run(*command: str) -> None:
    if stderr := await stderr_of(*command):
        raise SandboxError(f"storage_gb can't be kept: {stderr}")
