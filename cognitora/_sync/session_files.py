# Derived from ../_async/session_files.py by `make generate`: change that, not this.
"""Files of sessions."""

from __future__ import annotations

import base64
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, overload

from cognitora_openapi.api.interpreter import download_session_file, upload_session_file
from cognitora_openapi.models import FileUpload

from .. import checks, remote_files
from ..deadline import CLEANUP_SECONDS, Deadline
from ..errors import CognitoraError
from ..files import TRANSFER_SECONDS, Download, Upload
from ..threads import in_thread, to_the_end
from .code import Code
from .sessions import Sessions
from .transfer import NO_FILE, receive, transmit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from ..results import ExecuteCodeResponse


class SessionFiles(Code, Sessions):
    """The part of the interpreter that moves files in and out of sessions."""

    def upload(
        self,
        session_id: str,
        source: bytes | str | PathLike[str] | BinaryIO,
        path: str,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into a session's work folder, replacing one of that name.

        Folders on the way are made. To a server that announces `files` the file is streamed, in constant
        memory; to another it goes in pieces through `execute`.

        Args:
            session_id: The session's id.
            source: Bytes, the path of a local file, or a binary file object, read from where it stands.
            path: Where to, relative to the work folder, with `/` between its parts and no `..`.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            InvalidRequestError: The source can't be read, or the path leads out of the work folder.
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        checks.identifier("session_id", session_id)
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        upload = in_thread(Upload, source)
        try:
            if self._has_files(session_id, deadline):
                built = upload_session_file._get_kwargs(session_id, body=NO_FILE, path=path)
                transmit(self._wire, "upload_session_file", built, upload, deadline)
            else:
                self._upload_by_code(session_id, upload, path, deadline)
        finally:
            upload.close()

    @overload
    def download(
        self,
        session_id: str,
        path: str,
        target: None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes: ...

    @overload
    def download(
        self,
        session_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...

    @overload
    def download(
        self,
        session_id: str,
        path: str,
        target: BinaryIO,
        *,
        request_timeout: float | None = None,
    ) -> BinaryIO: ...

    @overload
    def download(
        self,
        session_id: str,
        path: str,
        target: str | PathLike[str] | BinaryIO | None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO: ...

    def download(
        self,
        session_id: str,
        path: str,
        target: str | PathLike[str] | BinaryIO | None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO:
        """Reads a file of a session's work folder.

        From a server that announces `files` it is streamed, in constant memory unless it is wanted as
        bytes; from another it comes in pieces through `execute`.

        Args:
            session_id: The session's id.
            path: Which, relative to the work folder, with `/` between its parts and no `..`.
            target: Where to: None for the bytes; the path of a local file, which appears when it is
                whole; or a binary file object.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            InvalidRequestError: The target can't be written, or the path leads out of the work folder.
            NotFoundError: There is no such session, or no such file.
            CognitoraError: The call failed otherwise.
        """
        checks.identifier("session_id", session_id)
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        download = Download(target)
        try:
            if self._has_files(session_id, deadline):
                built = download_session_file._get_kwargs(session_id, path=path)
                receive(self._wire, "download_session_file", built, download, deadline)
            else:
                self._download_by_code(session_id, path, download, deadline)
            return in_thread(download.finish)
        finally:
            download.close()

    def _has_files(self, session_id: str, deadline: Deadline) -> bool:
        if not self._wire.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            self.get_session(session_id, request_timeout=deadline.left())
        return "files" in self._wire.features

    def _upload_by_code(
        self, session_id: str, upload: Upload, path: str, deadline: Deadline
    ) -> None:
        language = self._language(session_id, deadline)
        stem = f".cognitora-{uuid.uuid4().hex}"
        parts: list[str] = []
        try:
            for data in upload:
                parts.append(f"{stem}-{len(parts)}")
                file = FileUpload(parts[-1], base64.b64encode(data).decode(), "base64")
                self._run_aside(session_id, language, remote_files.NOTHING, deadline, file)
            self._run_aside(session_id, language, remote_files.join(path, parts), deadline)
        except BaseException:
            to_the_end(self._remove_parts, session_id, language, parts)
            raise

    def _remove_parts(self, session_id: str, language: str, parts: list[str]) -> None:
        with suppress(CognitoraError):
            if parts:
                program, end = remote_files.remove(parts), Deadline(CLEANUP_SECONDS)
                self._run_aside(session_id, language, program, end)

    def _download_by_code(
        self, session_id: str, path: str, download: Download, deadline: Deadline
    ) -> None:
        language = self._language(session_id, deadline)
        token, offset, last = f"cognitora-{uuid.uuid4().hex}", 0, False
        while not last:
            program, marker = remote_files.read(path, offset, token), remote_files.marker(token)
            result = self._run_aside(session_id, language, program, deadline, marker)
            data, last = remote_files.piece(result.stdout, token, path, "execute_code")
            in_thread(download.write, data)
            offset += len(data)

    def _language(self, session_id: str, deadline: Deadline) -> str:
        session = self.get_session(session_id, request_timeout=deadline.left())
        return checks.language("The session's language", session.language)

    def _run_aside(
        self,
        session_id: str,
        language: str,
        program: Mapping[str, str],
        deadline: Deadline,
        *files: FileUpload,
    ) -> ExecuteCodeResponse:
        """Runs the version of a program that is in the session's language."""
        result = self.execute(
            program[language],
            language,
            session_id,
            files,
            networking=False,
            request_timeout=deadline.left(),
        )
        return result.raise_for_error()
