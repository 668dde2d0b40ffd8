"""Whether a folder can be sent, known before anything of it is."""

from __future__ import annotations

import errno
import os
import stat

from cognitora_openapi.packing import found_in
from cognitora_openapi.tar import MOST_MEMBERS, ArchiveError


def check(folder: str, most_bytes: int) -> None:
    """Look through all of a folder before anything of it is sent.

    Raises:
        OSError: something can't be read.
        ArchiveError: there is too much.
    """
    size = 0
    for count, (path, found) in enumerate(found_in(folder)):
        size += found.st_size if stat.S_ISREG(found.st_mode) else 0
        if count > MOST_MEMBERS:
            raise ArchiveError(f"it has more than {MOST_MEMBERS} files, folders and links")
        if size > most_bytes:
            raise ArchiveError(f"its files have more than {most_bytes} bytes")
        rights = os.R_OK | os.X_OK if stat.S_ISDIR(found.st_mode) else os.R_OK
        if not stat.S_ISLNK(found.st_mode) and not os.access(path, rights, effective_ids=True):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
