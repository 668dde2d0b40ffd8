"""Local files on their way to a sandbox and back."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import suppress
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar, cast

from cognitora_openapi.seconds import FILE_SECONDS

from .errors import CognitoraError, InvalidRequestError

PIECE = 192 * 1024
"""Bytes in one piece; 256 KiB in base64, well under the limits of bodies and of outputs."""

BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows' word for: leave line ends alone."""

TRANSFER_SECONDS = FILE_SECONDS
"""How long the transfer of a file may take in all, unless the caller says otherwise."""

READER_SECONDS = 10.0
"""How long a download waits for somebody to read from the named pipe that it goes to."""


class Readable(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at its end."""
        ...


class AsyncReadable(Protocol):
    """A file whose bytes are awaited, such as one of anyio's or aiofiles'."""

    async def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at its end."""
        ...


class Wrapped(Protocol):
    """What has an open file as its `file`, such as the `UploadFile` of Starlette and FastAPI."""

    @property
    def file(self) -> BinaryIO:
        """The file."""
        ...


class Writable(Protocol):
    """A file that is open for writing bytes."""

    def write(self, data: bytes, /) -> Any:
        """Takes bytes; how many, unless it is all of them."""
        ...


Source = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | Readable | Wrapped | Iterable[bytes]
)
AsyncSource = Source | AsyncReadable | AsyncIterable[bytes]
Target = str | os.PathLike[str] | Writable | None
W = TypeVar("W", bound=Writable)

SOURCES = (
    "The source must be bytes, a path, a file that is open in binary mode ('rb'), or an iterable of "
    "bytes"
)


AWAITED = "what is read with await is taken by CognitoraAsync alone"


class Upload:
    """What is uploaded, read in pieces, at least one, from its start each time that it is iterated.

    Args:
        file: A file that can be read again, from where it stands.
        own: Whether it is closed with this.

    Attributes:
        size: The number of bytes.
    """

    def __init__(self, file: BinaryIO, *, own: bool) -> None:
        self._file = file
        self._own = own
        self._start = file.tell()
        file.seek(0, io.SEEK_END)  # its result is None for some kinds of file
        self.size = file.tell() - self._start

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        try:
            self._file.seek(self._start)
            if not left:
                yield b""
            while left and (piece := self._file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
        except Exception as error:  # noqa: BLE001 - as in `_pieces`
            raise CognitoraError(f"The source can't be read any more: {_reason(error)}.") from None
        if left:
            raise CognitoraError(f"The source has become {left} bytes shorter while it was sent.")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import asyncio  # only where it is in use anyway

        pieces = iter(self)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    def close(self) -> None:
        """Closes the file, unless it is the caller's."""
        if self._own:
            self._file.close()


def opened(source: Source) -> Upload:
    """What is to be uploaded, ready to be read more than once.

    Raises:
        InvalidRequestError: It can't be read; or it is of a kind, or in a mode, that isn't taken.
    """
    source = _unwrapped(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        try:
            return Upload(io.BytesIO(source), own=True)
        except (ValueError, BufferError):  # released, or not in one piece
            return Upload(io.BytesIO(_in_one_piece(source)), own=True)
    if isinstance(source, (str, os.PathLike)):
        source = _file_of(source)
        if source.seekable():
            return Upload(source, own=True)
        with source:
            return _spooled(source)
    if hasattr(source, "read"):
        file = cast(BinaryIO, source)
        if _is_async(file):
            raise InvalidRequestError(f"{SOURCES}; {AWAITED}.")
        _check_piece(next(_pieces(file, 0), b""))
        # An mmap has no `seekable` before Python 3.13.
        seekable = file.seekable() if hasattr(file, "seekable") else hasattr(file, "seek")
        return Upload(file, own=False) if seekable else _spooled(file)
    if isinstance(source, Iterable):
        return _spooled(source)
    raise InvalidRequestError(
        f"{SOURCES}; {AWAITED}." if _is_async(source) else f"{SOURCES}, not {_kind(source)}."
    )


async def async_opened(source: AsyncSource) -> Upload:
    """The same for callers on asyncio, who may also give what is read with `await`."""
    from .tasks import async_in_thread  # with asyncio

    source = _unwrapped(source)
    if not _is_async(source):
        return await async_in_thread(opened, cast(Source, source))
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `Upload.close`
    try:
        async for piece in _async_pieces(source):
            await async_in_thread(spool.write, _check_piece(piece))
        spool.seek(0)
        return Upload(spool, own=True)
    except BaseException:
        spool.close()
        raise


def _spooled(source: Any) -> Upload:
    """What can be read only once, in a file: an attempt that fails must be able to start again."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `Upload.close`
    try:
        for piece in _pieces(source) if hasattr(source, "read") else source:
            spool.write(_check_piece(piece))
        spool.seek(0)
        return Upload(spool, own=True)
    except BaseException:
        spool.close()
        raise


def _pieces(file: Readable, size: int = PIECE) -> Iterator[bytes]:
    try:
        while (piece := file.read(size)) != b"":
            yield piece
    except Exception as error:  # noqa: BLE001 - members of archives, say, have errors of their own
        raise InvalidRequestError(f"The source can't be read: {_reason(error)}.") from None


async def _async_pieces(source: Any) -> AsyncIterator[bytes]:
    if not hasattr(source, "read"):
        async for piece in source:
            yield piece
        return
    while (piece := await source.read(PIECE)) != b"":
        yield piece


def _unwrapped(source: Any) -> Any:
    """An UploadFile's own file, which is read without waiting and can be read again."""
    file = getattr(source, "file", None)
    return file if hasattr(file, "read") and _is_async(source) else source


def _is_async(source: Any) -> bool:
    if hasattr(source, "read"):
        return iscoroutinefunction(source.read)
    return isinstance(source, AsyncIterable)


def _check_piece(piece: object) -> bytes:
    """A piece of a source. Raises InvalidRequestError if it is text, say."""
    if isinstance(piece, (bytes, bytearray, memoryview)):
        return bytes(piece)
    if isinstance(piece, str):
        raise InvalidRequestError(f"{SOURCES}; this one is in text mode, or gives texts.")
    if piece is None:
        raise InvalidRequestError(f"{SOURCES}; this one doesn't wait for what isn't there yet.")
    raise InvalidRequestError(f"{SOURCES}; this one gives {_kind(piece)}.")


def _in_one_piece(source: Any) -> bytes:
    try:
        return bytes(source)
    except ValueError as error:
        raise InvalidRequestError(f"The source can't be read: {_reason(error)}.") from None


def _file_of(path: str | os.PathLike[str]) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequestError(
            f"The file {_shown(path)} can't be read: {_reason(error)}. To send the text itself, pass "
            "text.encode()."
        ) from None


class Download:
    """Where a download goes: into memory, into a file that appears when it is whole, or a file object.

    A path is followed through symbolic links, and a file that is there keeps its mode. What is there and is
    no ordinary file, such as a named pipe or a device, is written to as it is.

    Args:
        target: None, the path of a local file, or a file that is open for writing bytes.
        wait: How long to wait for somebody to read from a named pipe, in seconds.

    Raises:
        InvalidRequestError: It can't be written.
    """

    def __init__(self, target: Target, wait: float = READER_SECONDS) -> None:
        self._wait = wait
        self._path: Path | None = None
        self._part: Path | None = None
        self._own = True
        if target is None:
            self._file: Any = io.BytesIO()
        elif isinstance(target, (str, os.PathLike)):
            try:
                self._path = Path(target)
                self._open(self._path)
            except (OSError, ValueError, TypeError) as error:
                why = _reason(error)
                raise InvalidRequestError(f"{_shown(target)} can't be written: {why}.") from None
        else:
            self._own, self._file = False, _checked(target)

    def write(self, piece: bytes) -> None:
        """Takes the next piece.

        Raises:
            CognitoraError: It can't be written: the disk is full, say.
        """
        left = memoryview(piece)
        try:
            while left:
                # Files without a buffer may take less than they are given; others' own say nothing.
                taken = self._file.write(left.tobytes())
                left = left[taken if isinstance(taken, int) else len(left) :]
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
        if self._path is not None:
            with suppress(OSError):  # what was still to be written can't be
                self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)

    def _open(self, path: Path) -> None:
        try:
            old = path.stat()
        except FileNotFoundError:  # or a link to what isn't there yet
            old = None
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(None, "it is a folder; name the file in it")
        if old is not None and not stat.S_ISREG(old.st_mode):
            self._file = os.fdopen(_writing_end(path, old.st_mode, self._wait), "wb")
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
        where = "The target" if self._path is None else _shown(self._path)
        return CognitoraError(f"{where} can't be written: {_reason(error)}.")


def _checked(target: Writable) -> Writable:
    advice = "The target must be None, a path, or a file that is open in binary mode ('wb')"
    write = getattr(target, "write", None)
    if not callable(write) or iscoroutinefunction(write):
        raise InvalidRequestError(f"{advice}, not {_kind(target)}.")
    try:
        write(b"")  # which those in text mode, or open for reading alone, refuse
    except TypeError:
        raise InvalidRequestError(f"{advice}; this one is in text mode.") from None
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{advice}: {_reason(error)}.") from None
    return target


def _writing_end(path: Path, mode: int, wait: float) -> int:
    """Opens what is no ordinary file. A pipe has to get a reader: it isn't waited for without end."""
    if not stat.S_ISFIFO(mode):
        return os.open(path, os.O_WRONLY | BINARY)
    end = time.monotonic() + wait
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise OSError(error.errno, "nobody reads from it") from None
            time.sleep(0.02)
        else:
            os.set_blocking(handle, True)
            return handle


def _reason(error: Exception) -> str:
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(told).rstrip(".")


def _shown(path: str | os.PathLike[str]) -> str:
    return repr(str(path))[:300]


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"
