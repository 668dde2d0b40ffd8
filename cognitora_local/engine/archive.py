"""Files in and out of a container by the engine's archives: a tar of one file.

They are taken apart and put together piece by piece. The engines open them with the container's
folder as their root, so no link in it leads out of it. What they do with a tar that breaks off is
leave half a file, in place of the old one: so a file is kept on the host until it is whole, and only
then does the container see any of it.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import posixpath
import re
import tarfile
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import aiohttp
from aiodocker import Docker

from .container_user import Owner
from .errors import ContainerGone, EngineError, NotAFile
from .models import StoredFile
from .request import reason, request

_CHUNK = 256 * 1024
_ROOT = Owner(0, 0)
_STANDARD = str.maketrans("-_", "+/")
_PATTERN = frozenset("*?[\\")
_SIZE = re.compile(rb"(?:^|\n)\d+ size=(\d+)\n")
# Go's os.FileMode: every kind of file but a regular one has a bit of its own.
_NOT_REGULAR = 0x8F280000


async def put(
    docker: Docker,
    container: str,
    path: str,
    pieces: AsyncIterable[bytes],
    owner: Owner,
    *,
    spool: Path,
) -> int:
    """Write the file `path`; it and the folders made on its way belong to `owner`.

    The permissions of a file that it replaces are kept.

    It is kept in the folder `spool` until all of it has come. Returns its size in bytes.

    Raises:
        NotAFile: a folder, a link or a device has the name, or a file stands on its way.
        OSError: EDQUOT or ENOSPC: it doesn't fit. A part of it is there, in place of the old one.
        ContainerGone: the container isn't there.
        EngineError: the engine failed.
    """
    with tempfile.TemporaryFile(dir=spool) as file:
        async for piece in pieces:
            file.write(piece)
        size = file.tell()
        file.seek(0)
        found = await _stat(docker, container, path)
        if found is not None and found.is_no_file:
            raise NotAFile(f"{path} is a folder, a link or a device")
        folders = [] if owner == _ROOT else await _missing(docker, container, path)
        # noOverwriteDirNonDir: without it a folder made since then is deleted, with all in it.
        params = {"path": "/", "noOverwriteDirNonDir": "true"}
        mode = 0o644 if found is None else found.permissions
        archive = _archive(path, file, size, mode, owner, folders)
        async with _archive_request(docker, "PUT", container, params, archive) as response:
            if response.status == 404:
                raise ContainerGone(await reason(response))
            if response.status != 200:
                raise _refusal(path, await reason(response))
    return size


async def get(docker: Docker, container: str, path: str) -> StoredFile:
    """The file `path`.

    Raises:
        FileNotFoundError: there is none.
        NotAFile: a folder, a link or a device has the name, or a file stands on its way.
        EngineError: the engine failed.
    """
    if set(path) & _PATTERN:
        raise EngineError(
            f"{path} can't be read: Podman takes `*`, `?`, `[` and `\\` for a pattern."
        )
    found = await _stat(docker, container, path)
    if found is None:
        raise FileNotFoundError(path)
    if found.is_no_file:
        raise NotAFile(f"{path} is a folder, a link or a device")
    return _File(docker, container, path, found.size)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a container, as long as it was when it was looked at."""

    docker: Docker
    container: str
    path: str
    size: int

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        params = {"path": self.path}
        async with _archive_request(self.docker, "GET", self.container, params) as response:
            if response.status != 200:
                raise EngineError(f"{self.path} can't be read: {await reason(response)}.")
            content = response.content
            left = min(self.size, await _regular(content))
            missing = self.size - left
            while left > 0 and (piece := await content.read(min(_CHUNK, left))):
                left -= len(piece)
                yield piece
            if left or missing:
                raise EngineError(f"{self.path} became shorter while it was read.")


@dataclass(frozen=True, slots=True)
class _Stat:
    is_no_file: bool
    size: int
    permissions: int


async def _stat(docker: Docker, container: str, path: str) -> _Stat | None:
    """What has the name; None: nothing. Nothing is said of what a link leads to."""
    async with _archive_request(docker, "HEAD", container, {"path": path}) as response:
        told = response.headers.get("X-Docker-Container-Path-Stat")
        if told is not None:  # Podman answers 404 with it, for a link that leads nowhere
            # Docker's alphabet has `+` and `/`, Podman's `-` and `_`.
            found = json.loads(base64.b64decode(told.translate(_STANDARD)))
            mode = found["mode"]
            return _Stat(bool(mode & _NOT_REGULAR), found["size"], mode & 0o777)
        if response.status == 404:
            return None
        # A file where a folder should be, or links that lead in a circle: the answer to HEAD can't
        # say which.
        raise NotAFile(f"{path} leads over a link or over something that is no folder")


async def _missing(docker: Docker, container: str, path: str) -> list[str]:
    """The folders on the way to `path` that aren't there, the outermost first."""
    missing: list[str] = []
    folder = posixpath.dirname(path)
    while folder != "/" and await _stat(docker, container, folder) is None:
        missing.insert(0, folder)
        folder = posixpath.dirname(folder)
    return missing


async def _archive(
    path: str, file: IO[bytes], size: int, mode: int, owner: Owner, folders: list[str]
) -> AsyncIterator[bytes]:
    for folder in folders:
        yield _header(folder, tarfile.DIRTYPE, 0o755, 0, owner)
    yield _header(path, tarfile.REGTYPE, mode, size, owner)
    while chunk := file.read(_CHUNK):
        yield chunk
    yield bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)


def _header(path: str, kind: bytes, mode: int, size: int, owner: Owner) -> bytes:
    member = tarfile.TarInfo(path.lstrip("/"))
    member.type, member.mode, member.size = kind, mode, size
    member.uid, member.gid = owner.user, owner.group
    member.mtime = int(time.time())
    return member.tobuf(tarfile.PAX_FORMAT)


async def _regular(content: aiohttp.StreamReader) -> int:
    """Reads up to where the file's bytes begin; how many there are."""
    larger: int | None = None
    while True:
        try:
            member = tarfile.TarInfo.frombuf(await _block(content, 1), "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise EngineError("The engine's archive has no file in it.") from error
        if member.isreg():
            return member.size if larger is None else larger
        # What doesn't fit into a header, in a block before it: a long name, a size of over 8 GiB.
        told = await _block(content, -(-member.size // tarfile.BLOCKSIZE))
        if found := _SIZE.search(told):
            larger = int(found[1])


async def _block(content: aiohttp.StreamReader, count: int) -> bytes:
    try:
        return await content.readexactly(count * tarfile.BLOCKSIZE)
    except EOFError as error:
        raise EngineError("The engine's archive ends before the file.") from error


def _archive_request(
    docker: Docker,
    method: str,
    container: str,
    params: dict[str, str],
    data: Any = None,
) -> Any:
    return request(docker, method, f"containers/{container}/archive", params=params, data=data)


def _refusal(path: str, said: str) -> Exception:
    for number in (errno.EDQUOT, errno.ENOSPC):
        if os.strerror(number).lower() in said.lower():
            return OSError(number, os.strerror(number), path)
    if "not a directory" in said or "overwrite" in said:
        return NotAFile(f"{path} is a folder, or leads over something that is none")
    return EngineError(f"{path} can't be written: {said}.")
