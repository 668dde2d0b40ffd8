"""Files in persistent containers."""

from __future__ import annotations

import base64
import uuid
from typing import TYPE_CHECKING, Any, overload

from cognitora_openapi.api.compute import (
    download_container_file,
    download_container_folder,
    upload_container_file,
    upload_container_folder,
)

from .. import validation
from .._concurrency.tasks import async_in_thread
from ..errors import InvalidResponseError
from ..files import TRANSFER_SECONDS
from ..results import ContainerExecResponse
from .operations.compute import AsyncComputeOperations
from .sandbox_path import AsyncSandboxPath
from .transfer import NO_FILE, AsyncFileTransfer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import FileUpload

    from ..deadline import Deadline
    from ..file_uploads import Files
    from ..files import AsyncSource, Target, W, Writable
    from ..sandbox_text import InnerPath


class AsyncContainerFiles(AsyncComputeOperations):
    """The part of the containers that moves files in and out of them."""

    async def upload_files(
        self,
        container_id: str,
        files: Files,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Writes several files into a running persistent container.

        `upload` streams one file of any size.

        Args:
            container_id: The container's id.
            files: The files, as `execute_in_container` takes them.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many were written, as `.files_uploaded`.

        Raises:
            CognitoraError: The call failed.
        """
        validation.identifier("container_id", container_id)
        files = await async_in_thread(validation.files, "files", files)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
        with deadline.shared():
            if not await self._files(container_id).has_endpoints(deadline):
                # Files travel with a command only: one that does nothing.
                return await self.execute_in_container(
                    container_id, ["true"], files, request_timeout=deadline.left()
                )
            for file in files:
                raw = base64.b64decode(file.content) if file.encoding == "base64" else None
                source = file.content.encode() if raw is None else raw
                await self.upload(container_id, source, file.name, request_timeout=deadline.left())
        return ContainerExecResponse(
            container_id=container_id, output="", files_uploaded=len(files)
        )

    async def upload(
        self,
        container_id: str,
        source: AsyncSource,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into a running persistent container, replacing one of that name.

        Folders on the way are made. To a server that announces `files` the file is streamed, in constant
        memory; to another it goes in pieces beside commands, which takes a `sh` in the image.

        Args:
            container_id: The container's id.
            source: Bytes, the path of a local file, a file that is open in binary mode, read from where it
                stands, or an iterable of bytes; what can be read only once is kept in a temporary file.
            path: Where to, relative to the work folder, or absolute in the container, with `/` between its
                parts and no `..`.
            mode: The file's permissions, such as `0o755`; by default those of the file
                that it replaces, else `0o644`. It takes a server that
                announces `filesystem`, as an absolute path does.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. Permissions hold as they do for a command of that user. It takes a server that announces
                `filesystem`.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Raises:
            InvalidRequestError: The source can't be read, or the path leads out of the work folder.
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        await self._files(container_id).upload(source, path, request_timeout, mode=mode, user=user)

    @overload
    async def download(
        self,
        container_id: str,
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...

    @overload
    async def download(
        self,
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...

    @overload
    async def download(
        self,
        container_id: str,
        path: InnerPath,
        target: W,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> W: ...

    async def download(
        self,
        container_id: str,
        path: InnerPath,
        target: Target = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes | Path | Writable:
        """Reads a file of a running persistent container.

        From a server that announces `files` it is streamed, in constant memory unless it is wanted as
        bytes; from another it comes in pieces that commands print, which takes a `sh` and `base64`.

        Args:
            container_id: The container's id.
            path: Which, relative to the work folder, or absolute in the container, with `/` between its parts
                and no `..`.
            target: Where to: None for the bytes; the path of a local file, which appears when it is
                whole; or a file that is open in binary mode. A file that is there keeps its mode, a
                symbolic link is followed, and a named pipe or a device is written to as it is.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. Permissions hold as they do for a command of that user. It takes a server that announces
                `filesystem`.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            InvalidRequestError: The target can't be written, or the path leads out of the work folder.
            NotFoundError: There is no such container, or no such file.
            CognitoraError: The call failed otherwise.
        """
        return await self._files(container_id).download(path, target, request_timeout, user=user)

    async def upload_folder(
        self,
        container_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a local folder with all in it into a folder of a container, made if it is missing.

        Files of the same names are replaced; what else is there stays. Symbolic links are kept as they are,
        and what is neither file, folder nor link is left out. It takes a server that announces `filesystem`.

        Args:
            container_id: The container's id.
            source: The local folder.
            path: Where to: absolute in the container, or relative to the work folder, which is `.`.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user.
            request_timeout: Seconds for the whole transfer, instead of 600. One that fails may have written a
                part.

        Raises:
            InvalidRequestError: The folder can't be read.
            UnsupportedError: The server has no such thing.
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        await self._files(container_id).upload_folder(source, path, request_timeout, user=user)

    async def download_folder(
        self,
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path:
        """Reads a folder of a container with all in it into a local folder, which appears when it is whole.

        Nothing is written outside of it, whatever is in the container. Symbolic links are kept; what is
        neither file, folder nor link is left out. It takes a server that announces `filesystem`.

        Args:
            container_id: The container's id.
            path: Which: absolute in the container, or relative to the work folder, which is `.`.
            target: The local folder, which isn't there yet, or is empty.
            outside_links: Whether symbolic links that lead out of the folder are kept as well. Whoever reads
                through one reads a file of this machine that the container has chosen: unless it is said,
                they are refused.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The local folder.

        Raises:
            InvalidRequestError: The target can't be written, or isn't empty.
            UnsupportedError: The server has no such thing.
            NotFoundError: There is no such container, or no such folder.
            CognitoraError: The call failed otherwise.
        """
        return await self._files(container_id).download_folder(
            path, target, request_timeout, outside_links=outside_links, user=user
        )

    def path(
        self, container_id: str, path: InnerPath, *, user: str | None = None
    ) -> AsyncSandboxPath:
        """A path in a container, to be used as those of `pathlib`. Nothing is asked for yet.

        Args:
            container_id: The container's id.
            path: Absolute in the container, or relative to the work folder, which is `.`.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user.

        Returns:
            The path, with `read_text`, `write_text`, `iterdir`, `glob` and the like.
        """
        validation.identifier("container_id", container_id)
        return AsyncSandboxPath(self, container_id, path, user)

    def _files(self, container_id: str) -> AsyncFileTransfer:
        return AsyncFileTransfer(self._client, _ContainerSandbox(self, container_id))


class _ContainerSandbox:
    """A container's work folder."""

    runs = "execute_in_container"
    users = True

    def __init__(self, containers: AsyncContainerFiles, container_id: str) -> None:
        self._containers = containers
        self._id = validation.identifier("container_id", container_id)

    async def look(self, deadline: Deadline) -> None:
        with deadline.shared():
            await self._containers.get_container(self._id, request_timeout=deadline.left())

    async def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        done = f"cognitora-{uuid.uuid4().hex}"  # which proves that the program ran well
        with deadline.shared():
            answer = await self._containers.execute_in_container(
                self._id,
                ["sh", "-c", f"{program['bash']} && echo {done}"],
                files,
                request_timeout=deadline.left(),
            )
        if done not in answer.output:
            raise InvalidResponseError(
                f"A command that moves a file failed in container {self._id}: "
                f"{answer.output[:500] or 'it printed nothing'}",
                operation=self.runs,
                may_have_run=True,
            )
        return answer.output

    def put(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = upload_container_file.build_request(self._id, body=NO_FILE, path=path, **more)
        return "upload_container_file", built

    def get(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        return "download_container_file", download_container_file.build_request(
            self._id, path=path, **more
        )

    def put_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = upload_container_folder.build_request(self._id, body=NO_FILE, path=path, **more)
        return "upload_container_folder", built

    def get_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = download_container_folder.build_request(self._id, path=path, **more)
        return "download_container_folder", built
