"""Files in and out of sessions and one-shots."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from pathlib import Path

from ..http.files import FileMessages, Upload, api_errors, too_long
from ..sandbox import work_folder
from ..sandbox.work_folder import OpenFile, WorkPath

WORK_FOLDER = FileMessages(
    missing="There is no file `{path}` in the work folder.",
    full="the storage is full. Remove files, or create a session with more `storage_gb`.",
)


def write(folder: Path, uploads: Iterable[Upload]) -> None:
    """Write what came with code.

    Raises:
        ApiError: a path leads over a link or a file, or a file doesn't fit.
    """
    for upload in uploads:
        with api_errors(upload.path, WORK_FOLDER):
            work_folder.write(folder, upload.path, upload.content)


async def write_stream(folder: Path, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes; its size in bytes.

    Raises:
        ApiError: as `write`.
    """
    with api_errors(path, WORK_FOLDER):
        return await work_folder.write_stream(folder, path, pieces)


def open_file(folder: Path, path: WorkPath, *, limit: int) -> OpenFile:
    """Open a file for reading.

    Raises:
        ApiError: 404, when there is none; 409, when it is a link, a folder, a pipe or a device;
            413, when it is longer than `limit` bytes, holes included.
    """
    with api_errors(path, WORK_FOLDER):
        file = work_folder.open_file(folder, path)
    if file.size > limit:
        file.close()
        raise too_long(path, file.size, limit)
    return file
