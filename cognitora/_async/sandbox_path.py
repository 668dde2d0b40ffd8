"""Paths in sessions and containers, used as those of `pathlib`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import PurePosixPath
from typing import Any, Self

from cognitora_openapi.models import FileEntry

from .. import validation
from ..errors import APIError, CognitoraError, InvalidRequestError, NotFoundError
from ..globs import Glob
from ..path_text import PathText, check_encoding, encoded

MISSING = ("file_not_found", "not_a_file")
"""The server's words for: nothing is there, and nothing can be."""


class AsyncSandboxPath(PathText):
    """A path in a session or a container: what `pathlib.Path` is on this machine.

    Made by `session.path(...)` and `container.path(...)`. It is as much as its text: nothing is asked for
    before a method that asks, and what is there may change. All but `read_…` and `write_…` of what is in the
    work folder takes a server that announces `filesystem`; where it doesn't, `UnsupportedError` is raised.
    """

    def __init__(self, files: Any, id: str, path: str, user: str | None = None) -> None:
        super().__init__(path)
        self._files = files
        self._id = id
        self._user = user
        self._as: dict[str, str] = {} if user is None else {"user": user}

    async def stat(self, *, request_timeout: float | None = None) -> FileEntry:
        """What is there. A symbolic link is told as such, with its target.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            Its `type` (`file`, `folder`, `link` or `other`), `size`, `mode`, `owner`, `modified` and so on.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        found: FileEntry = await self._files.stat_file(
            self._id, str(self), request_timeout=request_timeout, **self._as
        )
        return found

    async def exists(self, *, request_timeout: float | None = None) -> bool:
        """Whether there is something, if only a symbolic link that leads nowhere.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return await self._type(request_timeout) is not None

    async def is_file(self, *, request_timeout: float | None = None) -> bool:
        """Whether it is a file. Symbolic links aren't followed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return await self._type(request_timeout) == "file"

    async def is_dir(self, *, request_timeout: float | None = None) -> bool:
        """Whether it is a folder. Symbolic links aren't followed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        return await self._type(request_timeout) == "folder"

    async def read_bytes(self, *, request_timeout: float | None = None) -> bytes:
        """The bytes of the file.

        Args:
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            NotFoundError: There is none.
            CognitoraError: The call failed otherwise.
        """
        data: bytes = await self._files.download(
            self._id, str(self), request_timeout=request_timeout, **self._as
        )
        return data

    async def read_text(
        self,
        encoding: str = "utf-8",
        errors: str = "strict",
        *,
        request_timeout: float | None = None,
    ) -> str:
        """The text of the file, its line ends as they are.

        Args:
            encoding: How its bytes are read.
            errors: What becomes of bytes that can't be read so, as in `bytes.decode`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            NotFoundError: There is no such file.
            UnicodeDecodeError: It isn't text of that encoding.
            CognitoraError: The call failed otherwise.
        """
        check_encoding(encoding, errors)
        data = await self.read_bytes(request_timeout=request_timeout)
        return data.decode(encoding, errors)

    async def write_bytes(
        self, data: bytes, *, mode: int | None = None, request_timeout: float | None = None
    ) -> int:
        """Writes the file, replacing one of that name; folders on the way are made.

        Args:
            data: Its bytes.
            mode: Its permissions, such as `0o755`; by default `0o644`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many bytes it has.

        Raises:
            CognitoraError: The call failed.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise InvalidRequestError(f"data must be bytes, not {type(data).__name__}.")
        data = bytes(data)
        await self._files.upload(
            self._id, data, str(self), mode=mode, request_timeout=request_timeout, **self._as
        )
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
            mode: Its permissions, such as `0o755`; by default `0o644`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many characters it has.

        Raises:
            CognitoraError: The call failed.
        """
        written = encoded(data, encoding)
        await self.write_bytes(written, mode=mode, request_timeout=request_timeout)
        return len(data)

    async def iterdir(self, *, request_timeout: float | None = None) -> AsyncGenerator[Self]:
        """The paths of what is in the folder, in their order.

        Args:
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is no such folder.
            CognitoraError: The call failed otherwise.
        """
        async for entry in self._files.iter_files(
            self._id, str(self), request_timeout=request_timeout, **self._as
        ):
            yield self._at(entry.path)

    async def glob(
        self, pattern: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[Self]:
        """The paths in the folder that a pattern means, in their order. Symbolic links aren't followed.

        Args:
            pattern: Such as `*.csv`, or `**/*.py` for those in all folders below as well.
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            InvalidRequestError: The pattern is absolute, or has a `..`.
            CognitoraError: The call failed.
        """
        meant = Glob(pattern)
        folder = self.joinpath(meant.folder)
        prefix = "" if str(folder) == "." else f"{str(folder).rstrip('/')}/"
        try:
            async for entry in self._files.iter_files(
                self._id, str(folder), meant.depth, request_timeout=request_timeout, **self._as
            ):
                if meant.matches(entry.path.removeprefix(prefix)):
                    yield self._at(entry.path)
        except APIError as error:
            if not _is_missing(error):
                raise

    async def mkdir(
        self,
        mode: int | None = None,
        parents: bool = False,
        exist_ok: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Makes the folder.

        Args:
            mode: Its permissions; by default `0o755`.
            parents: Whether the folders on its way are made too.
            exist_ok: Whether it may be there already.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            ConflictError: Something is there already.
            NotFoundError: The folder that it is to be in isn't there.
            CognitoraError: The call failed otherwise.
        """
        if not validation.boolean("parents", parents):
            await self.parent.stat(request_timeout=request_timeout)
        exclusive = not validation.boolean("exist_ok", exist_ok)
        await self._files.make_folder(
            self._id, str(self), mode, exclusive, request_timeout=request_timeout, **self._as
        )

    async def unlink(
        self, missing_ok: bool = False, *, request_timeout: float | None = None
    ) -> None:
        """Removes the file, the symbolic link, or the folder if it is empty.

        Args:
            missing_ok: Whether there may be none.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        await self._remove(missing_ok, request_timeout, recursive=False)

    async def rmtree(
        self, missing_ok: bool = False, *, request_timeout: float | None = None
    ) -> None:
        """Removes the folder with all in it, without following symbolic links.

        Args:
            missing_ok: Whether there may be none.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        await self._remove(missing_ok, request_timeout, recursive=True)

    async def rename(
        self, target: str | AsyncSandboxPath, *, request_timeout: float | None = None
    ) -> Self:
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

    async def replace(
        self, target: str | AsyncSandboxPath, *, request_timeout: float | None = None
    ) -> Self:
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

    async def _type(self, request_timeout: float | None) -> str | None:
        try:
            return str((await self.stat(request_timeout=request_timeout)).type)
        except APIError as error:
            if _is_missing(error):
                return None
            raise

    async def _remove(
        self, missing_ok: bool, request_timeout: float | None, *, recursive: bool
    ) -> None:
        validation.boolean("missing_ok", missing_ok)
        try:
            await self._files.remove_file(
                self._id, str(self), recursive, request_timeout=request_timeout, **self._as
            )
        except NotFoundError as error:
            if not missing_ok or not _is_missing(error):
                raise

    async def _move(
        self, target: str | AsyncSandboxPath, request_timeout: float | None, *, replace: bool
    ) -> Self:
        text = str(target) if isinstance(target, AsyncSandboxPath) else target
        moved = self._at(validation.inner_path("target", text))
        await self._files.move_file(
            self._id, str(self), str(moved), replace, request_timeout=request_timeout, **self._as
        )
        return moved

    def _at(self, path: str | PurePosixPath) -> Self:
        return type(self)(self._files, self._id, str(path), self._user)

    def _key(self) -> tuple[object, ...]:
        return type(self), self._id, str(self), self._user


def _is_missing(error: CognitoraError) -> bool:
    return error.code in MISSING
