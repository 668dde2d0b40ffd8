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

MOST_UNSIZED = 64 * 1024 * 1024
"""Bytes of a file that are kept to learn how many it has, where the system doesn't say so."""

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
        ArchiveError: a file has become shorter while it was read, or has no end that is known.
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
        begin, size = begun(descriptor)
        if size is None:
            begin = _whole(descriptor, begin, name)
            size = len(begin)
        yield header(Member(name, FILE, size, stat.S_IMODE(found.st_mode), int(found.st_mtime)))
        yield from rest(descriptor, begin, size)
        yield padding(size)
    except EOFError as error:
        raise ArchiveError(f"{name}: {error}") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    finally:
        os.close(descriptor)


def begun(descriptor: int) -> tuple[bytes, int | None]:
    """What a file begins with, and how many bytes it has; None where its end alone tells.

    A small file is read whole, whatever the system says of its size: for those of /proc that is nothing, and
    for those of /sys a page.
    """
    said = os.fstat(descriptor).st_size
    begin = bytearray()
    while said <= PIECE and len(begin) <= PIECE:
        piece = os.read(descriptor, PIECE)
        if not piece:
            return bytes(begin), len(begin)
        begin += piece
    said = os.fstat(descriptor).st_size  # it may be one that grows
    return bytes(begin), said if said >= len(begin) else None


def rest(descriptor: int, begin: bytes, size: int | None) -> Iterator[bytes]:
    """The bytes of a file that has `begun` so: as many as it had, or all to its end.

    Raises:
        EOFError: It has become shorter.
    """
    for start in range(0, len(begin), PIECE):
        yield begin[start : start + PIECE]
    if size is None:
        while piece := os.read(descriptor, PIECE):
            yield piece
        return
    left = size - len(begin)
    while left and (piece := os.read(descriptor, min(PIECE, left))):
        left -= len(piece)
        yield piece
    if left:
        raise EOFError("it became shorter while it was read")


def _whole(descriptor: int, begin: bytes, name: str) -> bytes:
    held = bytearray()
    for piece in rest(descriptor, begin, None):
        held += piece
        if len(held) > MOST_UNSIZED:
            raise ArchiveError(
                f"{name} has more than {MOST_UNSIZED} bytes, and the system doesn't say how many: "
                "leave it out, or take it by itself"
            )
    return bytes(held)


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
