# Derived from ../_async/handles.py by `make generate`: change that, not this.
"""Something remote for the time of a `with` block: what sessions and containers have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, Self, TypeVar, overload

from cognitora_openapi.secret import NOT_COPIED

from .._concurrency.threads import Block, to_the_end
from ..cleanup import remains
from ..errors import CognitoraError, InvalidRequestError, NotFoundError
from .process import Process

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import TerminalSize

    from ..files import Source, Target, W, Writable
    from ..results import ProcessInfo
    from ..sandbox_text import InnerPath
    from .processes import Processes
    from .sandbox_path import SandboxPath
    from .transfer import FileTransfer

    Starts = tuple[Processes, Callable[..., ProcessInfo]]
    """The processes, and what starts one of the kind."""

Info = TypeVar("Info")


class Handle(Block, Generic[Info]):
    """What is made on entering a `with` block and ended on every way out of it."""

    _kind: str
    """What it is, in messages."""

    def __init__(self, make: Callable[[], Info]) -> None:
        self._make = make
        self._info: Info | None = None
        self._closed = False

    def _id_of(self, info: Info) -> str:
        raise NotImplementedError

    def _end(self, info: Info) -> None:
        raise NotImplementedError

    def _look(self, known_id: str, request_timeout: float | None) -> Info:
        raise NotImplementedError

    def _files(self) -> FileTransfer:
        raise NotImplementedError

    def _starts(self) -> Starts:
        raise NotImplementedError

    def _path(self, path: InnerPath, user: str | None) -> SandboxPath:
        raise NotImplementedError

    @property
    def id(self) -> str:
        """The service's name for it, also when it is closed.

        Raises:
            InvalidRequestError: It was never opened.
        """
        return self._id_of(self.info)

    @property
    def info(self) -> Info:
        """It as it was when the service was last asked; `refresh` asks.

        Raises:
            InvalidRequestError: It was never opened.
        """
        if self._info is None:
            raise InvalidRequestError(f"This {self._kind} is not open: use it in a `with` block.")
        return self._info

    def refresh(self, *, request_timeout: float | None = None) -> Info:
        """Asks how it is now, also when it is closed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            It as it is, which `info` is from now on.

        Raises:
            NotFoundError: There is none any more, as of a session that has ended.
            CognitoraError: The call failed otherwise.
        """
        self._info = self._look(self.id, request_timeout)
        return self._info

    def open(self) -> Self:
        """Makes it; entering a `with` block does it.

        Returns:
            Itself.

        Raises:
            CognitoraError: It could not be made.
        """
        if self._closed:
            raise InvalidRequestError(f"This {self._kind} is closed. Make a new one.")
        if self._info is None:
            self._info = self._make()
        return self

    def close(self) -> None:
        """Ends it; leaving a `with` block does it. Once it has ended, closing again does nothing.

        Raises:
            CognitoraError: It could not be ended. Close it again, or it ends when its time is over.
        """
        if self._info is None:
            self._closed = True
        elif not self._closed:
            to_the_end(self._discard, self._info)

    def start(
        self,
        command: Sequence[InnerPath],
        *,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        request_timeout: float | None = None,
    ) -> Process:
        """Starts a command in the background; it ends with what it runs in.

        Args:
            command: The command and its arguments, a list of words; `["sh", "-c", "…"]` for shell.
            working_directory: The folder to run it in, by default the work folder or the image's.
            environment: Environment variables for it.
            user: In a container, the user to run it as, such as `"nobody"` or `"1000:1000"`. A session has
                one user alone.
            timeout_seconds: How long it may run, in seconds; by default as long as what it runs in lives.
            stdin: Whether it will be written to; if not, its input is at its end from the start.
            terminal: The rows and columns of a terminal that it is to have; by default it has none.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process: iterate over it for what it prints, `write` to it, `wait` for its end. One that
            couldn't be started has ended, with the exit code 126 or 127.

        Raises:
            InvalidRequestError: Something is wrong with it, or `user` was said of a session.
            BadRequestError: The container has no such user.
            UnsupportedError: The server has no processes.
            CognitoraError: The call failed otherwise.
        """
        processes, start = self._starts()
        info = start(
            self._open_id(),
            command,
            working_directory,
            environment,
            user=user,
            timeout_seconds=timeout_seconds,
            stdin=stdin,
            terminal=terminal,
            request_timeout=request_timeout,
        )
        return Process(processes, info, stdin=stdin)

    def upload(
        self,
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into the work folder, replacing one of that name; folders on the way are made.

        Args:
            source: Bytes, the path of a local file, a file that is open in binary mode, read from where it
                stands, or an iterable of bytes; what can be read only once is kept in a temporary file.
            path: Where to, relative to the work folder, or absolute in the sandbox, with `/` between its
                parts and no `..`.
            mode: The file's permissions, such as `0o755`; by default those of the file
                that it replaces, else `0o644`. It takes a server that
                announces `filesystem`, as `user` and an absolute path do.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. A session has one user alone.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Raises:
            CognitoraError: The call failed.
        """
        self._files().upload(source, path, request_timeout, mode=mode, user=user)

    @overload
    def download(
        self,
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...

    @overload
    def download(
        self,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...

    @overload
    def download(
        self,
        path: InnerPath,
        target: W,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> W: ...

    def download(
        self,
        path: InnerPath,
        target: Target = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes | Path | Writable:
        """Reads a file of the work folder.

        Args:
            path: Which, relative to the work folder, or absolute in the sandbox, with `/` between its parts
                and no `..`.
            target: Where to: None for the bytes; the path of a local file, which appears when it is
                whole; or a file that is open in binary mode. A file that is there keeps its mode, a
                symbolic link is followed, and a named pipe or a device is written to as it is.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. A session has one user alone.
            request_timeout: Seconds for the whole transfer, instead of 600. What one that fails has left in
                the work folder is removed, after this time if need be: nobody waits for that longer.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            NotFoundError: There is no such file.
            CognitoraError: The call failed otherwise.
        """
        return self._files().download(path, target, request_timeout, user=user)

    def upload_folder(
        self,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a local folder with all in it: `upload_folder` of the service, see there.

        Args:
            source: The local folder.
            path: Where to: absolute in the sandbox, or relative to the work folder, which is `.`.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. A session has one user alone.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            CognitoraError: The call failed.
        """
        self._files().upload_folder(source, path, request_timeout, user=user)

    def download_folder(
        self,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path:
        """Reads a folder with all in it into a local one: `download_folder` of the service, see there.

        Args:
            path: Which: absolute in the sandbox, or relative to the work folder, which is `.`.
            target: The local folder, which isn't there yet, or is empty.
            outside_links: Whether symbolic links that lead out of the folder are kept as well; else they are
                refused.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. A session has one user alone.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The local folder.

        Raises:
            NotFoundError: There is no such folder.
            CognitoraError: The call failed otherwise.
        """
        return self._files().download_folder(
            path, target, request_timeout, outside_links=outside_links, user=user
        )

    def path(self, path: InnerPath, *, user: str | None = None) -> SandboxPath:
        """A path in it, to be used as those of `pathlib`. Nothing is asked for yet.

        Args:
            path: Absolute in the sandbox, or relative to the work folder, which is `.`.
            user: As whom, by name or number, with `:` and a group if need be; by default the container's
                user. A session has one user alone.

        Returns:
            The path, with `read_text`, `write_text`, `iterdir`, `glob` and the like.

        Raises:
            InvalidRequestError: It is no such path, or `user` was said of a session.
        """
        return self._path(path, user)

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        try:
            self.close()
        except CognitoraError as failure:
            # What went wrong in the block tells more than that cleaning up failed as well.
            if error is None:
                raise
            error.add_note(
                f"{self._kind.capitalize()} {self.id}: {remains(self._kind, self.id, failure)}"
            )

    def _open_id(self) -> str:
        """The id, for calls that need it open."""
        known = self.id
        if self._closed:
            raise InvalidRequestError(f"This {self._kind} ({known}) is closed.")
        return known

    def _discard(self, info: Info) -> None:
        with suppress(NotFoundError):  # ended by itself meanwhile: as wanted
            self._end(info)
        self._closed = True

    def __reduce__(self) -> str:
        raise TypeError(NOT_COPIED)

    def __repr__(self) -> str:
        known = "not open" if self._info is None else self._id_of(self._info)
        return f"<{type(self).__name__} {known}{', closed' if self._closed else ''}>"
