"""Files as Inspect asks for them: by the errors of Python's own files, and no more of them than it allows."""

from __future__ import annotations

import errno
import posixpath
import stat
from typing import TYPE_CHECKING

from inspect_ai.util import OutputLimitExceededError, SandboxEnvironmentLimits

from ... import APIError, ConflictError, FileTooLargeError, NotFoundError, PermissionDeniedError
from ..files import os_error
from ..gone import is_gone

if TYPE_CHECKING:
    from ... import AsyncSandboxPath
    from ..commands import Sandbox


REFUSALS = (NotFoundError, ConflictError, PermissionDeniedError)


async def read(sandbox: Sandbox, file: str) -> bytes:
    """The bytes of a file.

    Raises:
        OSError: As `open` would raise it.
        OutputLimitExceededError: It is too long.
        CognitoraError: The call failed otherwise.
    """
    path = sandbox.path(posixpath.normpath(file))
    try:
        await _check(path, file, stat.S_IRUSR)
        return await path.read_bytes(max_bytes=SandboxEnvironmentLimits.MAX_READ_FILE_SIZE)
    except FileTooLargeError as error:
        limit = SandboxEnvironmentLimits.MAX_READ_FILE_SIZE_STR
        raise OutputLimitExceededError(limit, None) from error
    except REFUSALS as error:
        raise await _os_error(error, path, file) from error


async def write(sandbox: Sandbox, file: str, contents: bytes) -> None:
    """Writes a file, and the folders that it is to be in.

    Raises:
        OSError: As `open` would raise it.
        CognitoraError: The call failed otherwise.
    """
    path = sandbox.path(posixpath.normpath(file))
    try:
        try:
            await _check(path, file, stat.S_IWUSR)
            await path.write_bytes(contents)
        except NotFoundError as error:
            if is_gone(error):
                raise
            await path.parent.mkdir(parents=True, exist_ok=True)
            await path.write_bytes(contents)
    except REFUSALS as error:
        raise await _os_error(error, path, file) from error


async def _check(path: AsyncSandboxPath, file: str, allowed: int) -> None:
    """Raises what its owner's program would be told: the service reads and writes whatever the mode is."""
    entry = await path.stat()
    if entry.type == "folder":
        raise IsADirectoryError(errno.EISDIR, "Is a directory", file)
    by_root = allowed == stat.S_IWUSR and entry.uid == 0  # who may write any
    if entry.type == "file" and not by_root and not (entry.mode or 0) & allowed:
        raise PermissionError(errno.EACCES, "Permission denied", file)


async def _os_error(error: APIError, path: AsyncSandboxPath, file: str) -> Exception:
    """What Python would raise of a file that the service refuses."""
    if (found := os_error(error, file)) is not None:
        return found
    if error.code != "not_a_file":
        return error
    try:
        if await path.is_dir():
            return IsADirectoryError(errno.EISDIR, "Is a directory", file)
    except ConflictError:
        return NotADirectoryError(errno.ENOTDIR, "Not a directory", file)
    return PermissionError(errno.EACCES, error.message, file)
