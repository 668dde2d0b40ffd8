# Derived from ../_async/sandbox_entry.py by `make generate`: change that, not this.
"""What is at a path of a session or container, asked as of those of `pathlib`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Self

from cognitora_openapi.models import FileEntry

from ..errors import APIError, CognitoraError, ConflictError
from ..path_text import PathText
from ..sandbox_text import InnerPath

OTHER = "not_a_file"
"""The server's word for: something else is there."""

NOTHING_THERE = "file_not_found"
"""The server's word for: nothing is there."""

MISSING = (NOTHING_THERE, OTHER)
"""The server's words for: nothing is there, and nothing can be."""


class SandboxEntry(PathText):
    """The part of a path that tells what is there."""

    def __init__(self, files: Any, id: str, path: InnerPath, user: str | None = None) -> None:
        super().__init__(path)
        self._files = files
        self._id = id
        self._user = user
        self._as: dict[str, str] = {} if user is None else {"user": user}

    def stat(self, *, request_timeout: float | None = None) -> FileEntry:
        """What is there. A symbolic link is told as such, with its target.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            Its `type` (`file`, `folder`, `link` or `other`), `size`, `mode`, `owner`, `modified` and so on.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        return self._found(self, request_timeout)

    def exists(self, *, request_timeout: float | None = None) -> bool:
        """Whether there is something, if only a symbolic link that leads nowhere.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return self._type(request_timeout) is not None

    def is_file(self, *, request_timeout: float | None = None) -> bool:
        """Whether it is a file. Symbolic links aren't followed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return self._type(request_timeout) == "file"

    def is_dir(self, *, request_timeout: float | None = None) -> bool:
        """Whether it is a folder. Symbolic links aren't followed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return self._type(request_timeout) == "folder"

    def is_symlink(self, *, request_timeout: float | None = None) -> bool:
        """Whether it is a symbolic link, wherever it leads.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return self._type(request_timeout) == "link"

    def readlink(self, *, request_timeout: float | None = None) -> PurePosixPath:
        """What the symbolic link says, which may have a `..` in it, as no path of a sandbox may.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            ConflictError: It is no symbolic link.
            CognitoraError: The call failed otherwise.
        """
        target = (self.stat(request_timeout=request_timeout)).target
        if not isinstance(target, str):
            raise something_else(f"{self} is no symbolic link.", "stat_file")
        return PurePosixPath(target)

    def owner(self, *, request_timeout: float | None = None) -> str | None:
        """The name of its owner; None where the sandbox knows none, and `stat` has the number alone.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        return (self.stat(request_timeout=request_timeout)).owner or None

    def group(self, *, request_timeout: float | None = None) -> str | None:
        """The name of its group; None where the sandbox knows none, and `stat` has the number alone.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        return (self.stat(request_timeout=request_timeout)).group or None

    def _found(self, path: Self, request_timeout: float | None) -> FileEntry:
        found: FileEntry = self._files.stat_file(
            self._id, str(path), request_timeout=request_timeout, **self._as
        )
        return found

    def _type(self, request_timeout: float | None) -> str | None:
        try:
            return str((self.stat(request_timeout=request_timeout)).type)
        except APIError as error:
            if is_missing(error):
                return None
            raise

    def _at(self, path: str | PurePosixPath) -> Self:
        return type(self)(self._files, self._id, str(path), self._user)

    def _key(self) -> tuple[object, ...]:
        return type(self), self._id, str(self), self._user


def something_else(message: str, operation: str) -> ConflictError:
    """The error that the server would give, had it known what was asked of it."""
    return ConflictError(message, code=OTHER, operation=operation)


def is_missing(error: CognitoraError) -> bool:
    """Whether the server says that there is nothing."""
    return error.code in MISSING
