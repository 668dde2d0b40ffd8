"""Paths in sessions and containers, used as those of `pathlib`."""

from __future__ import annotations

import secrets
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Self

from .. import validation
from .._concurrency.tasks import async_in_time
from ..deadline import CLEANUP_SECONDS
from ..downloads import Limited
from ..errors import CognitoraError, ConflictError, InvalidRequestError
from ..open_modes import OpenMode
from ..path_text import check_encoding, encoded
from ..sandbox_text import InnerPath
from .sandbox_entry import something_else
from .sandbox_file import AsyncSandboxFile
from .sandbox_folder import AsyncSandboxFolder


class AsyncSandboxPath(AsyncSandboxFolder):
    """A path in a session or a container: what `pathlib.Path` is on this machine.

    Made by `session.path(...)` and `container.path(...)`. It is as much as its text: nothing is asked for
    before a method that asks, and what is there may change. All but `read_…` and `write_…` of what is in the
    work folder takes a server that announces `filesystem`; where it doesn't, `UnsupportedError` is raised.
    """

    async def read_bytes(
        self, *, max_bytes: int | None = None, request_timeout: float | None = None
    ) -> bytes:
        """The bytes of the file.

        Args:
            max_bytes: How many it may have: of one that has more, or grows without end, no more than these
                are held in memory. By default any number.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            NotFoundError: There is none.
            FileTooLargeError: It has more than `max_bytes`.
            CognitoraError: The call failed otherwise.
        """
        most = sys.maxsize if max_bytes is None else validation.whole("max_bytes", max_bytes)
        target = Limited(str(self), most)
        await self._read_into(target, request_timeout)
        return target.getvalue()

    async def read_text(
        self,
        encoding: str = "utf-8",
        errors: str = "strict",
        *,
        max_bytes: int | None = None,
        request_timeout: float | None = None,
    ) -> str:
        """The text of the file, its line ends as they are.

        Args:
            encoding: How its bytes are read.
            errors: What becomes of bytes that can't be read so, as in `bytes.decode`.
            max_bytes: How many bytes it may have; by default any number.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            NotFoundError: There is no such file.
            FileTooLargeError: It has more than `max_bytes`.
            UnicodeDecodeError: It isn't text of that encoding.
            CognitoraError: The call failed otherwise.
        """
        check_encoding(encoding, errors)
        data = await self.read_bytes(max_bytes=max_bytes, request_timeout=request_timeout)
        return data.decode(encoding, errors)

    async def write_bytes(
        self, data: bytes, *, mode: int | None = None, request_timeout: float | None = None
    ) -> int:
        """Writes the file, replacing one of that name; folders on the way are made.

        Args:
            data: Its bytes.
            mode: Its permissions, such as `0o755`; by default those of the file that it replaces, else
                `0o644`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many bytes it has.

        Raises:
            CognitoraError: The call failed.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise InvalidRequestError(f"data must be bytes, not {type(data).__name__}.")
        data = bytes(data)
        await self._write(data, mode, request_timeout)
        return len(data)

    async def write_text(
        self,
        data: str,
        encoding: str = "utf-8",
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> int:
        """Writes the file, replacing one of that name; folders on the way are made.

        Args:
            data: Its text.
            encoding: How it is written.
            mode: Its permissions, such as `0o755`; by default those of the file that it replaces, else
                `0o644`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many characters it has.

        Raises:
            CognitoraError: The call failed.
        """
        written = encoded(data, encoding)
        await self.write_bytes(written, mode=mode, request_timeout=request_timeout)
        return len(data)

    def open(
        self,
        mode: str = "r",
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncSandboxFile:
        """Opens the file, for the length of a block: `with path.open("w") as file: …` (`async with`).

        What the block gets is an ordinary file object of this machine, with all of the file in it: in memory
        up to 1 MiB, beyond that in a temporary file. What is written is sent when the block has ended, as a
        whole, and not at all where it ends by an error. A file that is there keeps its permissions.

        Args:
            mode: As of the built-in `open`: `r`, `w`, `a` or `x`, with `b` for bytes and `+` for both ways.
            encoding: Of text; by default UTF-8.
            errors: What becomes of text that can't be read or written so, as in `open`.
            newline: What becomes of line ends, as in `open`.
            request_timeout: Seconds for each transfer, instead of 600.

        Raises:
            InvalidRequestError: There is no such mode or encoding.
            NotFoundError: There is no such file, when the block begins.
            ConflictError: It is no file; by `x`: something has the path already. When the block begins, or
                when it ends if that came meanwhile.
            CognitoraError: A call failed otherwise, when the block begins or ends.
        """
        return AsyncSandboxFile(
            self, OpenMode(mode, encoding, errors, newline), request_timeout=request_timeout
        )

    async def touch(
        self,
        mode: int | None = None,
        exist_ok: bool = True,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Makes an empty file; of one that is there the time is now that of its last change.

        Nothing that is there is written over, and folders on the way are made.

        Args:
            mode: The permissions of one that is made, such as `0o755`; by default `0o644`.
            exist_ok: Whether it may be there already.
            request_timeout: Seconds to wait for each of up to three answers, instead of the client's
                `timeout`.

        Raises:
            ConflictError: It is there already, and may not be.
            CognitoraError: The call failed otherwise.
        """
        if not validation.boolean("exist_ok", exist_ok) or not await self.exists(
            request_timeout=request_timeout
        ):
            try:
                await self._create(b"", mode, request_timeout)
            except ConflictError:
                if not exist_ok:
                    raise
            else:
                return
        await self._files.change_file(
            self._id,
            str(self),
            modified=datetime.now(UTC),
            request_timeout=request_timeout,
            **self._as,
        )

    async def _create(self, data: Any, mode: int | None, request_timeout: float | None) -> None:
        """Writes a file where nothing is: beside it first, for a move takes no path that something has."""
        aside = self.parent.joinpath(f".cognitora-{secrets.token_hex(8)}")
        try:
            await aside._write(data, mode, request_timeout)
            await aside.rename(self, request_timeout=request_timeout)
        except BaseException:
            await async_in_time(CLEANUP_SECONDS, aside._clear)
            raise

    async def _read_into(self, target: Any, request_timeout: float | None) -> None:
        await self._files.download(
            self._id, str(self), target, request_timeout=request_timeout, **self._as
        )

    async def _clear(self) -> None:
        with suppress(CognitoraError):
            await self._remove(True, CLEANUP_SECONDS, recursive=False)

    async def _write(self, data: Any, mode: int | None, request_timeout: float | None) -> None:
        await self._files.upload(
            self._id, data, str(self), mode=mode, request_timeout=request_timeout, **self._as
        )

    async def unlink(
        self, missing_ok: bool = False, *, request_timeout: float | None = None
    ) -> None:
        """Removes the file or the symbolic link.

        Args:
            missing_ok: Whether there may be none.
            request_timeout: Seconds to wait for each of two answers, instead of the client's `timeout`.

        Raises:
            ConflictError: It is a folder.
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        validation.boolean("missing_ok", missing_ok)
        if await self._type(request_timeout) == "folder":
            raise something_else(
                f"{self} is a folder: remove it by rmdir, or by rmtree.", "remove_file"
            )
        await self._remove(missing_ok, request_timeout, recursive=False)

    async def rename(self, target: InnerPath, *, request_timeout: float | None = None) -> Self:
        """Moves it, unless something has the new path; folders on the way are made.

        Args:
            target: The new path: absolute, or relative to the work folder.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The new path.

        Raises:
            NotFoundError: There is nothing to move.
            ConflictError: Something has the new path.
            CognitoraError: The call failed otherwise.
        """
        return await self._move(target, request_timeout, replace=False)

    async def replace(self, target: InnerPath, *, request_timeout: float | None = None) -> Self:
        """Moves it, in place of a file or an empty folder that has the new path.

        Args:
            target: The new path: absolute, or relative to the work folder.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The new path.

        Raises:
            NotFoundError: There is nothing to move.
            CognitoraError: The call failed otherwise.
        """
        return await self._move(target, request_timeout, replace=True)

    async def chmod(self, mode: int, *, request_timeout: float | None = None) -> None:
        """Changes the permissions. Symbolic links are followed.

        Args:
            mode: The permissions, such as `0o755`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        await self._files.change_file(
            self._id, str(self), mode, request_timeout=request_timeout, **self._as
        )

    async def _move(
        self, target: InnerPath, request_timeout: float | None, *, replace: bool
    ) -> Self:
        moved = self._at(validation.inner_path("target", target))
        await self._files.move_file(
            self._id, str(self), str(moved), replace, request_timeout=request_timeout, **self._as
        )
        return moved
