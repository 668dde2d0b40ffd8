"""Files on their way from a sandbox into a program that agents work for, with the errors that Python has."""

from __future__ import annotations

import errno
import os

from .. import CognitoraError, FileTooLargeError, NotFoundError, PermissionDeniedError
from .gone import is_gone

MOST_BYTES = 256 * 1024 * 1024
"""Of a file that is read whole into memory, where the framework has no limit of its own: a sandbox may say
of a file what it wants, and write on while it is read."""

_NUMBERS: tuple[tuple[type[CognitoraError], int], ...] = (
    (NotFoundError, errno.ENOENT),
    (PermissionDeniedError, errno.EACCES),
    (FileTooLargeError, errno.EFBIG),
)


def os_error(error: CognitoraError, path: object) -> OSError | None:
    """What Python would raise of a file that the service refuses; None where it is nothing of that kind."""
    if is_gone(error):
        return None
    for kind, number in _NUMBERS:
        if isinstance(error, kind):
            return OSError(number, os.strerror(number), str(path))
    return None
