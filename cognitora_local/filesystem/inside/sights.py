"""What is at a path before it goes to another file system: that alone is removed once it is there."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from itertools import groupby

from cognitora_openapi.tar import MOST_MEMBERS, ArchiveError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # or something else has its name meanwhile


class Sight:
    """What is at a path, as far as a move has to know whether it is still the same."""

    __slots__ = ("changed", "same")

    def __init__(self, found: os.stat_result) -> None:
        self.same: tuple[int, ...] = (found.st_ino, found.st_mode, found.st_uid, found.st_gid)
        self.changed = 0
        if not stat.S_ISDIR(found.st_mode):
            self.same += (found.st_size, found.st_mtime_ns)
            self.changed = (
                found.st_ctime_ns
            )  # which changes when another name of it is removed, too

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sight) and (self.same, self.changed) == (other.same, other.changed)

    __hash__ = None  # type: ignore[assignment]  # it is compared, and nothing else


def look(source: str) -> dict[str, Sight]:
    """All that is there, a folder before what is in it.

    Raises:
        OSError: something that can't be carried to another file system, or goes away meanwhile.
        ArchiveError: it is more than can be carried.
    """
    device = os.lstat(source).st_dev
    seen: dict[str, Sight] = {}
    waiting = [source]
    while waiting:
        path = waiting.pop()
        try:
            found = os.lstat(path)
            if stat.S_ISDIR(found.st_mode):
                with os.scandir(path) as scanned:
                    waiting += [each.path for each in scanned]
        except OSError as error:
            if error.errno in _GONE:
                raise changed(path, "nothing was moved; move it again") from None
            raise
        _check(path, found, device)
        seen[path] = Sight(found)
        if len(seen) > MOST_MEMBERS:
            raise ArchiveError(f"it has more than {MOST_MEMBERS} members")
    return seen


def remove_seen(source: str, seen: dict[str, Sight]) -> str | None:
    """Remove what is as it was seen, without following links; a path that is left, if there is one."""
    left = None
    for folder, paths in groupby(reversed(seen), posixpath.dirname):
        try:
            here = _opened(posixpath.dirname(source), folder)
        except OSError as error:
            if error.errno not in _GONE:
                raise
            left = folder
            continue
        try:
            for path in paths:
                if not _removed(posixpath.basename(path), here, seen[path]):
                    left = path
        finally:
            os.close(here)
    return left


def changed(path: str, so: str) -> OSError:
    return OSError(
        errno.EAGAIN, f"it changed while it was moved to another file system: {so}", path
    )


def _check(path: str, found: os.stat_result, device: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        if found.st_dev != device:
            raise OSError(errno.EBUSY, "something is mounted there", path)
    elif not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        said = "it is a pipe, a socket or a device, which can't go to another file system; remove it first"
        raise OSError(errno.EOPNOTSUPP, said, path)


def _opened(top: str, folder: str) -> int:
    """A folder that is `top` or below."""
    here = os.open(top, FOLDER & ~os.O_NOFOLLOW)
    for name in folder[len(top) :].split("/"):
        if name:
            try:
                deeper = os.open(name, FOLDER, dir_fd=here)
            finally:
                os.close(here)
            here = deeper
    return here


def _removed(name: str, folder: int, seen: Sight) -> bool:
    """Whether it is gone, which it isn't where it is another, or has something new in it."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if Sight(found).same != seen.same:
            return False
        if stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        return False
    return True
