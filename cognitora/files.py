"""Local files on their way to a sandbox; `downloads` has those on their way back."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import suppress
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar, cast

from cognitora_openapi.seconds import FILE_SECONDS

from .errors import CognitoraError, InvalidRequestError
from .pipes import descriptor, may_stall, read

if TYPE_CHECKING:
    from ._concurrency.tasks import AsyncWorker
    from ._concurrency.threads import Worker
    from .deadline import Deadline

PIECE = 192 * 1024
"""Bytes in one piece; 256 KiB in base64, well under the limits of bodies and of outputs."""

TRANSFER_SECONDS = FILE_SECONDS
"""How long the transfer of a file may take in all, unless the caller says otherwise."""


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
        source: Where from.
        deadline: Until when it may take to be there.

    Attributes:
        source: The same, or the file in it.
        size: The number of bytes, once it is open.
    """

    def __init__(self, source: AsyncSource, deadline: Deadline) -> None:
        self.source: Any = _unwrapped(source)
        self.size = 0
        self._deadline = deadline
        self._own: BinaryIO | None = None
        self._file: Any = None
        self._start = 0

    def open(self) -> None:
        """Gets ready to be read more than once.

        Raises:
            InvalidRequestError: It can't be read; or it is of a kind, or in a mode, that isn't taken.
            APITimeoutError: A pipe has stalled, or what is read without end is still not whole.
        """
        source = self.source
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._take(_in_memory(source))
        elif isinstance(source, (str, os.PathLike)):
            self._own = _file_of(source)
            self._take(self._own)
        elif _is_async(source):
            raise InvalidRequestError(f"{SOURCES}; {AWAITED}.")
        elif hasattr(source, "read"):
            _check_piece(next(_pieces(source, self._deadline, 0), b""))
            self._take(source)
        elif isinstance(source, Iterable):
            self._spool(source)
        else:
            raise InvalidRequestError(f"{SOURCES}, not {kind_of(source)}.")

    def begin(self) -> None:
        """Makes the file in which that is kept which can be read only once."""
        self._own = self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`

    def add(self, piece: object) -> None:
        """Takes a piece of that. Raises InvalidRequestError if it is text, say."""
        data = _check_piece(piece)
        try:
            self._file.write(data)
        except OSError as error:  # no room, say
            raise CognitoraError(f"The source can't be kept meanwhile: {reason(error)}.") from None
        self.size += len(data)

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
            raise CognitoraError(f"The source can't be read any more: {reason(error)}.") from None
        if left:
            raise CognitoraError(f"The source has become {left} bytes shorter while it was sent.")

    def close(self) -> None:
        """Closes the file, unless it is the caller's."""
        if self._own is not None:
            self._own.close()

    def _take(self, file: Any) -> None:
        # An mmap has no `seekable` before Python 3.13. A device has one, and no end.
        seekable = file.seekable() if hasattr(file, "seekable") else hasattr(file, "seek")
        if not seekable or descriptor(file) is not None:
            self._spool(_pieces(file, self._deadline))
            return
        self._file, self._start = file, file.tell()
        with suppress(OSError):  # files of /proc have no end that is known
            file.seek(0, io.SEEK_END)  # its result is None for some kinds of file
            self.size = file.tell() - self._start
            file.seek(self._start)
        if not self.size:  # or more than it says
            self._spool(_pieces(file, self._deadline))

    def _spool(self, pieces: Iterable[object]) -> None:
        read_from = self._own
        try:
            self.begin()
            self._start = 0
            for piece in pieces:
                self.add(piece)
                self._deadline.left()
        finally:
            if read_from is not None:
                read_from.close()


def opened(upload: Upload, worker: Worker, deadline: Deadline) -> None:
    """Opens what is uploaded; see `Upload.open`."""
    worker.call(deadline, upload.open)


async def async_opened(upload: Upload, worker: AsyncWorker, deadline: Deadline) -> None:
    """The same for callers on asyncio, who may also give what is read with `await`."""
    if not _is_async(upload.source):
        await worker.call(deadline, upload.open)
        return
    import asyncio  # only where it is in use anyway

    await worker.call(deadline, upload.begin)
    limit = asyncio.timeout(deadline.left())
    try:
        async with limit:
            async for piece in _async_pieces(upload.source):
                await worker.call(deadline, upload.add, piece)
    except TimeoutError:
        if not limit.expired():
            raise
        raise deadline.over() from None


def _pieces(file: Readable, deadline: Deadline, size: int = PIECE) -> Iterator[object]:
    try:
        while (piece := read(file, size, deadline) if size else file.read(size)) != b"":
            yield piece
    except CognitoraError:
        raise
    except Exception as error:  # noqa: BLE001 - members of archives, say, have errors of their own
        raise InvalidRequestError(f"The source can't be read: {reason(error)}.") from None


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
        raise InvalidRequestError(
            f"{SOURCES}; this one is in text mode, or gives texts. Encode what is text, as in "
            "table.to_csv().encode()."
        )
    if piece is None:
        raise InvalidRequestError(f"{SOURCES}; this one doesn't wait for what isn't there yet.")
    raise InvalidRequestError(f"{SOURCES}; this one gives {kind_of(piece)}.")


def _in_memory(source: Any) -> BinaryIO:
    try:
        try:
            return io.BytesIO(source)
        except BufferError:  # not in one piece
            return io.BytesIO(bytes(source))
    except ValueError as error:  # released
        raise InvalidRequestError(f"The source can't be read: {reason(error)}.") from None


def _file_of(named: str | os.PathLike[str]) -> BinaryIO:
    try:
        path = Path(named)
        if not may_stall(path.stat().st_mode):
            return path.open("rb")
        # Opened without waiting for a writer: one is waited for with the first read.
        return cast(BinaryIO, open(path, "rb", buffering=0, opener=_at_once))
    except (OSError, ValueError, TypeError) as error:
        hint = " To send the text itself, pass text.encode()." if isinstance(named, str) else ""
        raise InvalidRequestError(
            f"The file {shown(named)} can't be read: {reason(error)}.{hint}"
        ) from None


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def reason(error: Exception) -> str:
    """What an error has to say, without a full stop."""
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(told).rstrip(".")


def shown(path: str | os.PathLike[str]) -> str:
    """A path, in a message."""
    return repr(str(path))[:300]


def kind_of(value: object) -> str:
    """What something is, in a message."""
    return f"a {type(value).__name__}"
