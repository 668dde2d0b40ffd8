"""Commands and files in persistent containers."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, overload

from cognitora_openapi.api.compute import (
    download_container_file,
    execute_in_container,
    upload_container_file,
)
from cognitora_openapi.models import (
    ContainerExecRequest,
    ContainerExecResponse,
    FileUpload,
)

from .. import answers, checks, remote_files
from ..checks import given
from ..deadline import CLEANUP_SECONDS, GRACE_SECONDS, Deadline
from ..errors import CognitoraError, InvalidResponseError
from ..files import TRANSFER_SECONDS, Download, Upload
from ..tasks import async_in_thread, async_to_the_end
from .container_waiting import DEFAULT_SECONDS, AsyncContainerWaiting
from .transfer import NO_FILE, receive, transmit

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path


class AsyncContainerCommands(AsyncContainerWaiting):
    """The part of the containers that works inside of them."""

    async def execute_in_container(
        self,
        container_id: str,
        command: Sequence[str],
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in a running persistent container and waits for its end.

        Args:
            container_id: The container's id.
            command: The command and its arguments, a list of words; `["sh", "-c", "…"]` for shell.
            files: Files to write before it runs.
            timeout_seconds: How long it may run, in seconds; by default as the service sees fit.
            working_directory: The folder to run it in, by default the image's.
            environment: Environment variables for this command.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` (300 where
                it is not given) + 30.

        Returns:
            What it printed, as `.output`, and where the server tells, its `.exit_code`.

        Raises:
            CognitoraError: The call failed; `may_have_run` says whether it may have run.
        """
        request = ContainerExecRequest(
            checks.words("command", command),
            given(files),
            given(timeout_seconds),
            given(working_directory),
            given(environment),
        )
        return await self.execute_in_container_request(
            container_id, request, request_timeout=request_timeout
        )

    async def execute_in_container_request(
        self,
        container_id: str,
        request: ContainerExecRequest,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in a container: `execute_in_container` with a request object.

        Args:
            container_id: The container's id.
            request: The command and how to run it.
            request_timeout: Seconds to wait for the answer, instead of its `timeout_seconds` (300
                where it has none) + 30.

        Returns:
            What it printed.

        Raises:
            CognitoraError: The call failed; `may_have_run` says whether it may have run.
        """
        request = checks.exec_request(request)
        response = await self._wire.call(
            "execute_in_container",
            execute_in_container._get_kwargs(
                checks.identifier("container_id", container_id), body=request
            ),
            request_timeout,
            (request.timeout_seconds or DEFAULT_SECONDS) + GRACE_SECONDS,
        )
        return answers.one(response, ContainerExecResponse)

    async def upload_files(
        self,
        container_id: str,
        files: Sequence[FileUpload],
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Writes several files into a running persistent container.

        `upload` streams one file of any size.

        Args:
            container_id: The container's id.
            files: The files, each a `FileUpload` of text or of base64.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            How many were written, as `.files_uploaded`.

        Raises:
            CognitoraError: The call failed.
        """
        checks.identifier("container_id", container_id)
        files = checks.files("files", files)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        if not await self._has_files(container_id, deadline):
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
        source: bytes | str | PathLike[str] | BinaryIO,
        path: str,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into a running persistent container, replacing one of that name.

        Folders on the way are made. To a server that announces `files` the file is streamed, in constant
        memory; to another it goes in pieces beside commands, which takes a `sh` in the image.

        Args:
            container_id: The container's id.
            source: Bytes, the path of a local file, or a binary file object, read from where it stands.
            path: Where to, relative to the work folder, with `/` between its parts and no `..`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            InvalidRequestError: The source can't be read, or the path leads out of the work folder.
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        checks.identifier("container_id", container_id)
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        upload = await async_in_thread(Upload, source)
        try:
            if await self._has_files(container_id, deadline):
                built = upload_container_file._get_kwargs(container_id, body=NO_FILE, path=path)
                await transmit(self._wire, "upload_container_file", built, upload, deadline)
            else:
                await self._upload_by_commands(container_id, upload, path, deadline)
        finally:
            upload.close()

    @overload
    async def download(
        self,
        container_id: str,
        path: str,
        target: None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes: ...

    @overload
    async def download(
        self,
        container_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...

    @overload
    async def download(
        self,
        container_id: str,
        path: str,
        target: BinaryIO,
        *,
        request_timeout: float | None = None,
    ) -> BinaryIO: ...

    @overload
    async def download(
        self,
        container_id: str,
        path: str,
        target: str | PathLike[str] | BinaryIO | None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO: ...

    async def download(
        self,
        container_id: str,
        path: str,
        target: str | PathLike[str] | BinaryIO | None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO:
        """Reads a file of a running persistent container.

        From a server that announces `files` it is streamed, in constant memory unless it is wanted as
        bytes; from another it comes in pieces that commands print, which takes a `sh` and `base64`.

        Args:
            container_id: The container's id.
            path: Which, relative to the work folder, with `/` between its parts and no `..`.
            target: Where to: None for the bytes; the path of a local file, which appears when it is
                whole; or a binary file object.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            InvalidRequestError: The target can't be written, or the path leads out of the work folder.
            NotFoundError: There is no such container, or no such file.
            CognitoraError: The call failed otherwise.
        """
        checks.identifier("container_id", container_id)
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        download = Download(target)
        try:
            if await self._has_files(container_id, deadline):
                built = download_container_file._get_kwargs(container_id, path=path)
                await receive(self._wire, "download_container_file", built, download, deadline)
            else:
                await self._download_by_commands(container_id, path, download, deadline)
            return await async_in_thread(download.finish)
        finally:
            download.close()

    async def _has_files(self, container_id: str, deadline: Deadline) -> bool:
        if not self._wire.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            await self.get_container(container_id, request_timeout=deadline.left())
        return "files" in self._wire.features

    async def _upload_by_commands(
        self, container_id: str, upload: Upload, path: str, deadline: Deadline
    ) -> None:
        stem = f".cognitora-{uuid.uuid4().hex}"
        parts: list[str] = []
        try:
            async for data in upload:
                parts.append(f"{stem}-{len(parts)}")
                file = FileUpload(parts[-1], base64.b64encode(data).decode(), "base64")
                await self._shell(container_id, remote_files.NOTHING, deadline, file)
            await self._shell(container_id, remote_files.join(path, parts), deadline)
        except BaseException:
            await async_to_the_end(self._remove_parts, container_id, parts)
            raise

    async def _remove_parts(self, container_id: str, parts: list[str]) -> None:
        with suppress(CognitoraError):
            if parts:
                end = Deadline(CLEANUP_SECONDS)
                await self._shell(container_id, remote_files.remove(parts), end)

    async def _download_by_commands(
        self, container_id: str, path: str, download: Download, deadline: Deadline
    ) -> None:
        token, offset, last = f"cognitora-{uuid.uuid4().hex}", 0, False
        while not last:
            program, marker = remote_files.read(path, offset, token), remote_files.marker(token)
            printed = await self._shell(container_id, program, deadline, marker)
            data, last = remote_files.piece(printed, token, path, "execute_in_container")
            await async_in_thread(download.write, data)
            offset += len(data)

    async def _shell(
        self, container_id: str, program: Mapping[str, str], deadline: Deadline, *files: FileUpload
    ) -> str:
        """Runs the shell version of a program; what it printed, once it is sure that it ran well."""
        done = f"cognitora-{uuid.uuid4().hex}"
        answer = await self.execute_in_container(
            container_id,
            ["sh", "-c", f"{program['bash']} && echo {done}"],
            files,
            request_timeout=deadline.left(),
        )
        if done not in answer.output:
            raise InvalidResponseError(
                f"A command that moves a file failed in container {container_id}: "
                f"{answer.output[:500] or 'it printed nothing'}",
                operation="execute_in_container",
                may_have_run=True,
            )
        return answer.output
