# Derived from ../_async/transfer.py by `make generate`: change that, not this.
"""Files on their way to and from a session or a container."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cognitora_openapi.models import FileUpload
from cognitora_openapi.operations import OPERATIONS
from cognitora_openapi.types import File

from .. import checks, remote_files
from ..deadline import CLEANUP_SECONDS, Deadline
from ..errors import CognitoraError
from ..files import (
    READER_SECONDS,
    TRANSFER_SECONDS,
    Download,
    Source,
    Target,
    Upload,
    Writable,
    opened,
)
from ..threads import acquire, in_thread, in_time

if TYPE_CHECKING:
    from .wire import Wire

NO_FILE = File(io.BytesIO())
"""What the generated request builders get: the bytes go past them."""


class Place(Protocol):
    """Where the files are: a session or a container.

    Attributes:
        runs: The operation that runs programs there.
    """

    runs: str

    def look(self, deadline: Deadline) -> None:
        """Asks the server what the place is like, by which it also tells its features."""
        ...

    def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        """Runs the version of a program that fits the place, beside files; what it printed.

        Raises:
            CognitoraError: It did not run well.
        """
        ...

    def put(self, path: str) -> tuple[str, Mapping[str, Any]]:
        """The operation that writes a file, and its request."""
        ...

    def get(self, path: str) -> tuple[str, Mapping[str, Any]]:
        """The operation that reads a file, and its request."""
        ...


class FileTransfer:
    """Moves files by the server's endpoints; where it announces none, by programs in the sandbox."""

    def __init__(self, wire: Wire, place: Place) -> None:
        self._wire = wire
        self._place = place

    def upload(self, source: Source, path: str, request_timeout: float | None) -> None:
        """Writes a file; see `upload` of the services."""
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        upload = opened(source)
        try:
            if self.has_endpoints(deadline):
                self._transmit(upload, path, deadline)
            else:
                self._upload_in_parts(upload, path, deadline)
        finally:
            upload.close()

    def download(
        self, path: str, target: Target, request_timeout: float | None
    ) -> bytes | Path | Writable:
        """Reads a file; see `download` of the services."""
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        wait = min(READER_SECONDS, deadline.left())

        def open_it() -> Download:
            return in_thread(Download, target, wait)

        def close_it(opened: Download) -> None:
            in_thread(opened.close)

        # Who is cancelled meanwhile must leave no file behind that was just made.
        download = acquire(open_it, close_it)
        try:
            if self.has_endpoints(deadline):
                self._receive(path, download, deadline)
            else:
                self._download_in_pieces(path, download, deadline)
            return in_thread(download.finish)
        finally:
            download.close()

    def has_endpoints(self, deadline: Deadline) -> bool:
        """Whether the server has endpoints for files."""
        if not self._wire.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            self._place.look(deadline)
        return "files" in self._wire.features

    def _transmit(self, upload: Upload, path: str, deadline: Deadline) -> None:
        name, built = self._place.put(path)
        self._wire.send(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={**built["headers"], "Content-Length": str(upload.size)},
            body=upload,
            deadline=deadline,
        )

    def _receive(self, path: str, download: Download, deadline: Deadline) -> None:
        name, built = self._place.get(path)
        answer = self._wire.stream(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={"Accept": "application/octet-stream"},
            deadline=deadline,
        )
        with answer:
            for piece in answer:
                in_thread(download.write, piece)

    def _upload_in_parts(self, upload: Upload, path: str, deadline: Deadline) -> None:
        stem = f".cognitora-{uuid.uuid4().hex}"
        parts: list[str] = []
        try:
            for data in upload:
                parts.append(f"{stem}-{len(parts)}")
                part = FileUpload(
                    name=parts[-1], content=base64.b64encode(data).decode(), encoding="base64"
                )
                self._place.run(remote_files.NOTHING, deadline, part)
            self._place.run(remote_files.join(path, parts), deadline)
        except BaseException:
            if parts:
                in_time(deadline.remaining(), self._remove, parts)
            raise

    def _remove(self, parts: list[str]) -> None:
        """Removes what a transfer that failed has left. It has a time of its own: the call's may be over."""
        with suppress(CognitoraError):
            self._place.run(remote_files.remove(parts), Deadline(CLEANUP_SECONDS))

    def _download_in_pieces(self, path: str, download: Download, deadline: Deadline) -> None:
        token, offset, last = f"cognitora-{uuid.uuid4().hex}", 0, False
        while not last:
            program, marker = remote_files.read(path, offset, token), remote_files.marker(token)
            try:
                printed = self._place.run(program, deadline, marker)
            except BaseException as error:
                if getattr(error, "may_have_run", True):
                    in_time(deadline.remaining(), self._remove, [marker.name])
                raise
            data, last = remote_files.piece(printed, token, path, self._place.runs)
            in_thread(download.write, data)
            offset += len(data)
