"""Files in and out of running containers."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.responses import Response

from cognitora_openapi.models import StoredFile

from ..engine import ContainerGone, EngineError, NotAFile
from ..http import files
from ..http.errors import ApiError, not_found, too_large
from ..http.files import Upload, WorkPath
from ..http.requests import Call, FileAnswer, Handler, answer, read_pieces
from ..settings import Settings
from .lazy_engine import unavailable
from .registry import Containers
from .running import LiveContainer

if TYPE_CHECKING:
    from ..engine import Container

FULL = (errno.EDQUOT, errno.ENOSPC)


class ContainerFiles:
    """Writes and reads one file at a time, in constant memory.

    Args:
        containers: whose files they are.
        settings: how large a file may be.
    """

    def __init__(self, containers: Containers, settings: Settings) -> None:
        self._containers = containers
        self._settings = settings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "upload_container_file": self.upload_container_file,
            "download_container_file": self.download_container_file,
        }

    async def upload_container_file(self, call: Call) -> Response:
        path = files.work_path(call.query["path"], "path")
        inner = inner_of(await self._containers.running(call.path["container_id"]))
        pieces = read_pieces(call.request, self._settings.max_file_bytes)
        size = await put_pieces(inner, path, pieces)
        return answer(StoredFile(path=str(path), size=size))

    async def download_container_file(self, call: Call) -> Response:
        path = files.work_path(call.query["path"], "path")
        live = await self._containers.running(call.path["container_id"])
        with refusing(path):
            file = await inner_of(live).get(str(path))
        storage_gb = live.record.resources.storage_gb
        limit = files.most_bytes(self._settings.max_download_bytes, storage_gb)
        if file.size > limit:
            raise files.too_long(path, file.size, limit)
        return FileAnswer(file.pieces(), file.size)


async def put(inner: Container, upload: Upload) -> None:
    """Write one of the files that came with a command.

    Raises:
        ApiError: as `put_pieces`.
    """

    async def content() -> AsyncIterator[bytes]:
        yield upload.content

    await put_pieces(inner, upload.path, content())


async def put_pieces(inner: Container, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes; its size in bytes.

    Raises:
        ApiError: 409, when something else has the name, or the container doesn't run; 413, when
            the file doesn't fit; 503, when the engine fails.
    """
    with refusing(path):
        return await inner.put(str(path), None, pieces)


def inner_of(live: LiveContainer) -> Container:
    """The engine's container, which a running one has."""
    assert live.inner is not None
    return live.inner


@contextmanager
def refusing(path: WorkPath) -> Iterator[None]:
    """Turns what the engine says into what the caller is told."""
    try:
        yield
    except FileNotFoundError:
        message = f"There is no file `{path}` in the container's working folder."
        raise not_found("file_not_found", f"{message} Check the path.") from None
    except NotAFile as error:
        message = f"`{path}` can't be used: {error}. Choose another path."
        raise ApiError(409, "not_a_file", message) from None
    except ContainerGone:
        message = "The container ended meanwhile. Create another."
        raise ApiError(409, "container_not_running", message) from None
    except EngineError as error:
        raise unavailable(error) from error
    except OSError as error:
        if error.errno in files.MACHINES:
            raise
        if error.errno not in FULL:  # the container's doing: a lease, a path that grew too long
            raise files.conflict(path, f"can't be used ({error.strerror})") from error
        advice = "Remove files, or create a container with more `storageGb`."
        message = f"`{path}` doesn't fit: the container's disk is full. {advice}"
        raise too_large("storage_full", message) from None
