"""Files of sessions and containers, open for the length of a block."""

from __future__ import annotations

import io
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, NoReturn, Protocol

from cognitora_openapi.models import FileEntry

from ..errors import APIError, InvalidRequestError
from ..open_modes import OpenMode
from .sandbox_entry import NOTHING_THERE, something_else

IN_MEMORY = 1024 * 1024
"""Bytes of a file that are kept in memory while it is open."""


class AsyncContent(Protocol):
    """A path, as far as the content of its file goes."""

    async def stat(self, *, request_timeout: float | None = None) -> FileEntry: ...

    async def _read_into(self, target: Any, request_timeout: float | None) -> None: ...

    async def _write(self, data: Any, mode: int | None, request_timeout: float | None) -> None: ...

    async def _create(self, data: Any, mode: int | None, request_timeout: float | None) -> None: ...


class AsyncSandboxFile:
    """A file that `open` of a path gives: a block, which gets an ordinary file object."""

    def __init__(
        self, path: AsyncContent, mode: OpenMode, *, request_timeout: float | None
    ) -> None:
        self._path = path
        self._mode = mode
        self._timeout = request_timeout
        self._kept: IO[bytes] | None = None
        self._closing = ExitStack()
        self._file: IO[Any] | None = None

    async def __aenter__(self) -> IO[Any]:
        if self._kept is not None:
            raise InvalidRequestError("It is open already: call open() again for another block.")
        with ExitStack() as failed:
            self._kept = kept = failed.enter_context(SpooledTemporaryFile(IN_MEMORY))
            await self._fill(kept)
            self._closing = failed.pop_all()
        self._file = self._mode.opened(kept)
        return self._file

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(self._unopened(repr(name)), name=name, obj=self)

        def __aiter__(self) -> NoReturn:
            raise TypeError(self._unopened("lines"))

    def _unopened(self, what: str) -> str:
        return (
            f"{type(self).__name__!r} has no {what}: what a `with` block of it gives is the file."
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._kept is not None
        assert self._file is not None
        with self._closing:
            self._file.close()  # with what is still to be written
            if error is None and self._mode.writes:
                self._kept.seek(0)
                send = self._path._create if self._mode.kind == "x" else self._path._write
                await send(self._kept, None, self._timeout)

    async def _fill(self, kept: IO[bytes]) -> None:
        """Get what is in the file, as far as the mode goes by it."""
        kind = self._mode.kind
        try:
            if kind in ("r", "a"):
                await self._path._read_into(kept, self._timeout)
            else:
                await self._check_place(kind)
        except APIError as error:
            if kind == "r" or error.code != NOTHING_THERE:
                raise
        kept.seek(0, io.SEEK_END if kind == "a" else io.SEEK_SET)

    async def _check_place(self, kind: str) -> None:
        """What has the path already is known before the block, and not by its end alone."""
        found = await self._path.stat(request_timeout=self._timeout)
        if kind == "x":
            told = f"{self._path} is there already: mode x makes a file that isn't."
            raise something_else(told, "move_file")
        if found.type in ("folder", "other"):
            what = "a folder" if found.type == "folder" else "a pipe, a socket or a device"
            told = f"{self._path} is {what}: it can't be opened for writing."
            raise something_else(told, "upload")
