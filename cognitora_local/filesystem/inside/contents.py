"""The bytes of one file, in and out."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress

from cognitora_openapi.packing import rest

from .changes import make_parents

_LOOK = 0o10000000 | os.O_CLOEXEC  # O_PATH: without opening what it is
PERMISSIONS = 0o777
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def opened(path: str, proc: int) -> int:
    """A file, open for reading: what isn't one is never opened.

    Raises:
        OSError: there is none, or it is something else (EISDIR, ENXIO).
    """
    looked = os.open(path, _LOOK)
    try:
        _check(os.fstat(looked).st_mode, path)
        return os.open(f"self/fd/{looked}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    finally:
        os.close(looked)


def read(descriptor: int, begin: bytes, size: int | None, most_bytes: int) -> Iterator[bytes]:
    """The bytes of a file that has begun so.

    Raises:
        EOFError: it has become shorter.
        OSError: EFBIG: it has more than `most_bytes`, which its size didn't say.
    """
    sent = 0
    for piece in rest(descriptor, begin, size):
        sent += len(piece)
        if sent > most_bytes:
            raise OSError(errno.EFBIG, f"it has more than {most_bytes} bytes")
        yield piece


def write(path: str, pieces: Iterable[bytes], mode: int | None) -> int:
    """Write a file, in place of a file that has the name, once all of it has come; its size.

    A link is followed. Without `mode` the permissions of the file that is replaced are kept.
    """
    make_parents(path)
    path = os.path.realpath(path)
    with suppress(FileNotFoundError):
        found = os.stat(path).st_mode
        _check(found, path)
        mode = found & PERMISSIONS if mode is None else mode
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


def _check(mode: int, path: str) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.ENXIO, "it is a pipe, a socket or a device", path)
