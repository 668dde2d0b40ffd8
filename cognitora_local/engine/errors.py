"""What can go wrong with an engine and its containers."""

from __future__ import annotations

from ..sandbox import CommandError as CommandError


class EngineError(Exception):
    """There is no engine, or a promise can't be kept: the message says why, and what to do."""


class UnlimitedDisk(EngineError):
    """The engine can't limit a container's disk; all its other promises may hold."""

    def __init__(self, why: str = "") -> None:
        super().__init__(
            f"The container engine can't limit the disk of a container{why}. Give it a storage "
            "driver that can (btrfs, or overlay on XFS with project quotas), or run the runtime as "
            "root without --engine, for an engine of its own."
        )


class ImageError(Exception):
    """An image can't be had: the message says what is wrong, and what to do.

    Attributes:
        code: "invalid_image", "image_not_found" or "image_unavailable".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ContainerGone(Exception):
    """The container isn't there any more, or it doesn't run."""


class NotAFile(Exception):
    """The path in the container is no regular file."""


class NotAPlainFile(NotAFile):
    """Nor can it be told from outside what it leads to: a program in the container can."""
