# Derived from ../_async/transfer.py by `make generate`: change that, not this.
"""Streams files to and from a server that has endpoints for them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cognitora_openapi.operations import OPERATIONS
from cognitora_openapi.types import File

from ..threads import in_thread

if TYPE_CHECKING:
    from ..deadline import Deadline
    from ..files import Download, Upload
    from .wire import Wire

NO_FILE = File(io.BytesIO())
"""What the generated request builders get: the bytes go past them."""


def transmit(
    wire: Wire, name: str, built: Mapping[str, Any], upload: Upload, deadline: Deadline
) -> None:
    """Sends a file as the body of a request."""
    wire.send(
        OPERATIONS[name],
        built["url"],
        params=built["params"],
        headers={**built["headers"], "Content-Length": str(upload.size)},
        body=upload,
        deadline=deadline,
    )


def receive(
    wire: Wire, name: str, built: Mapping[str, Any], download: Download, deadline: Deadline
) -> None:
    """Writes the body of an answer into a file as it comes."""
    answer = wire.stream(
        OPERATIONS[name],
        built["url"],
        params=built["params"],
        headers={"Accept": "application/octet-stream"},
        deadline=deadline,
    )
    with answer:
        for piece in answer:
            in_thread(download.write, piece)
