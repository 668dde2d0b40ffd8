"""Files in and out of running containers."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from starlette.responses import Response

from cognitora_openapi.models import StoredFile

from ..engine import ContainerGone, EngineError, MadeContainer, NotAFile, NotAPlainFile
from ..http import files
from ..http.errors import ApiError
from ..http.files import Upload
from ..http.filesystem import FilesystemHandlers, Found, is_wanted
from ..http.requests import Call, FileBody
from ..http.responses import FileResponse, model_response
from ..sandbox.work_folder import WorkPath
from ..settings import Settings
from .lazy_engine import engine_unavailable
from .registry import ContainerRegistry
from .running import RunningContainer

CONTAINER_DISK = files.FileMessages(
    missing="There is no file `{path}` in the container's working folder. Check the path.",
    full="the container's disk is full. Remove files, or create a container with more `storageGb`.",
)


class FileHandlers:
    """Writes and reads one file at a time, in constant memory.

    Args:
        registry: whose files they are.
        settings: how large a file may be.
    """

    def __init__(self, registry: ContainerRegistry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings
        self.filesystem = FilesystemHandlers("container", self._place_of, settings)

    async def upload_container_file(self, call: Call) -> Response:
        if is_wanted(call):
            return await self.filesystem.upload_file(call)
        path = files.work_path(call.query["path"], "path")
        inner = inner_of(await self._registry.find_running(call.path["container_id"]))
        body = FileBody(call.request, self._settings.max_file_bytes)
        try:
            with api_errors(path, plain=lambda: body.begun):
                size = await inner.put(str(path), None, body)
        except NotAPlainFile:
            return await self.filesystem.upload_file(call)
        return model_response(StoredFile(path=str(path), size=size))

    async def download_container_file(self, call: Call) -> Response:
        if is_wanted(call):
            return await self.filesystem.download_file(call)
        path = files.work_path(call.query["path"], "path")
        running = await self._registry.find_running(call.path["container_id"])
        try:
            with api_errors(path, plain=lambda: False):
                file = await inner_of(running).get(str(path))
        except NotAPlainFile:
            return await self.filesystem.download_file(call)
        storage_gb = running.record.storage_gb
        limit = files.most_bytes(self._settings.max_download_bytes, storage_gb)
        if file.size > limit:
            raise files.too_long(path, file.size, limit)
        return FileResponse(file.pieces(), file.size)

    async def _place_of(self, call: Call) -> Found:
        running = await self._registry.find_running(call.path["container_id"])
        inner = inner_of(running)
        with engine_errors():
            filesystem = await inner.filesystem()
        return Found(running, filesystem, running.record.storage_gb, users=inner.has_users)


async def put(inner: MadeContainer, upload: Upload) -> None:
    """Write one of the files that came with a command.

    Raises:
        ApiError: as `put_pieces`.
    """

    async def content() -> AsyncIterator[bytes]:
        yield upload.content

    await put_pieces(inner, upload.path, content())


async def put_pieces(inner: MadeContainer, path: WorkPath, pieces: AsyncIterable[bytes]) -> int:
    """Write a file as it comes; its size in bytes.

    Raises:
        ApiError: 409, when something else has the name, or the container doesn't run; 413, when
            the file doesn't fit; 503, when the engine fails.
    """
    with api_errors(path):
        return await inner.put(str(path), None, pieces)


def inner_of(running: RunningContainer) -> MadeContainer:
    """The engine's container, which a running one has."""
    assert running.inner is not None
    return running.inner


@contextmanager
def api_errors(path: WorkPath, *, plain: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Turns what the engine and the file system say into what the caller is told.

    NotAPlainFile passes where there is another way than a `plain` one.
    """
    try:
        with files.api_errors(path, CONTAINER_DISK), engine_errors():
            yield
    except NotAFile as error:
        if isinstance(error, NotAPlainFile) and not plain():
            raise
        raise files.conflict(path, f"can't be used: {error}") from None


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turns what the engine says into what the caller is told."""
    try:
        yield
    except ContainerGone:
        message = "The container ended meanwhile. Create another."
        raise ApiError(409, "container_not_running", message) from None
    except EngineError as error:
        raise engine_unavailable(error) from error
