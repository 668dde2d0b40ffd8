"""The bytes of one file, in and out."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress

from .changes import make_parents
from .frames import PIECE

_LOOK = 0o10000000 | os.O_CLOEXEC  # O_PATH: without opening what it is
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def opened(path: str, proc: int) -> int:
    """A file, open for reading: what isn't one is never opened.

    Raises:
        OSError: there is none, or it is something else (EISDIR, ENXIO).
    """
    looked = os.open(path, _LOOK)
    try:
        mode = os.fstat(looked).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(mode):
            raise OSError(errno.ENXIO, "it is a pipe, a socket or a device", path)
        return os.open(f"self/fd/{looked}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    finally:
        os.close(looked)


def read(descriptor: int, size: int) -> Iterator[bytes]:
    """The bytes of an open file, as many as it had. Raises EOFError where it has become shorter."""
    left = size
    while left and (piece := os.read(descriptor, min(PIECE, left))):
        left -= len(piece)
        yield piece
    if left:
        raise EOFError("it became shorter while it was read")


def write(path: str, pieces: Iterable[bytes], mode: int | None) -> int:
    """Write a file, in place of a file that has the name, once all of it has come; its size.

    A link is followed.
    """
    make_parents(path)
    path = os.path.realpath(path)
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    make_parents(path)
    aside = posixpath.join(posixpath.dirname(path), f".upload-{os.urandom(8).hex()}")
    descriptor = os.open(aside, _CREATE, 0o644)
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            os.fchmod(descriptor, mode)
        os.rename(aside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
    finally:
        os.close(descriptor)
    return size
