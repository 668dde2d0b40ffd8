"""How a file is opened: the modes of the built-in `open`."""

from __future__ import annotations

import io
from typing import IO, Any

from cognitora_openapi.shown import shown

from . import validation
from .errors import InvalidRequestError
from .path_text import check_encoding

NEWLINES = (None, "", "\n", "\r", "\r\n")


class OpenMode:
    """A mode, and how text is read and written.

    Attributes:
        kind: `r`, `w`, `a` or `x`.
        writes: Whether what is in the file may be changed.
    """

    def __init__(
        self, mode: str, encoding: str | None, errors: str | None, newline: str | None
    ) -> None:
        letters = sorted(validation.text("mode", mode))
        kinds = [each for each in letters if each in "rwax"]
        if len(kinds) != 1 or len(set(letters)) < len(letters) or set(letters) - {*"rwaxbt+"}:
            raise InvalidRequestError(
                f"mode must be one such as 'r', 'wb' or 'a+', not {shown(mode)}."
            )
        self.kind = kinds[0]
        self.writes = self.kind != "r" or "+" in letters
        self._reads = self.kind == "r" or "+" in letters
        self._binary = "b" in letters
        usual = None if self._reads else "\n"  # which a sandbox has, whatever this machine has
        ends = usual if newline is None else newline
        self._text: dict[str, Any] = {
            "encoding": encoding or "utf-8",
            "errors": errors,
            "newline": ends,
        }
        if self._binary and ("t" in letters or any((encoding, errors, newline))):
            raise InvalidRequestError(
                "A file that is opened for bytes has no text, encoding or newline."
            )
        check_encoding(encoding or "utf-8", errors or "strict")
        if newline not in NEWLINES:
            raise InvalidRequestError(f"newline must be one of {NEWLINES}, not {shown(newline)}.")

    def opened(self, kept: IO[bytes]) -> IO[Any]:
        """The file object for what is kept here meanwhile."""
        buffered: Any = _Kept(kept, reads=self._reads, writes=self.writes, appends=self.kind == "a")
        return buffered if self._binary else io.TextIOWrapper(buffered, **self._text)


class _Kept(io.BufferedIOBase):
    """What is kept, to be used in the ways of a mode. It outlives this: `close` leaves it open."""

    def __init__(self, kept: IO[bytes], *, reads: bool, writes: bool, appends: bool) -> None:
        self._kept = kept
        self._reads = reads
        self._writes = writes
        self._appends = appends

    def readable(self) -> bool:
        return self._reads

    def writable(self) -> bool:
        return self._writes

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        self._check(self._reads, "reading")
        return self._kept.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        self._check(self._reads, "reading")
        return self._kept.readline(-1 if size is None else size)

    def write(self, data: Any, /) -> int:
        self._check(self._writes, "writing")
        if self._appends:
            self._kept.seek(0, io.SEEK_END)
        return self._kept.write(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._check(True, "")
        self._kept.seek(offset, whence)
        return self._kept.tell()

    def tell(self) -> int:
        self._check(True, "")
        return self._kept.tell()

    def truncate(self, size: int | None = None, /) -> int:
        self._check(self._writes, "writing")
        size = self._kept.tell() if size is None else size
        self._kept.truncate(size)
        at = self._kept.tell()
        missing = size - self._kept.seek(0, io.SEEK_END)
        self._kept.write(bytes(missing))  # what is in memory isn't made longer by itself
        self._kept.seek(at)
        return size

    def _check(self, may: bool, what: str) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if not may:
            raise io.UnsupportedOperation(f"The file isn't open for {what}.")
