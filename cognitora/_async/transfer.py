"""Files on their way to and from a session or a container."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cognitora_openapi.models import FileUpload
from cognitora_openapi.operations import OPERATIONS
from cognitora_openapi.types import File

from .. import file_scripts, progress, validation
from .._concurrency.tasks import AsyncWorker, async_in_time
from ..cleanup import log
from ..deadline import CLEANUP_SECONDS, Deadline
from ..downloads import Download
from ..errors import CognitoraError, InvalidRequestError
from ..files import TRANSFER_SECONDS, AsyncSource, Target, Upload, Writable, async_opened
from ..folders import FolderDownload, stream_of
from ..sandbox_text import as_text

if TYPE_CHECKING:
    from os import PathLike

    from ..progress import Bar
    from ..sandbox_text import InnerPath
    from .base_client import AsyncBaseClient

NO_FILE = File(io.BytesIO())
"""What the generated request builders get: the bytes go past them."""


class AsyncSandbox(Protocol):
    """Where the files are: a session or a container.

    Attributes:
        runs: The operation that runs programs there.
        users: Whether there is more than one user.
    """

    runs: str
    users: bool

    async def look(self, deadline: Deadline) -> None:
        """Asks the server what it is like, by which it also tells its features."""
        ...

    async def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        """Runs the version of a program that fits it, beside files; what it printed.

        Raises:
            CognitoraError: It did not run well.
        """
        ...

    def put(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        """The operation that writes a file, and its request."""
        ...

    def get(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        """The operation that reads a file, and its request."""
        ...

    def put_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        """The operation that writes a folder, and its request."""
        ...

    def get_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        """The operation that reads a folder, and its request."""
        ...


ONE_USER = "A session has one user alone, so that none can be chosen: leave `user` out."

AsyncWrite = Callable[[bytes], Awaitable[None]]


class AsyncBody:
    """What is uploaded, as a request's body: read beside the event loop.

    Attributes:
        size: The number of bytes.
    """

    def __init__(self, upload: Upload, worker: AsyncWorker, deadline: Deadline, bar: Bar) -> None:
        self.size = upload.size
        self._bar = bar
        self._upload = upload
        self._worker = worker
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self._upload)

        def following() -> bytes | None:
            return next(pieces, None)

        sent = 0
        while (piece := await self._worker.call(self._deadline, following)) is not None:
            yield piece
            sent += len(piece)
            self._bar.at(sent, self.size)


class AsyncFileTransfer:
    """Moves files by the server's endpoints; where it announces none, by programs in the sandbox."""

    def __init__(self, client: AsyncBaseClient, sandbox: AsyncSandbox) -> None:
        self._client = client
        self._sandbox = sandbox

    async def upload(
        self, source: AsyncSource, path: InnerPath, request_timeout: float | None, **more: Any
    ) -> None:
        """Writes a file; see `upload` of the services."""
        path = _checked(path)
        more = self._given(more)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
        upload, worker = Upload(source, deadline), AsyncWorker()
        try:
            with progress.told(f"Uploading {path}", unit="bytes") as bar:
                await async_opened(upload, worker, deadline)
                body = AsyncBody(upload, worker, deadline, bar)
                if await self._is_served(path, more, deadline):
                    await self._transmit(body, self._sandbox.put(path, **more), deadline)
                else:
                    await self._upload_in_parts(body, path, deadline)
        finally:
            deadline.expire()
            await worker.end(upload.close)

    async def download(
        self, path: InnerPath, target: Target, request_timeout: float | None, **more: Any
    ) -> bytes | Path | Writable:
        """Reads a file; see `download` of the services."""
        path = _checked(path)
        more = self._given(more)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
        download, worker = Download(target, deadline), AsyncWorker()

        async def write(piece: bytes) -> None:
            await worker.call(deadline, download.write, piece)

        try:
            await worker.call(deadline, download.open)
            with progress.told(f"Downloading {path}", unit="bytes") as bar:
                if await self._is_served(path, more, deadline):
                    await self._receive(self._sandbox.get(path, **more), write, deadline, bar)
                else:
                    await self._download_in_pieces(path, write, deadline, bar)
            return await worker.call(deadline, download.finish)
        finally:
            deadline.expire()
            await worker.end(download.close)

    async def upload_folder(
        self,
        source: str | PathLike[str],
        path: InnerPath,
        request_timeout: float | None,
        **more: Any,
    ) -> None:
        """Writes a folder; see `upload_folder` of the services."""
        path = validation.inner_path("path", path)
        more = self._given(more)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
        upload, worker = Upload(stream_of(source), deadline), AsyncWorker()
        try:
            with progress.told(f"Uploading {path}", unit="bytes") as bar:
                await async_opened(upload, worker, deadline)
                body = AsyncBody(upload, worker, deadline, bar)
                await self._transmit(body, self._sandbox.put_folder(path, **more), deadline)
        finally:
            deadline.expire()
            await worker.end(upload.close)

    async def download_folder(
        self,
        path: InnerPath,
        target: str | PathLike[str],
        request_timeout: float | None,
        *,
        outside_links: bool,
        **more: Any,
    ) -> Path:
        """Reads a folder; see `download_folder` of the services."""
        path = validation.inner_path("path", path)
        more = self._given(more)
        validation.boolean("outside_links", outside_links)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
        download, worker = FolderDownload(target, outside_links=outside_links), AsyncWorker()

        async def write(piece: bytes) -> None:
            await worker.call(deadline, download.write, piece)

        try:
            await worker.call(deadline, download.open)
            with progress.told(f"Downloading {path}", unit="bytes") as bar:
                request = self._sandbox.get_folder(path, **more)
                await self._receive(request, write, deadline, bar)
            return await worker.call(deadline, download.finish)
        finally:
            deadline.expire()
            await worker.end(download.close)

    def _given(self, more: Mapping[str, Any]) -> dict[str, Any]:
        """What is said of a file or folder besides its path, checked."""
        given = {name: value for name, value in more.items() if value is not None}
        if "mode" in given:
            validation.whole("mode", given["mode"], most=0o777)
        if "user" in given:
            validation.text("user", given["user"], shortest=1, longest=255)
            if not self._sandbox.users:
                raise InvalidRequestError(ONE_USER)
        return given

    async def _is_served(self, path: str, more: Mapping[str, Any], deadline: Deadline) -> bool:
        """Whether the server has an endpoint for a file; it must, where more is wanted of it.

        Raises:
            UnsupportedError: It has none for that.
        """
        served = await self.has_endpoints(deadline)
        if path.startswith("/") or "\\" in path or more:
            self._client.check_feature("filesystem", self._sandbox.put(path)[0])
            return True
        return served

    async def has_endpoints(self, deadline: Deadline) -> bool:
        """Whether the server has endpoints for files."""
        if not self._client.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            await self._sandbox.look(deadline)
        return "files" in self._client.features

    async def _transmit(
        self, body: AsyncBody, request: tuple[str, Mapping[str, Any]], deadline: Deadline
    ) -> None:
        name, built = request
        await self._client.send(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={**built["headers"], "Content-Length": str(body.size)},
            body=body,
            deadline=deadline,
        )

    async def _receive(
        self,
        request: tuple[str, Mapping[str, Any]],
        write: AsyncWrite,
        deadline: Deadline,
        bar: Bar,
    ) -> None:
        name, built = request
        answer = await self._client.stream(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={"Accept": "application/octet-stream"},
            deadline=deadline,
        )
        size = answer.headers.get("content-length", "")
        received, total = 0, int(size) if size.isdecimal() else None
        async with answer:
            async for piece in answer:
                await write(piece)
                received += len(piece)
                bar.at(received, total)

    async def _upload_in_parts(self, body: AsyncBody, path: str, deadline: Deadline) -> None:
        stem = f".cognitora-{uuid.uuid4().hex}"
        parts: list[str] = []
        try:
            async for data in body:
                parts.append(f"{stem}-{len(parts)}")
                part = FileUpload(
                    name=parts[-1], content=base64.b64encode(data).decode(), encoding="base64"
                )
                await self._sandbox.run(file_scripts.NOTHING, deadline, part)
            await self._sandbox.run(file_scripts.join(path, parts), deadline)
        except BaseException:
            if parts:
                await async_in_time(deadline.remaining(), self._remove, parts)
            raise

    async def _remove(self, parts: list[str]) -> None:
        """Removes what a transfer that failed has left. It has a time of its own: the call's may be over."""
        try:
            await self._sandbox.run(file_scripts.remove(parts), Deadline(CLEANUP_SECONDS))
        except CognitoraError as error:
            log.warning("%s could not be removed from the work folder: %s", ", ".join(parts), error)

    async def _download_in_pieces(
        self, path: str, write: AsyncWrite, deadline: Deadline, bar: Bar
    ) -> None:
        token, offset, last = f"cognitora-{uuid.uuid4().hex}", 0, False
        while not last:
            program, marker = file_scripts.read(path, offset, token), file_scripts.marker(token)
            try:
                printed = await self._sandbox.run(program, deadline, marker)
            except BaseException as error:
                if getattr(error, "may_have_run", True):
                    await async_in_time(deadline.remaining(), self._remove, [marker.name])
                raise
            data, last = file_scripts.piece(printed, token, path, self._sandbox.runs)
            await write(data)
            offset += len(data)
            bar.at(offset)


def _checked(path: object) -> str:
    path = as_text(path)
    if isinstance(path, str) and path.startswith("/"):
        return validation.inner_path("path", path)
    return validation.path("path", path, backslashes=True)
