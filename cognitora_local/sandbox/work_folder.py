"""Files of a work folder, reached from the host. The folder is in the hands of user code.

Whatever lies in it may be a trap: a symbolic link to one of the host's files, a folder that turns
into a link while it is looked at, a pipe that never ends. So each step of a path is opened by
itself, relative to the step before, and links are not followed; what is opened is a regular file,
or refused.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..concurrency.completion import to_completion

CHUNK = 1024 * 1024
"""Bytes of a file that are read in one step."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK the opening of a named pipe would wait for its other end, for ever.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NotAFileError(Exception):
    """Something else has the name: the message says what it is not."""


@dataclass(frozen=True, slots=True)
class WorkPath:
    """A path below the work folder, proven not to climb out of it."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


def write(folder: Path, path: WorkPath, content: bytes) -> None:
    """Write a file, making the folders on its way. One of that name is replaced.

    Raises:
        OSError: the path leads over a link or a file, or the file doesn't fit.
    """
    with new_file(folder, path) as file:
        file.write(content)


async def write_stream(folder: Path, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes, in constant memory; it appears once it is whole.

    Returns:
        Its size in bytes.

    Raises:
        OSError: as `write`.
        NotAFileError: something else has the name.
    """
    with new_file(folder, path, over_files=True) as file:
        async for piece in pieces:
            file.write(piece)
    return file.size


@dataclass(slots=True)
class OpenFile:
    """A regular file of a work folder, open for reading. Close it, or read it to its end."""

    descriptor: int
    size: int

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Its bytes, as many as it had when it was opened. Raises EOFError where it has become shorter."""
        left = self.size
        try:
            while left > 0 and (piece := await self._read(min(CHUNK, left))):
                left -= len(piece)
                yield piece
            if left:
                raise EOFError("it became shorter while it was read")
        finally:
            self.close()

    async def _read(self, size: int) -> bytes:
        # Whole, so that the descriptor isn't closed, and its number another file's, meanwhile.
        return await to_completion(asyncio.to_thread(os.read, self.descriptor, size))

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def open_file(folder: Path, path: WorkPath) -> OpenFile:
    """Open a file for reading.

    Raises:
        OSError: there is none, it is a link, or a link is on its way.
        NotAFileError: it is a folder, a pipe or a device.
    """
    with walk(folder, path, create=False) as parent:
        descriptor = os.open(path.parts[-1], READ, dir_fd=parent)
        found = os.fstat(descriptor)
        try:
            check_regular(found)
        except NotAFileError:
            os.close(descriptor)
            raise
        return OpenFile(descriptor, found.st_size)


def check_regular(found: os.stat_result) -> None:
    """Raises NotAFileError."""
    if not stat.S_ISREG(found.st_mode):
        raise NotAFileError("isn't a regular file; files alone can be read and written")


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A sandbox's work folder on this machine: its files by what this module does to them."""

    path: Path

    def write(self, path: WorkPath, content: bytes) -> None:
        write(self.path, path, content)

    async def write_stream(self, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
        return await write_stream(self.path, path, pieces)

    def open_file(self, path: WorkPath) -> OpenFile:
        return open_file(self.path, path)


class NewFile:
    """A file that is being written under a name of its own, until it is whole."""

    def __init__(self, descriptor: int) -> None:
        self.size = 0
        self._descriptor = descriptor

    def write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self.size += len(piece)


@contextmanager
def new_file(folder: Path, path: WorkPath, *, over_files: bool = False) -> Iterator[NewFile]:
    """A new file in place of what has the name, once the block has ended well.

    The permissions of a file that it replaces are kept. With `over_files` it is refused before that where
    anything but a file has the name.
    """
    mode = 0o644
    temporary = f".upload-{secrets.token_hex(8)}"
    with walk(folder, path, create=True) as parent:
        with suppress(FileNotFoundError):
            found = os.stat(path.parts[-1], dir_fd=parent, follow_symlinks=False)
            if over_files:
                check_regular(found)
            if stat.S_ISREG(found.st_mode):
                mode = found.st_mode & 0o777
        descriptor = os.open(temporary, CREATE, 0o644, dir_fd=parent)
        try:
            give_to_owner(descriptor, parent)
            os.fchmod(descriptor, mode)
            yield NewFile(descriptor)
            # A rename replaces a link by the file; it doesn't write through it.
            os.rename(temporary, path.parts[-1], src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=parent)
            raise
        finally:
            os.close(descriptor)


@contextmanager
def walk(folder: Path, path: WorkPath, *, create: bool) -> Iterator[int]:
    """The folder that the path's last part is in, as a descriptor, reached step by step."""
    here = os.open(folder, FOLDER)
    try:
        for part in path.parts[:-1]:
            if create:
                make_folder(part, here)
            there = os.open(part, FOLDER, dir_fd=here)
            os.close(here)
            here = there
        yield here
    finally:
        os.close(here)


def make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=parent)
    except FileExistsError:
        return
    descriptor = os.open(name, FOLDER, dir_fd=parent)
    try:
        give_to_owner(descriptor, parent)
    finally:
        os.close(descriptor)


def give_to_owner(descriptor: int, parent: int) -> None:
    """Give what root has made to the sandbox's user, who owns the folder around it."""
    if os.geteuid() == 0:
        owner = os.fstat(parent)
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
