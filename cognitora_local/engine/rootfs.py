"""Files in and out of a running container, through its own root folder on this machine.

/proc/PID/root is what the container sees: its disk and what is mounted there. The kernel resolves
every path with that as its root, whatever links the container has made; a file appears whole, and
what can't be finished leaves nothing. It takes the right to look into the container's processes:
root's, or that of the user who runs the engine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import posixpath
import re
import secrets
import stat
import struct
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..filesystem.filesystem import has_mounts
from ..sandbox.work_folder import CHUNK, CREATE, READ, NewFile
from .container_user import ContainerProcess, Owner
from .errors import ContainerGone, EngineError, NotAPlainFile
from .proc import belongs

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_OPENAT2 = 437  # the same on every architecture
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_IN_ROOT = 0x10
_TRIES = 16
_KERNELS = re.compile(r"/(?:proc|sys|dev(?!/shm(?:/|$)))(?:/|$)")

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def new_file(process: ContainerProcess, path: str) -> Iterator[NewFile]:
    """A new file `path` of the container of `process`, there once the block has ended well.

    It belongs to the process' user, as do the folders made on its way. The permissions of a file that
    it replaces are kept.

    Raises:
        PermissionError: this program has no right to; raised before the block is entered.
        NotAPlainFile: a folder, a link or a device has the name, or a file stands on its way.
        OSError: EDQUOT or ENOSPC: it doesn't fit.
        ContainerGone: it doesn't run.
    """
    folder, name = posixpath.split(path)
    temporary = f".upload-{secrets.token_hex(8)}"
    with (
        _telling(path),
        _root(process) as root,
        _closing(_make(root, folder, process.here)) as parent,
    ):
        _check_disk(parent)
        mode = 0o644
        with suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=parent, follow_symlinks=False)
            _check(found, path)
            mode = found.st_mode & 0o777
        unnamed = _unnamed(parent)
        descriptor = (
            os.open(temporary, CREATE, 0o644, dir_fd=parent) if unnamed is None else unnamed
        )
        try:
            os.fchown(descriptor, process.here.user, process.here.group)
            os.fchmod(descriptor, mode)
            yield NewFile(descriptor)
            if unnamed is not None:
                os.link(f"/proc/self/fd/{unnamed}", temporary, dst_dir_fd=parent)
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=parent)
            raise
        finally:
            os.close(descriptor)


def _unnamed(parent: int) -> int | None:
    """A new file that is gone with this program; None where the file system has nothing like it."""
    try:
        return os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o644, dir_fd=parent)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR}:
            raise
        return None


def make_folders(process: ContainerProcess, folders: Iterable[str]) -> None:
    """Have folders of a container there; what is made on their way belongs to its root.

    So does what an engine has made there as the machine's root, who is nobody in a user namespace.

    Raises OSError, NotAPlainFile and ContainerGone.
    """
    with _root(process) as root:
        found = os.fstat(root)
        owner = Owner(found.st_uid, found.st_gid)
        for folder in folders:
            whole = posixpath.normpath("/" + folder)
            for path in (*reversed(_parents(whole)), whole):
                with _telling(path), _closing(_make(root, path, owner)) as made:
                    if os.fstat(made).st_uid == 0 != owner.user:
                        os.fchown(made, owner.user, owner.group)


def _parents(path: str) -> list[str]:
    """The folders above it, the nearest first, without the root itself."""
    return [str(parent) for parent in PurePosixPath(path).parents][:-1]


def get(process: ContainerProcess, path: str) -> HostFile:
    """The file `path` of the container of `process`.

    Raises:
        PermissionError: this program has no right to.
        FileNotFoundError: there is none.
        NotAPlainFile: a folder, a link or a device has the name, or a file stands on its way.
        ContainerGone: it doesn't run.
    """
    with _telling(path), _open(process, path) as descriptor:
        return HostFile(process, path, os.fstat(descriptor).st_size)


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of a container, as long as it was when it was looked at."""

    process: ContainerProcess
    path: str
    size: int

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        left = self.size
        with _telling(self.path), _open(self.process, self.path) as descriptor:
            while left > 0 and (piece := os.read(descriptor, min(CHUNK, left))):
                left -= len(piece)
                yield piece
        if left:
            raise EngineError(f"{self.path} became shorter while it was read.")


@contextmanager
def _open(process: ContainerProcess, path: str) -> Iterator[int]:
    folder, name = posixpath.split(path)
    with _root(process) as root, _closing(openat2(root, folder, _FOLDER)) as parent:
        _check_disk(parent)
        _check(os.stat(name, dir_fd=parent, follow_symlinks=False), path)
        with _closing(os.open(name, READ, dir_fd=parent)) as descriptor:
            _check(os.fstat(descriptor), path)
            yield descriptor


@contextmanager
def _root(process: ContainerProcess) -> Iterator[int]:
    """The container's root folder, and nobody else's who has its process' number now."""
    gone = ContainerGone(f"The container {process.container} doesn't run.")
    try:
        root = os.open(f"/proc/{process.pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError) as error:
        raise gone from error
    except PermissionError as error:  # the kernel says so of one that has just ended, too
        if not belongs(process.pid, process.container):
            raise gone from error
        raise
    with _closing(root):
        if not belongs(process.pid, process.container):
            raise gone
        try:
            yield root
        except (OSError, NotAPlainFile) as error:
            if not has_mounts(process.pid):  # so its files are odd
                raise gone from error
            raise


def _make(root: int, folder: str, owner: Owner) -> int:
    """The folder, open; made, and those around it, when it isn't there."""
    if (descriptor := _find(root, folder)) is not None:
        return descriptor
    paths = [
        str(path) for path in reversed((PurePosixPath(folder), *PurePosixPath(folder).parents))
    ]
    # By halves: the container's links may make each look at a path long.
    missing = bisect_left(paths, True, key=lambda path: not _is_there(root, path))
    missing = max(missing, 1)
    descriptor = openat2(root, paths[missing - 1], _FOLDER)
    for path in paths[missing:]:
        with _closing(descriptor) as parent:
            _check_disk(parent)
            name = posixpath.basename(path)
            os.mkdir(name, 0o755, dir_fd=parent)
            descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        os.fchown(descriptor, owner.user, owner.group)
    return descriptor


def _find(root: int, folder: str) -> int | None:
    try:
        return openat2(root, folder, _FOLDER)
    except FileNotFoundError:
        return None


def _is_there(root: int, folder: str) -> bool:
    if (descriptor := _find(root, folder)) is None:
        return False
    os.close(descriptor)
    return True


def _check_disk(folder: int) -> None:
    """Refuse the kernel's folders: this program has rights there that the container hasn't.

    And what is written there takes this program's memory, without a limit.
    """
    where = os.readlink(f"/proc/self/fd/{folder}")
    if _KERNELS.match(where):
        raise NotAPlainFile(f"{where} isn't on the container's disk")


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Turns what the file system says of a path that is no file's into NotAPlainFile."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENXIO}:
            raise NotAPlainFile(
                f"{path} leads over a link, or over something that is no folder"
            ) from error
        raise


def _check(found: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotAPlainFile(f"{path} is a folder, a link or a device")


def openat2(root: int, path: str, flags: int) -> int:
    """https://man7.org/linux/man-pages/man2/openat2.2.html: Python has no other way to say IN_ROOT."""
    how = struct.pack("=QQQ", flags, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    number = 0
    for _ in range(_TRIES):
        descriptor: int = _libc.syscall(
            ctypes.c_long(_OPENAT2), root, os.fsencode(path), how, ctypes.c_size_t(len(how))
        )
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        if number == errno.ENOSYS:  # before Linux 5.6
            number = errno.EPERM
        # EAGAIN: a link leads upwards and a folder was moved meanwhile, and the kernel couldn't be
        # sure. A container that moves folders without end could have it so for ever.
        if number not in {errno.EAGAIN, errno.EINTR}:
            break
    raise OSError(number, os.strerror(number), path)
