"""A path of a sandbox as text: its parts, and paths made of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import total_ordering
from pathlib import PurePosixPath
from typing import Self, TypeVar

from . import validation
from .errors import InvalidRequestError
from .sandbox_text import InnerPath, SandboxText, as_text

T = TypeVar("T")


@total_ordering
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
    def suffixes(self) -> list[str]:
        """All the suffixes of its last part."""
        return self._path.suffixes

    @property
    def anchor(self) -> str:
        """`/` where it is absolute, else ""."""
        return self._path.anchor

    @property
    def parts(self) -> tuple[str, ...]:
        """All its parts."""
        return self._path.parts

    @property
    def parent(self) -> Self:
        """The folder that it is in."""
        return self._at(self._path.parent)

    @property
    def parents(self) -> tuple[Self, ...]:
        """The folders that it is in, the nearest first."""
        return tuple(map(self._at, self._path.parents))

    def is_absolute(self) -> bool:
        """Whether it begins at the root of the sandbox.

        Returns:
            True; False of one that begins in the work folder.
        """
        return self._path.is_absolute()

    def is_relative_to(self, other: InnerPath) -> bool:
        """Whether it is another path or below it.

        Args:
            other: The other path.

        Returns:
            Whether, by their texts alone.
        """
        return self._of(self._path.is_relative_to, other=other)

    def relative_to(self, other: InnerPath) -> Self:
        """What leads from another path to it, by their texts.

        Args:
            other: The path that it is below of.

        Returns:
            The relative path.

        Raises:
            InvalidRequestError: It isn't below.
        """
        return self._at(self._of(self._path.relative_to, other=other))

    def match(self, pattern: str) -> bool:
        """Whether it is as a pattern says, or ends so where that is relative: `match` of `pathlib`.

        Args:
            pattern: Such as `*.csv`; `*` is of one part.

        Returns:
            Whether it is.

        Raises:
            InvalidRequestError: The pattern is empty.
        """
        return self._of(self._path.match, pattern=pattern)

    def with_name(self, name: str) -> Self:
        """The path with another last part.

        Args:
            name: The last part.

        Returns:
            The path. Nothing is renamed.

        Raises:
            InvalidRequestError: It has no last part, or that can't be one.
        """
        return self._at(self._of(self._path.with_name, name=name))

    def with_stem(self, stem: str) -> Self:
        """The path with another last part that has the same suffix.

        Args:
            stem: The last part without the suffix.

        Returns:
            The path. Nothing is renamed.

        Raises:
            InvalidRequestError: It has no last part, or that can't be one.
        """
        return self._at(self._of(self._path.with_stem, stem=stem))

    def with_suffix(self, suffix: str) -> Self:
        """The path with another suffix.

        Args:
            suffix: With its dot; "" for none.

        Returns:
            The path. Nothing is renamed.

        Raises:
            InvalidRequestError: It has no last part, or that can't be a suffix.
        """
        return self._at(self._of(self._path.with_suffix, suffix=suffix))

    def as_posix(self) -> str:
        """Its text.

        Returns:
            The same as `str` gives.
        """
        return str(self)

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

    def __rtruediv__(self, folder: InnerPath) -> Self:
        return self._at(validation.inner_path("folder", folder)) / self

    def __lt__(self, other: object) -> bool:
        return self._path < other._path if isinstance(other, PathText) else NotImplemented

    def _of(self, method: Callable[..., T], **given: object) -> T:
        """What `pathlib` makes of the text and what is given, which is checked."""
        checked = [validation.text(name, as_text(value)) for name, value in given.items()]
        texts = map(str.__str__, checked)  # of a class derived from it pathlib takes not all
        try:
            return method(*texts)
        except ValueError as error:
            raise InvalidRequestError(f"{error}.") from None

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
