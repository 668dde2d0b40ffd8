"""Files of a work folder, reached from the host. The folder is in the hands of user code.

Whatever lies in it may be a trap: a symbolic link to one of the host's files, a folder that turns
into a link while it is looked at, a pipe that never ends. So each step of a path is opened by
itself, relative to the step before, and links are not followed; what is opened is a regular file,
or refused.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import errno
import os
import secrets
import stat
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..concurrency.completion import whole
from ..concurrency.time_slices import Turns
from .errors import ApiError, bad_request, not_found, too_large
from .json_body import PIECE

CHUNK = 1024 * 1024
GIB = 1024**3
MACHINES = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Trouble of this machine's, which no path can be blamed for."""

NAME_BYTES = 255  # what Linux takes for one part of a path
PATH_BYTES = 4095  # and for the whole of one

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK the opening of a named pipe would wait for its other end, for ever.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class WorkPath:
    """A path below the work folder, proven not to climb out of it."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to write before code runs."""

    path: WorkPath
    content: bytes


def work_path(name: str, field: str) -> WorkPath:
    """Check a caller's file name.

    Raises:
        ApiError: 400, when it is absolute, climbs out of the work folder, or is no name at all.
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/"):
        raise bad_name(field, name, "is absolute; give it relative to the work folder")
    if ".." in parts:
        raise bad_name(field, name, "climbs out of the work folder; leave out the `..`")
    if not parts or name.endswith("/"):
        raise bad_name(field, name, "names no file")
    if any("\0" in part or len(part.encode()) > NAME_BYTES for part in parts):
        raise bad_name(field, name, f"has a part of more than {NAME_BYTES} bytes, or a NUL in it")
    if len(name.encode()) > PATH_BYTES:
        raise bad_name(field, name, f"has more than {PATH_BYTES} bytes")
    return WorkPath(tuple(parts))


async def uploads(files: Iterable[Mapping[str, Any]]) -> list[Upload]:
    """Decode the `files` of a request, while others are served.

    Raises:
        ApiError: 400, when a name climbs out of the work folder or base64 is broken.
    """
    found = list[Upload]()
    for n, file in enumerate(files):
        path = work_path(file["name"], f"files[{n}].name")
        found.append(Upload(path, await content_of(file, f"files[{n}].content")))
    return found


async def content_of(file: Mapping[str, Any], field: str) -> bytes:
    text: str = file["content"]
    plain = file.get("encoding", "string") == "string"
    content, turns = bytearray(), Turns()
    try:
        if not plain and "=" in text[:-2]:
            raise binascii.Error("Padding before the end")
        for start in range(0, len(text), PIECE):  # of a length that base64 can be cut at
            piece = text[start : start + PIECE]
            content += piece.encode() if plain else base64.b64decode(piece, validate=True)
            await turns.give_way()
    except (binascii.Error, ValueError) as error:
        message = f"`{field}` isn't valid base64 ({error}). Encode the bytes with base64, unbroken."
        raise bad_request(message, "invalid_base64") from None
    return bytes(content)


def write(folder: Path, upload: Upload) -> None:
    """Write a file, making the folders on its way. One of that name is replaced.

    Raises:
        ApiError: the path leads over a link or a file, or the file doesn't fit.
    """
    with new_file(folder, upload.path) as file:
        file.write(upload.content)


async def write_stream(folder: Path, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes, in constant memory; it appears once it is whole.

    Returns:
        Its size in bytes.
    """
    with new_file(folder, path) as file:
        async for piece in pieces:
            file.write(piece)
    return file.size


@dataclass(slots=True)
class OpenFile:
    """A regular file of a work folder, open for reading. Close it, or read it to its end."""

    descriptor: int
    size: int

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Its bytes, as many as it had when it was opened."""
        left = self.size
        try:
            while left > 0 and (piece := await self._read(min(CHUNK, left))):
                left -= len(piece)
                yield piece
        finally:
            self.close()

    async def _read(self, size: int) -> bytes:
        # Whole, so that the descriptor isn't closed, and its number another file's, meanwhile.
        return await whole(asyncio.to_thread(os.read, self.descriptor, size))

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def open_file(folder: Path, path: WorkPath, *, limit: int) -> OpenFile:
    """Open a file for reading.

    Raises:
        ApiError: 404, when there is none; 409, when it is a link, a folder, a pipe or a device;
            413, when it is longer than `limit` bytes, holes included.
    """
    with refusing(path), walk(folder, path, create=False) as parent:
        descriptor = os.open(path.parts[-1], READ, dir_fd=parent)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise conflict(path, "isn't a regular file; files alone can be read")
        if found.st_size > limit:
            os.close(descriptor)
            raise too_long(path, found.st_size, limit)
        return OpenFile(descriptor, found.st_size)


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
def new_file(folder: Path, path: WorkPath) -> Iterator[NewFile]:
    """A new file in place of what has the name, once the block has ended well."""
    temporary = f".upload-{secrets.token_hex(8)}"
    with refusing(path), walk(folder, path, create=True) as parent:
        descriptor = os.open(temporary, CREATE, 0o644, dir_fd=parent)
        try:
            give_to_owner(descriptor, parent)
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


@contextmanager
def refusing(path: WorkPath) -> Iterator[None]:
    """Turns what the file system says into what the caller is told."""
    try:
        yield
    except OSError as error:
        raise refusal(path, error) from error


def refusal(path: WorkPath, error: OSError) -> ApiError:
    """What the caller is told. Raises the error itself where it is trouble of this machine's."""
    if error.errno in MACHINES:
        raise error
    if error.errno == errno.ENOENT:
        return not_found("file_not_found", f"There is no file `{path}` in the work folder.")
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
        return conflict(path, "leads over a symbolic link or over something that is no folder")
    if error.errno in {errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST}:
        return conflict(path, "is a folder")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        advice = "Remove files, or create a session with more `storage_gb`."
        return too_large("storage_full", f"`{path}` doesn't fit: the storage is full. {advice}")
    return conflict(path, f"can't be used ({error.strerror})")


def most_bytes(limit: int, storage_gb: float | None) -> int:
    """The longest file that is handed out of a place with so much storage (None: without limit)."""
    return limit if storage_gb is None else min(limit, int(storage_gb * GIB))


def too_long(path: object, size: int, limit: int) -> ApiError:
    """A file that isn't handed out. Its length counts, for a hole is sent as the zeros it reads as."""
    message = (
        f"`{path}` is {size} bytes long, and at most {limit} are handed out. Take it in parts."
    )
    return too_large("file_too_large", message)


def conflict(path: WorkPath, what: str) -> ApiError:
    return ApiError(409, "not_a_file", f"`{path}` {what}. Choose another path.")


def bad_name(field: str, name: str, what: str) -> ApiError:
    return bad_request(f"`{field}` {what}; it is {name[:80]!r}.", "invalid_path")
