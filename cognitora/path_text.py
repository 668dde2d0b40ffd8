"""A path of a sandbox as text: its parts, and paths made of it."""

from __future__ import annotations

import codecs
from pathlib import PurePosixPath
from typing import Self

from . import validation
from .errors import InvalidRequestError
from .sandbox_text import InnerPath, SandboxText, as_text


class PathText(SandboxText):
    """What can be said of a path without asking."""

    def __init__(self, path: InnerPath) -> None:
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

    def joinpath(self, *parts: InnerPath) -> Self:
        """The path of something in it; `/` does the same.

        Args:
            parts: What follows; of one that is absolute, that alone.

        Returns:
            The path. Nothing is asked for.
        """
        texts = [validation.text("part", as_text(part)) for part in parts]
        return self._at(self._path.joinpath(*texts))

    def __truediv__(self, part: InnerPath) -> Self:
        return self.joinpath(part)

    def __str__(self) -> str:
        return str(self._path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathText) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def check_encoding(encoding: str, errors: str = "strict") -> None:
    """Raises InvalidRequestError where there is no such encoding of text, or no such word for its errors."""
    validation.text("encoding", encoding, shortest=1)
    validation.text("errors", errors, shortest=1)
    try:
        "".encode(encoding, errors)
        codecs.lookup_error(errors)
    except (LookupError, ValueError) as error:
        raise InvalidRequestError(f"{error}, of text at least.") from None


def encoded(data: str, encoding: str) -> bytes:
    """A text's bytes. Raises InvalidRequestError where it can't be written so."""
    check_encoding(encoding)
    if not isinstance(data, str):
        raise InvalidRequestError(f"data must be a string, not {type(data).__name__}.")
    try:
        return data.encode(encoding)
    except ValueError as error:
        raise InvalidRequestError(f"data can't be written as {encoding}: {error}.") from None
