"""A path of a sandbox as text: its parts, and paths made of it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Self

from . import validation


class PathText:
    """What can be said of a path without asking."""

    def __init__(self, path: str) -> None:
        self._path = PurePosixPath(validation.inner_path("path", path))

    def _at(self, path: str | PurePosixPath) -> Self:
        raise NotImplementedError

    def _key(self) -> tuple[object, ...]:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """Its last part."""
        return self._path.name

    @property
    def stem(self) -> str:
        """Its last part without the suffix."""
        return self._path.stem

    @property
    def suffix(self) -> str:
        """What follows the last dot of its last part, with the dot; "" where there is none."""
        return self._path.suffix

    @property
    def parts(self) -> tuple[str, ...]:
        """All its parts."""
        return self._path.parts

    @property
    def parent(self) -> Self:
        """The folder that it is in."""
        return self._at(self._path.parent)

    def joinpath(self, *parts: str) -> Self:
        """The path of something in it; `/` does the same.

        Args:
            parts: What follows; of one that is absolute, that alone.
        """
        return self._at(self._path.joinpath(*parts))

    def __truediv__(self, part: str) -> Self:
        return self.joinpath(part)

    def __str__(self) -> str:
        return str(self._path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathText) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())
