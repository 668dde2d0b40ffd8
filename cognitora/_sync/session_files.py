# Derived from ../_async/session_files.py by `make generate`: change that, not this.
"""Files of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from cognitora_openapi.api.interpreter import (
    download_session_file,
    download_session_folder,
    upload_session_file,
    upload_session_folder,
)

from .. import validation
from .code import Code
from .sandbox_path import SandboxPath
from .transfer import NO_FILE, FileTransfer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import FileUpload

    from ..deadline import Deadline
    from ..files import Source, Target, W, Writable
    from ..sandbox_text import InnerPath


class SessionFiles(Code):
    """The part of the interpreter that moves files in and out of sessions."""

    def upload(
        self,
        session_id: str,
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into a session's work folder, replacing one of that name.

        Folders on the way are made. To a server that announces `files` the file is streamed, in constant
        memory; to another it goes in pieces through `execute`.

        Args:
            session_id: The session's id.
            source: Bytes, the path of a local file, a file that is open in binary mode, read from where it
                stands, or an iterable of bytes; what can be read only once is kept in a temporary file.
            path: Where to, relative to the work folder, or absolute in the sandbox, with `/` between its
                parts and no `..`.
            mode: The file's permissions, such as `0o755`; by default those of the file
                that it replaces, else `0o644`. It takes a server that
                announces `filesystem`, as an absolute path does.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Raises:
            InvalidRequestError: The source can't be read, or the path leads out of the work folder.
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        self._files(session_id).upload(source, path, request_timeout, mode=mode)

    @overload
    def download(
        self,
        session_id: str,
        path: InnerPath,
        target: None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes: ...

    @overload
    def download(
        self,
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...

    @overload
    def download(
        self,
        session_id: str,
        path: InnerPath,
        target: W,
        *,
        request_timeout: float | None = None,
    ) -> W: ...

    def download(
        self,
        session_id: str,
        path: InnerPath,
        target: Target = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | Writable:
        """Reads a file of a session's work folder.

        From a server that announces `files` it is streamed, in constant memory unless it is wanted as
        bytes; from another it comes in pieces through `execute`.

        Args:
            session_id: The session's id.
            path: Which, relative to the work folder, or absolute in the sandbox, with `/` between its parts
                and no `..`.
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

    def upload_folder(
        self,
        session_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a local folder with all in it into a folder of a session, made if it is missing.

        Files of the same names are replaced; what else is there stays. Symbolic links are kept as they are,
        and what is neither file, folder nor link is left out. It takes a server that announces `filesystem`.

        Args:
            session_id: The session's id.
            source: The local folder.
            path: Where to: absolute in the sandbox, or relative to the work folder, which is `.`.
            request_timeout: Seconds for the whole transfer, instead of 600. One that fails may have written a
                part.

        Raises:
            InvalidRequestError: The folder can't be read.
            UnsupportedError: The server has no such thing.
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        self._files(session_id).upload_folder(source, path, request_timeout)

    def download_folder(
        self,
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        request_timeout: float | None = None,
    ) -> Path:
        """Reads a folder of a session with all in it into a local folder, which appears when it is whole.

        Nothing is written outside of it, whatever is in the sandbox. Symbolic links are kept; what is neither
        file, folder nor link is left out. It takes a server that announces `filesystem`.

        Args:
            session_id: The session's id.
            path: Which: absolute in the sandbox, or relative to the work folder, which is `.`.
            target: The local folder, which isn't there yet, or is empty.
            outside_links: Whether symbolic links that lead out of the folder are kept as well. Whoever reads
                through one reads a file of this machine that the sandbox has chosen: unless it is said, they
                are refused.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The local folder.

        Raises:
            InvalidRequestError: The target can't be written, or isn't empty.
            UnsupportedError: The server has no such thing.
            NotFoundError: There is no such session, or no such folder.
            CognitoraError: The call failed otherwise.
        """
        return self._files(session_id).download_folder(
            path, target, request_timeout, outside_links=outside_links
        )

    def path(self, session_id: str, path: InnerPath) -> SandboxPath:
        """A path in a session, to be used as those of `pathlib`. Nothing is asked for yet.

        Args:
            session_id: The session's id.
            path: Absolute in the sandbox, or relative to the work folder, which is `.`.

        Returns:
            The path, with `read_text`, `write_text`, `iterdir`, `glob` and the like.
        """
        validation.identifier("session_id", session_id)
        return SandboxPath(self, session_id, path)

    def _files(self, session_id: str) -> FileTransfer:
        return FileTransfer(self._client, _SessionSandbox(self, session_id))


class _SessionSandbox:
    """A session's work folder."""

    runs = "execute_code"
    users = False

    def __init__(self, interpreter: SessionFiles, session_id: str) -> None:
        self._interpreter = interpreter
        self._id = validation.identifier("session_id", session_id)
        self._language: str | None = None

    def look(self, deadline: Deadline) -> None:
        with deadline.shared():
            session = self._interpreter.get_session(self._id, request_timeout=deadline.left())
        self._language = session.language

    def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        if self._language is None:
            self.look(deadline)
        language = validation.language("The session's language", self._language)
        with deadline.shared():
            result = self._interpreter.execute(
                program[language],
                language,
                self._id,
                files,
                networking=False,
                request_timeout=deadline.left(),
            )
        return result.raise_for_error().stdout

    def put(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = upload_session_file.build_request(self._id, body=NO_FILE, path=path, **more)
        return "upload_session_file", built

    def get(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        return "download_session_file", download_session_file.build_request(
            self._id, path=path, **more
        )

    def put_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = upload_session_folder.build_request(self._id, body=NO_FILE, path=path, **more)
        return "upload_session_folder", built

    def get_folder(self, path: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
        built = download_session_folder.build_request(self._id, path=path, **more)
        return "download_session_folder", built
