"""Files of a workspace, with the errors that Python has for them."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pydantic_ai.workspaces import FileEntry, WorkspaceUnavailableError

from ... import CognitoraError, ConflictError
from ... import FileEntry as Entry
from .. import commands
from ..files import MOST_BYTES, os_error
from ..gone import is_gone
from .environment import Environment

if TYPE_CHECKING:
    from ... import AsyncSandboxPath

P = ParamSpec("P")
T = TypeVar("T")

MAX_LINKS = 40
"""How many links are followed, as by Linux."""
ABSENT = (FileNotFoundError, NotADirectoryError)


class Files:
    """What is done with the files of an environment, by absolute paths."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def read(self, path: str) -> bytes:
        """The bytes of a file."""
        found = await self._path(path)
        return await self._used(path, lambda: found.read_bytes(max_bytes=MOST_BYTES))

    async def write(self, path: str, data: bytes) -> None:
        """Writes a file; folders on its way are made."""
        target = await self._path(path)
        await self._check_writable(path)
        await self._used(path, lambda: target.write_bytes(data))

    async def make_folder(self, path: str) -> None:
        """Makes a folder, and those on its way."""
        target = await self._path(path)
        try:
            await self._used(path, lambda: target.mkdir(parents=True, exist_ok=True))
        except OSError:
            found = await self._found(path)
            if found is not None and found.type != "folder":
                raise FileExistsError(path) from None
            raise

    async def remove(self, path: str) -> None:
        """Removes a file, a link, or a folder with all in it."""
        await self._used(path, (await self._path(path)).rmtree)

    async def entry(self, path: str) -> FileEntry:
        """What a file or folder is, links followed."""
        found = await self.lstat(path)
        if found.type == "link":
            found = await self.lstat(await self.real(path))
        return _entry(path, found)

    async def entries(self, path: str) -> Sequence[FileEntry]:
        """What a folder has in it, links followed as far as they lead somewhere."""
        if not (await self.entry(path)).is_dir:
            raise NotADirectoryError(path)
        environment = self._environment
        client = environment.client
        service = client.containers if environment.is_container else client.code_interpreter
        sandbox = await environment.sandbox()
        real = await self.real(path)
        listed = await self._used(path, lambda: service.list_files(sandbox.id, real))
        return [
            await self._followed(posixpath.join(path, posixpath.basename(each.path)), each)
            for each in listed
        ]

    async def exists(self, path: str) -> bool:
        """Whether there is something, links followed."""
        try:
            await self.entry(path)
        except ABSENT:
            return False
        except OSError:
            return False
        return True

    async def real(self, path: str) -> str:
        """The path without links, `.` and `..`; what isn't there is kept as it is.

        Raises:
            OSError: It leads over links without end.
        """
        left, done, links = path.split("/")[::-1], "/", 0
        while left:
            part = left.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = posixpath.dirname(done)
                continue
            here = posixpath.join(done, part)
            found = await self._found(here)
            if found is None:
                return posixpath.normpath(posixpath.join(here, *left[::-1]))
            if found.type == "link" and found.target is not None:
                links += 1
                if links > MAX_LINKS:
                    raise OSError(f"{path} leads over links without end")
                if found.target.startswith("/"):
                    done = "/"
                left += found.target.split("/")[::-1]
            else:
                done = here
        return done

    async def lstat(self, path: str) -> Entry:
        """What is at a path, a link as such."""
        try:
            return await self._told(path, (await self._path(path)).stat)
        except ConflictError as error:  # to look at something, nothing else can be in the way
            raise NotADirectoryError(path) from error

    async def _found(self, path: str) -> Entry | None:
        try:
            return await self.lstat(path)
        except ABSENT:
            return None

    async def _followed(self, path: str, found: Entry) -> FileEntry:
        if found.type == "link":
            try:
                return await self.entry(path)
            except OSError:
                pass  # it leads nowhere, or in a circle
        return _entry(path, found)

    async def _path(self, path: str) -> AsyncSandboxPath:
        if not posixpath.isabs(path):
            raise ValueError(f"path must be absolute, not {path!r}")
        return (await self._environment.sandbox()).path(path)

    async def _check_writable(self, path: str) -> None:
        """Asks for a file's permissions: a new one would take its place, which they don't forbid.

        Raises:
            PermissionError: They forbid that it is written.
        """
        try:
            found = await self.lstat(await self.real(path))
        except ABSENT:
            return
        if found.type == "file" and not (found.mode or 0) & 0o222:
            sandbox = await self._environment.sandbox()
            done = await commands.run(sandbox, ["sh", "-c", 'test -w "$1"', "sh", path])
            if done.result.exit_code != 0:  # for root they forbid nothing
                raise PermissionError(path)

    async def _used(self, path: str, do: Callable[[], Awaitable[T]]) -> T:
        """Does something with what is at a path, and finds out what it is that is in the way."""
        try:
            return await self._told(path, do)
        except ConflictError as error:
            found = await self._found(await self.real(path))
            if found is None:
                raise NotADirectoryError(path) from error
            if found.type == "folder":
                raise IsADirectoryError(path) from error
            raise OSError(str(error)) from error

    async def _told(self, path: str, do: Callable[[], Awaitable[T]]) -> T:
        """Does something with a path; what goes wrong with it is an error of Python's own."""
        try:
            return await do()
        except CognitoraError as error:
            if is_gone(error):
                raise WorkspaceUnavailableError(str(error)) from error
            if (found := os_error(error, path)) is not None:
                raise found from error
            raise


def _entry(path: str, found: Entry) -> FileEntry:
    return FileEntry(
        name=posixpath.basename(path),
        path=path,
        is_dir=found.type == "folder",
        size=found.size if found.type == "file" else None,
    )
