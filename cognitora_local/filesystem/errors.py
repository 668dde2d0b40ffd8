"""Why a file call wasn't done."""

from __future__ import annotations


class FilesystemError(Exception):
    """What the file system of a sandbox says.

    Attributes:
        number: the errno; None where it is something else.
        path: what it says it of, in the sandbox; None where it doesn't say.
    """

    def __init__(self, message: str, number: int | None = None, path: str | None = None) -> None:
        super().__init__(message)
        self.number = number
        self.path = path


class ArchiveRefused(FilesystemError):
    """A tar stream, or a folder, that isn't taken."""


class UnknownUser(FilesystemError):
    """There is no such user or group in the container."""


class FilesystemGone(Exception):
    """The sandbox or container has ended, or ended meanwhile."""


class FilesystemUnreachable(Exception):
    """The way to it is broken now. Whether it was done isn't known."""


class NotPermitted(Exception):
    """This program may not look into the container: it is another user's."""
