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

from .. import file_scripts, validation
from .._concurrency.threads import Worker, in_time
from ..cleanup import log
from ..deadline import CLEANUP_SECONDS, Deadline
from ..downloads import Download
from ..errors import CognitoraError
from ..files import TRANSFER_SECONDS, Source, Target, Upload, Writable, opened

if TYPE_CHECKING:
    from .base_client import BaseClient

NO_FILE = File(io.BytesIO())
"""What the generated request builders get: the bytes go past them."""


class Sandbox(Protocol):
    """Where the files are: a session or a container.

    Attributes:
        runs: The operation that runs programs there.
    """

    runs: str

    def look(self, deadline: Deadline) -> None:
        """Asks the server what it is like, by which it also tells its features."""
        ...

    def run(self, program: Mapping[str, str], deadline: Deadline, *files: FileUpload) -> str:
        """Runs the version of a program that fits it, beside files; what it printed.

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

    def __init__(self, client: BaseClient, sandbox: Sandbox) -> None:
        self._client = client
        self._sandbox = sandbox

    def upload(self, source: Source, path: str, request_timeout: float | None) -> None:
        """Writes a file; see `upload` of the services."""
        validation.path("path", path)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
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
        validation.path("path", path)
        deadline = self._client.deadline(request_timeout, TRANSFER_SECONDS)
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
        if not self._client.heard:
            # A server is assumed to honour nothing until it has said so: this lets it.
            self._sandbox.look(deadline)
        return "files" in self._client.features

    def _transmit(self, body: Body, path: str, deadline: Deadline) -> None:
        name, built = self._sandbox.put(path)
        self._client.send(
            OPERATIONS[name],
            built["url"],
            params=built["params"],
            headers={**built["headers"], "Content-Length": str(body.size)},
            body=body,
            deadline=deadline,
        )

    def _receive(self, path: str, write: Write, deadline: Deadline) -> None:
        name, built = self._sandbox.get(path)
        answer = self._client.stream(
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
                self._sandbox.run(file_scripts.NOTHING, deadline, part)
            self._sandbox.run(file_scripts.join(path, parts), deadline)
        except BaseException:
            if parts:
                in_time(deadline.remaining(), self._remove, parts)
            raise

    def _remove(self, parts: list[str]) -> None:
        """Removes what a transfer that failed has left. It has a time of its own: the call's may be over."""
        try:
            self._sandbox.run(file_scripts.remove(parts), Deadline(CLEANUP_SECONDS))
        except CognitoraError as error:
            log.warning("%s could not be removed from the work folder: %s", ", ".join(parts), error)

    def _download_in_pieces(self, path: str, write: Write, deadline: Deadline) -> None:
        token, offset, last = f"cognitora-{uuid.uuid4().hex}", 0, False
        while not last:
            program, marker = file_scripts.read(path, offset, token), file_scripts.marker(token)
            try:
                printed = self._sandbox.run(program, deadline, marker)
            except BaseException as error:
                if getattr(error, "may_have_run", True):
                    in_time(deadline.remaining(), self._remove, [marker.name])
                raise
            data, last = file_scripts.piece(printed, token, path, self._sandbox.runs)
            write(data)
            offset += len(data)
