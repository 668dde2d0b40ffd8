"""A folder as a tar stream, or one thing in it. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Iterator

from .tar import (
    END,
    FILE,
    FOLDER,
    LINK,
    ArchiveError,
    Member,
    header,
    padding,
)

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)  # or something else has its name meanwhile
PIECE = 256 * 1024
"""Bytes of a file in one piece."""

_READ = os.O_RDONLY
for _flag in (
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "O_CLOEXEC",
    "O_BINARY",
):  # of which Windows has the last alone
    _READ |= getattr(os, _flag, 0)


def packed(folder: str, only: str = "") -> Iterator[bytes]:
    """The stream of a folder with all in it, or of what is in it under the name `only`.

    What is neither file, folder nor link is left out, and what goes away meanwhile.

    Raises:
        OSError: something can't be read.
        ArchiveError: a file has become shorter while it was read.
    """
    for path, found in found_in(posixpath.join(folder, only) if only else folder):
        kind = _kind(found)
        name = path[len(folder.rstrip("/")) + 1 :] if path != folder else ""
        mode, modified = stat.S_IMODE(found.st_mode), int(found.st_mtime)
        if kind == FILE:
            yield from _file(path, name)
        elif kind == LINK:
            yield from _link(path, name, modified)
        elif name:
            yield header(Member(name, FOLDER, 0, mode, modified))
    yield END


def _link(path: str, name: str, modified: int) -> Iterator[bytes]:
    try:
        target = os.readlink(path)
    except OSError as error:
        if error.errno in {*_GONE, errno.EINVAL}:
            return
        raise
    yield header(Member(name, LINK, 0, 0o777, modified, target))


def _file(path: str, name: str) -> Iterator[bytes]:
    try:
        descriptor = os.open(path, _READ)
    except OSError as error:
        if error.errno in _GONE:
            return
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return
        yield header(
            Member(name, FILE, found.st_size, stat.S_IMODE(found.st_mode), int(found.st_mtime))
        )
        left = found.st_size
        while left and (piece := os.read(descriptor, min(PIECE, left))):
            left -= len(piece)
            yield piece
        if left:
            raise ArchiveError(f"{name} became shorter while it was read")
        yield padding(found.st_size)
    finally:
        os.close(descriptor)


def found_in(path: str) -> Iterator[tuple[str, os.stat_result]]:
    """What there is to pack of `path`, a folder before what is in it."""
    waiting = [path]
    while waiting:
        path = waiting.pop()
        try:
            found = os.lstat(path)
            below = _names(path) if stat.S_ISDIR(found.st_mode) else []
        except OSError as error:
            if error.errno in _GONE:
                continue
            raise
        if _kind(found) is not None:
            yield path, found
        waiting += [posixpath.join(path, name) for name in below]


def _names(folder: str) -> list[str]:
    """What is in it, the last first."""
    with os.scandir(folder) as scanned:
        return sorted((each.name for each in scanned), reverse=True)


def _kind(found: os.stat_result) -> str | None:
    return {stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER, stat.S_IFLNK: LINK}.get(
        stat.S_IFMT(found.st_mode)
    )
