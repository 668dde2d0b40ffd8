# Derived from ../_async/transfer.py by `make generate`: change that, not this.
"""Files on their way to and from a session or a container."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cognitora_openapi.models import FileUpload
from cognitora_openapi.operations import OPERATIONS
from cognitora_openapi.types import File

from .. import checks, remote_files
from ..deadline import CLEANUP_SECONDS, Deadline
from ..downloads import Download
from ..errors import CognitoraError
from ..files import TRANSFER_SECONDS, Source, Target, Upload, Writable, opened
from ..leftovers import log
from ..threads import Worker, in_time

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


Write = Callable[[bytes], None]


class Body:
    """What is uploaded, as a request's body: read beside the event loop.

    Attributes:
        size: The number of bytes.
    """

    def __init__(self, upload: Upload, worker: Worker, deadline: Deadline) -> None:
        self.size = upload.size
        self._upload = upload
        self._worker = worker
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._upload)

        def following() -> bytes | None:
            return next(pieces, None)

        while (piece := self._worker.call(self._deadline, following)) is not None:
            yield piece


class FileTransfer:
    """Moves files by the server's endpoints; where it announces none, by programs in the sandbox."""

    def __init__(self, wire: Wire, place: Place) -> None:
        self._wire = wire
        self._place = place

    def upload(self, source: Source, path: str, request_timeout: float | None) -> None:
        """Writes a file; see `upload` of the services."""
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        upload, worker = Upload(source, deadline), Worker()
        try:
            opened(upload, worker, deadline)
            body = Body(upload, worker, deadline)
            if self.has_endpoints(deadline):
                self._transmit(body, path, deadline)
            else:
                self._upload_in_parts(body, path, deadline)
        finally:
            deadline.expire()
            worker.end(upload.close)

    def download(
        self, path: str, target: Target, request_timeout: float | None
    ) -> bytes | Path | Writable:
        """Reads a file; see `download` of the services."""
        checks.path("path", path)
        deadline = self._wire.deadline(request_timeout, TRANSFER_SECONDS)
        download, worker = Download(target, deadline), Worker()

        def write(piece: bytes) -> None:
            worker.call(deadline, download.write, piece)

        try:
            worker.call(deadline, download.open)
            if self.has_endpoints(deadline):
                self._receive(path, write, deadline)
            else:
                self._download_in_pieces(path, write, deadline)
            return worker.call(deadline, download.finish)
        finally:
            deadline.expire()
            worker.end(download.close)

    def has_endpoints(self, deadline: Deadline) -> bool:
        """Whether the server has endpoints for files."""
        if not self._wire.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            self._place.look(deadline)
        return "files" in self._wire.features

    def _transmit(self, body: Body, path: str, deadline: Deadline) -> None:
        name, built = self._place.put(path)
        self._wire.send(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={**built["headers"], "Content-Length": str(body.size)},
            body=body,
            deadline=deadline,
        )

    def _receive(self, path: str, write: Write, deadline: Deadline) -> None:
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
                write(piece)

    def _upload_in_parts(self, body: Body, path: str, deadline: Deadline) -> None:
        stem = f".cognitora-{uuid.uuid4().hex}"
        parts: list[str] = []
        try:
            for data in body:
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
        try:
            self._place.run(remote_files.remove(parts), Deadline(CLEANUP_SECONDS))
        except CognitoraError as error:
            log.warning("%s could not be removed from the work folder: %s", ", ".join(parts), error)

    def _download_in_pieces(self, path: str, write: Write, deadline: Deadline) -> None:
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
            write(data)
            offset += len(data)
