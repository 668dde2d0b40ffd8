"""Making, moving, removing and changing files and folders, by the rights of whoever this program is."""

from __future__ import annotations

import ctypes
import errno
import os
import posixpath
import stat
from contextlib import suppress

from cognitora_openapi.packing import packed

from .names import Names
from .sights import FOLDER, changed, look, remove_seen
from .unpacking import Unpacking

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY)

_libc = ctypes.CDLL(None, use_errno=True)


def make_folder(path: str, mode: int | None, *, exclusive: bool) -> None:
    """Make a folder, and those on its way."""
    make_parents(path)
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        if exclusive or not stat.S_ISDIR(os.stat(path).st_mode):
            raise
        return
    if mode is not None:
        os.chmod(path, mode)


def make_parents(path: str) -> None:
    """Make the folders on the way to `path`."""
    missing = []
    folder = posixpath.dirname(path)
    while folder != "/":
        try:
            found = os.stat(folder)
        except FileNotFoundError:
            missing.append(folder)
            folder = posixpath.dirname(folder)
            continue
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
        break
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o755)


def move(source: str, target: str, *, replace: bool) -> None:
    """Rename, or copy and remove where the two are on different file systems."""
    if f"{target}/".startswith(f"{source}/") and target != source:
        raise OSError(errno.EINVAL, "a folder can't be moved into itself", target)
    os.lstat(source)
    make_parents(target)
    try:
        _rename(source, target, replace=replace)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(source, target, replace=replace)


def remove(path: str, *, recursive: bool) -> None:
    """Remove a file, a link, or a folder: an empty one, or `recursive` with all in it."""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(path)
        return
    if path == "/" or os.lstat(posixpath.dirname(path)).st_dev != found.st_dev:
        raise OSError(errno.EBUSY, "something is mounted there, or it is the sandbox's own", path)
    if recursive:
        _empty(path)
    os.rmdir(path)


def change(
    path: str, mode: int | None, owner: str | None, modified: float | None, names: Names
) -> None:
    """Raises LookupError where there is no such owner."""
    if owner is not None:
        os.chown(path, *names.owner(owner))
    if mode is not None:  # last: the kernel takes some bits away with the owner
        os.chmod(path, mode)
    if modified is not None:
        os.utime(path, (modified, modified))


def _rename(source: str, target: str, *, replace: bool) -> None:
    if replace:
        try:
            os.rename(source, target)
        except OSError as error:
            raise _failed(error.errno or 0, source, target) from None
        return
    paths = os.fsencode(source), os.fsencode(target)
    if _libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in {errno.ENOSYS, errno.EINVAL}:  # of a file system that knows no such thing
        raise _failed(number, source, target)
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    os.rename(source, target)


def _failed(number: int, source: str, target: str) -> OSError:
    """Why a rename wasn't done: of which of the two, the kernel doesn't say."""
    path = target
    if number in _NOT_ALLOWED and (
        not _may_write(posixpath.dirname(source))
        or (_may_write(posixpath.dirname(target)) and not os.path.lexists(target))
    ):
        path = source
    return OSError(number, os.strerror(number), path)


def _may_write(folder: str) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=True)


def _carry(source: str, target: str, *, replace: bool) -> None:
    """Copy to beside the target, rename what is whole, and remove of the source what was copied."""
    if not replace and os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    seen = look(source)
    aside = posixpath.join(posixpath.dirname(target), f".move-{os.urandom(8).hex()}")
    os.mkdir(aside, 0o700)
    unpacking = Unpacking(aside)
    try:
        for piece in packed(posixpath.dirname(source), posixpath.basename(source)):
            unpacking.write(piece)
        unpacking.finish()
        if look(source) != seen:
            raise changed(source, "nothing was moved; move it again")
        _rename(posixpath.join(aside, posixpath.basename(source)), target, replace=replace)
    finally:
        unpacking.close()
        _empty(aside)
        os.rmdir(aside)
    if (left := remove_seen(source, seen)) is not None:
        raise changed(left, f"what is new was left here, all else is at {target}")


def _empty(path: str) -> None:
    """Remove what is in a folder, however deep, without following links."""
    waiting = [os.open(path, FOLDER)]
    names = [""]
    try:
        while waiting:
            deeper = _remove_files(waiting[-1])
            if deeper is not None:
                names.append(deeper)
                waiting.append(os.open(deeper, FOLDER, dir_fd=waiting[-1]))
                continue
            os.close(waiting.pop())
            name = names.pop()
            if waiting:
                os.rmdir(name, dir_fd=waiting[-1])
    except OSError as error:  # which knows the last part alone
        name = error.filename if isinstance(error.filename, str) else ""
        below = posixpath.join(path, *names[1 : len(waiting)], name)
        raise OSError(error.errno, error.strerror, below) from None
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def _remove_files(folder: int) -> str | None:
    """Remove what is no folder; a folder that is left in there, if there is one."""
    with os.scandir(folder) as scanned:
        for each in scanned:
            if each.is_dir(follow_symlinks=False):
                try:
                    os.rmdir(each.name, dir_fd=folder)
                except OSError as error:
                    if error.errno != errno.ENOTEMPTY:
                        raise
                    return each.name
            else:
                os.unlink(each.name, dir_fd=folder)
    return None
