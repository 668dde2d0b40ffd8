"""Files on their way from a sandbox into a local file, a pipe or memory."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import time
from contextlib import suppress
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import CognitoraError, FileTooLargeError, InvalidRequestError
from .files import Target, Writable, kind_of, reason, shown
from .pipes import GLANCE_SECONDS, may_stall, write

if TYPE_CHECKING:
    from .deadline import Deadline

BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows' word for: leave line ends alone."""

READER_SECONDS = 10.0
"""How long a download waits for somebody to read from the named pipe that it goes to."""


class Download:
    """Where a download goes: into memory, into a file that appears when it is whole, or a file object.

    A path is followed through symbolic links, and a file that is there keeps its mode. What is there and is
    no ordinary file, such as a named pipe or a device, is written to as it is.

    Args:
        target: None, the path of a local file, or a file that is open for writing bytes.
        deadline: Until when it may take.
    """

    def __init__(self, target: Target, deadline: Deadline) -> None:
        self._target = target
        self._deadline = deadline
        self._path: Path | None = None
        self._part: Path | None = None
        self._own = True
        self._file: Any = None

    def open(self) -> None:
        """Opens it.

        Raises:
            InvalidRequestError: It can't be written.
        """
        target = self._target
        if target is None:
            self._file = io.BytesIO()
        elif isinstance(target, (str, os.PathLike)):
            try:
                self._path = Path(target)
                self._open_path(self._path)
            except (OSError, ValueError, TypeError) as error:
                why = reason(error)
                raise InvalidRequestError(f"{shown(target)} can't be written: {why}.") from None
        else:
            self._own, self._file = False, _checked(target)

    def write(self, piece: bytes) -> None:
        """Takes the next piece.

        Raises:
            APITimeoutError: A pipe has stalled.
            CognitoraError: It can't be written: the disk is full, say.
        """
        try:
            write(self._file, piece, self._deadline)
        except CognitoraError:
            raise
        except (OSError, ValueError) as error:
            raise self._failed(error) from None

    def finish(self) -> bytes | Path | Any:
        """Ends a download that is whole: the bytes, the path, or the file object."""
        if self._path is None:
            return self._file.getvalue() if self._own else self._file
        try:
            self._file.close()
            if self._part is not None:
                self._part.replace(self._place)
                self._part = None
        except OSError as error:
            raise self._failed(error) from None
        return self._path

    def close(self) -> None:
        """Leaves nothing behind of a download that isn't whole."""
        if self._path is not None and self._file is not None:
            with suppress(OSError):  # what was still to be written can't be
                self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)

    def _open_path(self, path: Path) -> None:
        try:
            old = path.stat()
        except FileNotFoundError:  # or a link to what isn't there yet
            old = None
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(None, "it is a folder; name the file in it")
        if old is not None and not stat.S_ISREG(old.st_mode):
            # Without a buffer, which would be written when it is closed, however long that takes.
            handle = _writing_end(path, old.st_mode, self._deadline)
            self._file = os.fdopen(handle, "wb", buffering=0)
            return
        self._place = Path(os.path.realpath(path))
        self._part = self._place.with_name(f".cognitora-{secrets.token_hex(8)}")
        # With the permissions of any file that the caller makes, not as private as tempfile's.
        kept = 0o666 if old is None else 0o600
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, kept)
        self._file = os.fdopen(handle, "wb")
        if old is not None:
            try:
                self._part.chmod(stat.S_IMODE(old.st_mode) & 0o777)
            except OSError:
                self.close()
                raise

    def _failed(self, error: Exception) -> CognitoraError:
        where = "The target" if self._path is None else shown(self._path)
        return CognitoraError(f"{where} can't be written: {reason(error)}.")


class Limited(io.BytesIO):
    """Memory that takes a download of so many bytes, whatever the server had said of its size.

    Args:
        name: What the file is called.
        max_bytes: How many it may have.
    """

    def __init__(self, name: str, max_bytes: int) -> None:
        super().__init__()
        self._name = name
        self._max_bytes = max_bytes

    def write(self, piece: Any) -> int:
        """Takes the next piece.

        Raises:
            FileTooLargeError: There are too many.
        """
        if self.tell() + len(piece) > self._max_bytes:
            raise FileTooLargeError(
                f"{self._name} has more than {self._max_bytes:,} bytes, the most that is read of it."
            )
        return super().write(piece)


def _checked(target: Writable) -> Writable:
    advice = "The target must be None, a path, or a file that is open in binary mode ('wb')"
    write = getattr(target, "write", None)
    if not callable(write) or iscoroutinefunction(write):
        raise InvalidRequestError(f"{advice}, not {kind_of(target)}.")
    try:
        write(b"")  # which those in text mode, or open for reading alone, refuse
    except TypeError:
        raise InvalidRequestError(f"{advice}; this one is in text mode.") from None
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{advice}: {reason(error)}.") from None
    return target


def _writing_end(path: Path, mode: int, deadline: Deadline) -> int:
    """Opens what is no ordinary file. A pipe has to get a reader: it isn't waited for without end."""
    if not may_stall(mode):
        return os.open(path, os.O_WRONLY | BINARY)
    end = time.monotonic() + READER_SECONDS
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end or deadline.remaining() <= GLANCE_SECONDS:
                raise OSError(error.errno, "nobody reads from it") from None
            time.sleep(0.02)
