"""Files of sessions and containers, open for the length of a block."""

from __future__ import annotations

import io
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, Protocol

from cognitora_openapi.models import FileEntry

from ..errors import APIError, ConflictError, InvalidRequestError
from ..open_modes import OpenMode
from .sandbox_folder import is_missing

IN_MEMORY = 1024 * 1024
"""Bytes of a file that are kept in memory while it is open."""


LINKS = 40
"""Symbolic links that are followed one after the other; the kernel does it as often."""


class AsyncContent(Protocol):
    """A path, as far as the content of its file goes."""

    async def stat(self, *, request_timeout: float | None = None) -> FileEntry: ...

    def _led_to(self, target: str) -> AsyncContent: ...

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
        self._kept: Any = None
        self._file: Any = None
        self._permissions: int | None = None

    async def __aenter__(self) -> IO[Any]:
        if self._kept is not None:
            raise InvalidRequestError("It is open already: call open() again for another block.")
        self._kept = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by __aexit__
        try:
            await self._fill()
        except BaseException:
            self._kept.close()
            raise
        self._file = self._mode.opened(self._kept)
        return self._file  # type: ignore[no-any-return]

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._file.close()  # with what is still to be written
            if error is None and self._mode.writes:
                self._kept.seek(0)
                await self._send()
        finally:
            self._kept.close()

    async def _fill(self) -> None:
        """Get what is in the file, as far as the mode goes by it."""
        path, mode = self._path, self._mode
        try:
            if mode.kind == "x":
                await path.stat(request_timeout=self._timeout)
                raise ConflictError(f"{path} is there already: mode x makes a file that isn't.")
            if mode.writes:
                self._permissions = await self._kept_permissions(path)
            if mode.kind in ("r", "a"):
                await path._read_into(self._kept, self._timeout)
        except APIError as error:
            if mode.kind == "r" or not is_missing(error):
                raise
        self._kept.seek(0, io.SEEK_END if mode.kind == "a" else io.SEEK_SET)

    async def _kept_permissions(self, path: AsyncContent) -> int | None:
        """Those of the file, or of the one that a symbolic link leads to, which is the one written to."""
        for _ in range(LINKS):
            found = await path.stat(request_timeout=self._timeout)
            if found.type in ("folder", "other"):
                what = "a folder" if found.type == "folder" else "a pipe, a socket or a device"
                raise ConflictError(f"{path} is {what}: it can't be opened for writing.")
            if found.type != "link" or not found.target:
                return None if found.mode is None else found.mode & 0o777
            path = path._led_to(found.target)
        return None  # a circle: what reads or writes the file tells it

    async def _send(self) -> None:
        send = self._path._create if self._mode.kind == "x" else self._path._write
        await send(self._kept, self._permissions, self._timeout)
