# Derived from ../_async/session_files.py by `make generate`: change that, not this.
"""Files of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from cognitora_openapi.api.interpreter import download_session_file, upload_session_file

from .. import validation
from .code import Code
from .transfer import NO_FILE, FileTransfer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import FileUpload

    from ..deadline import Deadline
    from ..files import Source, Target, W, Writable


class SessionFiles(Code):
    """The part of the interpreter that moves files in and out of sessions."""

    def upload(
        self,
        session_id: str,
        source: Source,
        path: str,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into a session's work folder, replacing one of that name.

        Folders on the way are made. To a server that announces `files` the file is streamed, in constant
        memory; to another it goes in pieces through `execute`.

        Args:
            session_id: The session's id.
            source: Bytes, the path of a local file, a file that is open in binary mode, read from where it
                stands, or an iterable of bytes; what can be read only once is kept in a temporary file.
            path: Where to, relative to the work folder, with `/` between its parts and no `..`.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Raises:
            InvalidRequestError: The source can't be read, or the path leads out of the work folder.
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        self._files(session_id).upload(source, path, request_timeout)

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
        target: W,
        *,
        request_timeout: float | None = None,
    ) -> W: ...

    def download(
        self,
        session_id: str,
        path: str,
        target: Target = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | Writable:
        """Reads a file of a session's work folder.

        From a server that announces `files` it is streamed, in constant memory unless it is wanted as
        bytes; from another it comes in pieces through `execute`.

        Args:
            session_id: The session's id.
            path: Which, relative to the work folder, with `/` between its parts and no `..`.
            target: Where to: None for the bytes; the path of a local file, which appears when it is
                whole; or a file that is open in binary mode. A file that is there keeps its mode, a
                symbolic link is followed, and a named pipe or a device is written to as it is.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            InvalidRequestError: The target can't be written, or the path leads out of the work folder.
            NotFoundError: There is no such session, or no such file.
            CognitoraError: The call failed otherwise.
        """
        return self._files(session_id).download(path, target, request_timeout)

    def _files(self, session_id: str) -> FileTransfer:
        return FileTransfer(self._client, _SessionSandbox(self, session_id))


class _SessionSandbox:
    """A session's work folder."""

    runs = "execute_code"

    def __init__(self, interpreter: SessionFiles, session_id: str) -> None:
        self._interpreter = interpreter
        self._id = validation.identifier("session_id", session_id)
        self._language: str | None = None

    def look(self, deadline: Deadline) -> None:
        session = self._interpreter.get_session(self._id, request_timeout=deadline.left())
        self._language = session.language

    def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        if self._language is None:
            self.look(deadline)
        language = validation.language("The session's language", self._language)
        result = self._interpreter.execute(
            program[language],
            language,
            self._id,
            files,
            networking=False,
            request_timeout=deadline.left(),
        )
        return result.raise_for_error().stdout

    def put(self, path: str) -> tuple[str, Mapping[str, Any]]:
        built = upload_session_file.build_request(self._id, body=NO_FILE, path=path)
        return "upload_session_file", built

    def get(self, path: str) -> tuple[str, Mapping[str, Any]]:
        return "download_session_file", download_session_file.build_request(self._id, path=path)
