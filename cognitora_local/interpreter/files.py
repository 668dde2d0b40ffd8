"""Files in and out of sessions and one-shots."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterable, AsyncIterator, Iterable

from ..concurrency.completion import to_completion
from ..filesystem.visit import ReachableFilesystem
from ..http import filesystem as file_calls
from ..http.files import FileMessages, Upload, api_errors, too_long
from ..kernel import Kernel
from ..sandbox import WorkFolder
from ..sandbox.work_folder import OpenFile, WorkPath

WORK_FOLDER = FileMessages(
    missing="There is no file `{path}` in the work folder.",
    full="the storage is full. Remove files, or create a session with more `storage_gb`.",
)


async def write(kernel: Kernel, uploads: Iterable[Upload]) -> None:
    """Write what came with code.

    Raises:
        ApiError: a path leads over a link or a file, or a file doesn't fit.
    """
    folder = kernel.work_folder
    if folder is not None:
        await to_completion(asyncio.to_thread(_write_into, folder, uploads))
    else:
        for upload in uploads:
            await to_completion(_write_by_visit(kernel.filesystem, upload))


async def write_stream(folder: WorkFolder, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes; its size in bytes.

    Raises:
        ApiError: as `write`.
    """
    with api_errors(path, WORK_FOLDER):
        return await folder.write_stream(path, pieces)


def open_file(folder: WorkFolder, path: WorkPath, *, limit: int) -> OpenFile:
    """Open a file for reading.

    Raises:
        ApiError: 404, when there is none; 409, when it is a link, a folder, a pipe or a device;
            413, when it is longer than `limit` bytes, holes included.
    """
    with api_errors(path, WORK_FOLDER):
        file = folder.open_file(path)
    if file.size > limit:
        file.close()
        raise too_long(path, file.size, limit)
    return file


def _write_into(folder: WorkFolder, uploads: Iterable[Upload]) -> None:
    for upload in uploads:
        with api_errors(upload.path, WORK_FOLDER):
            folder.write(upload.path, upload.content)


async def _write_by_visit(filesystem: ReachableFilesystem, upload: Upload) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield upload.content

    said = str(upload.path)
    path = posixpath.join(filesystem.folder, said)
    with file_calls.api_errors("session", said, {path: said}, users=False):
        async with filesystem.visit(action="write", path=path, user=None, mode=None) as call:
            await call.send(content())
            await call.answer()
