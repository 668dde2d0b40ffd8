# Derived from ../_async/container.py by `make generate`: change that, not this.
"""A persistent container for a `with` block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Self, overload

from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, InvalidRequestError, NotFoundError
from ..threads import acquire, to_the_end

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from cognitora_openapi.models import (
        ContainerExecResponse,
        ContainerUpdateResponse,
        Execution,
        FileUpload,
    )

    from .containers import Containers


class Container:
    """A container that is started on entering a `with` block and cancelled on every way out of it.

    Made by `client.containers.container(...)`. Without `with`, call `start` and `close`.
    """

    def __init__(self, containers: Containers, create: Callable[[], Execution]) -> None:
        self._containers = containers
        self._create = create
        self._info: Execution | None = None
        self._closed = False

    @property
    def id(self) -> str:
        """The container's id.

        Raises:
            InvalidRequestError: The container is not started, or closed.
        """
        return self.info.id

    @property
    def info(self) -> Execution:
        """The container as the service described it when it was started.

        Raises:
            InvalidRequestError: The container is not started, or closed.
        """
        if self._info is None or self._closed:
            state = "closed" if self._closed else "not started: use it in a `with` block"
            raise InvalidRequestError(f"This container is {state}.")
        return self._info

    def start(self) -> Self:
        """Starts the container; entering a `with` block does it.

        Returns:
            The container itself.

        Raises:
            CognitoraError: It could not be started.
        """
        if self._closed:
            raise InvalidRequestError("This container is closed. Make a new one.")
        if self._info is None:
            self._info = acquire(self._create, self._cancel)
        return self

    def close(self) -> None:
        """Cancels the container; leaving a `with` block does it. Closing twice does no harm.

        Raises:
            CognitoraError: It could not be cancelled; it ends when its time is over.
        """
        info, closed = self._info, self._closed
        self._closed = True
        if info is not None and not closed:
            to_the_end(self._cancel, info)

    def run(
        self,
        command: Sequence[str],
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in the container: `execute_in_container`, see there.

        Args:
            command: The command and its arguments, a list of words; `["sh", "-c", "…"]` for shell.
            files: Files to write before it runs.
            timeout_seconds: How long it may run, in seconds; by default as the service sees fit.
            working_directory: The folder to run it in, by default the image's.
            environment: Environment variables for this command.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` (300 where
                it is not given) + 30.

        Returns:
            What it printed.

        Raises:
            CognitoraError: The call failed.
        """
        return self._containers.execute_in_container(
            self.id,
            command,
            files,
            timeout_seconds,
            working_directory,
            environment,
            request_timeout=request_timeout,
        )

    def logs(self, *, request_timeout: float | None = None) -> str:
        """What the container has printed so far.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            Standard output and standard error, together.

        Raises:
            CognitoraError: The call failed.
        """
        return self._containers.get_container_logs(self.id, request_timeout=request_timeout)

    def update(
        self,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse:
        """Gives the container a new end: `update_container`, see there.

        Args:
            timeout_seconds: How long it lives from now on, in seconds.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The new end.

        Raises:
            CognitoraError: The call failed.
        """
        return self._containers.update_container(
            self.id, timeout_seconds, expires_at, request_timeout=request_timeout
        )

    def upload(
        self,
        source: bytes | str | PathLike[str] | BinaryIO,
        path: str,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Writes a file into the container: `upload` of the containers, see there.

        Args:
            source: Bytes, the path of a local file, or a binary file object.
            path: Where to, relative to the work folder.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Raises:
            CognitoraError: The call failed.
        """
        self._containers.upload(self.id, source, path, request_timeout=request_timeout)

    @overload
    def download(
        self, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...

    @overload
    def download(
        self, path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...

    @overload
    def download(
        self, path: str, target: BinaryIO, *, request_timeout: float | None = None
    ) -> BinaryIO: ...

    def download(
        self,
        path: str,
        target: str | PathLike[str] | BinaryIO | None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes | Path | BinaryIO:
        """Reads a file of the container: `download` of the containers, see there.

        Args:
            path: Which, relative to the work folder.
            target: Where to: None for the bytes, a local path, or a binary file object.
            request_timeout: Seconds for the whole transfer, instead of 600.

        Returns:
            The bytes, the path that was written, or the file object.

        Raises:
            NotFoundError: There is no such file.
            CognitoraError: The call failed otherwise.
        """
        return self._containers.download(self.id, path, target, request_timeout=request_timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except CognitoraError:
            # What went wrong in the block tells more than that cleaning up failed as well.
            if kind is None:
                raise

    def _cancel(self, info: Execution) -> None:
        with suppress(NotFoundError):  # ended meanwhile: as wanted
            self._containers.cancel_container(info.id, request_timeout=CLEANUP_SECONDS)

    def __repr__(self) -> str:
        known = self._info.id if self._info else "not started"
        return f"<{type(self).__name__} {known}{', closed' if self._closed else ''}>"
