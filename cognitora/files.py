"""Local files on their way to a sandbox and back."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import InvalidRequestError

Source = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO
Target = str | os.PathLike[str] | BinaryIO | None

PIECE = 192 * 1024
"""Bytes in one piece; 256 KiB in base64, well under the limits of bodies and of outputs."""

BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows' word for: leave line ends alone."""

TRANSFER_SECONDS = 600.0
"""How long the transfer of a file may take in all, unless the caller says otherwise."""


class Upload:
    """What is uploaded, read in pieces, at least one, from its start each time that it is iterated.

    Args:
        source: Bytes, the path of a local file, or a binary file object, read from where it stands.

    Attributes:
        size: The number of bytes.

    Raises:
        InvalidRequestError: It can't be read.
    """

    def __init__(self, source: Source) -> None:
        self._file = _opened(source)
        self._own = self._file is not source
        self._start = self._file.tell()
        self.size = self._file.seek(0, io.SEEK_END) - self._start

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._start)
        left = self.size
        if not left:
            yield b""
        while left and (piece := self._file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import asyncio  # only where it is in use anyway

        pieces = iter(self)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    def close(self) -> None:
        """Closes the file, unless it is the caller's."""
        if self._own:
            self._file.close()


def _opened(source: Source) -> BinaryIO:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        try:
            return Path(source).open("rb")
        except OSError as error:
            raise InvalidRequestError(
                f"The file {os.fspath(source)!r} can't be read: {error.strerror}. To send the text "
                "itself, pass text.encode()."
            ) from None
    if not hasattr(source, "read") or _is_text(source):
        raise InvalidRequestError(
            "The source must be bytes, a path, or a file that is open in binary mode ('rb')."
        )
    if source.seekable():
        return source
    # An attempt that fails must be able to start again.
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `Upload.close`
    shutil.copyfileobj(source, spool, PIECE)
    spool.seek(0)
    return spool


def _is_text(file: object) -> bool:
    return isinstance(file, io.TextIOBase)


class Download:
    """Where a download goes: into memory, into a file that appears when it is whole, or a file object.

    Args:
        target: None, the path of a local file, or a binary file object.

    Raises:
        InvalidRequestError: It can't be written.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._path: Path | None = None
        self._part: Path | None = None
        if target is None:
            self._file: BinaryIO = io.BytesIO()
        elif isinstance(target, (str, os.PathLike)):
            self._path = Path(target)
            self._part, self._file = _part_of(self._path)
        elif hasattr(target, "write") and not _is_text(target):
            self._file = target
        else:
            raise InvalidRequestError(
                "The target must be None, a path, or a file that is open in binary mode ('wb')."
            )

    def write(self, piece: bytes) -> None:
        """Takes the next piece."""
        self._file.write(piece)

    def finish(self) -> bytes | Path | BinaryIO:
        """Ends a download that is whole: the bytes, the path, or the file object."""
        if isinstance(self._file, io.BytesIO) and self._target is None:
            return self._file.getvalue()
        if self._path is None or self._part is None:
            return self._file
        self._file.close()
        self._part.replace(self._path)
        self._part = None
        return self._path

    def close(self) -> None:
        """Leaves nothing behind of a download that isn't whole."""
        if self._part is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)


def _part_of(path: Path) -> tuple[Path, BinaryIO]:
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder; name the file in it")
        part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
        # With the permissions of any file that the caller makes, not as private as tempfile's.
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, 0o666)
    except OSError as error:
        raise InvalidRequestError(f"{str(path)!r} can't be written: {error.strerror}.") from None
    return part, os.fdopen(handle, "wb")
