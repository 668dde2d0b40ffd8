"""Records of processes as the contract's answers."""

from __future__ import annotations

import base64

from cognitora_openapi.models import ProcessInfo, ProcessOutputPiece

from ..store.models import ProcessRecord
from ..store.program_outputs import Piece


def process(record: ProcessRecord) -> ProcessInfo:
    return ProcessInfo(
        id=record.id,
        session_id=record.session_id,
        container_id=record.container_id,
        command=record.command,
        status=record.status,
        exit_code=record.exit_code,
        reason=record.reason,
        tty=record.terminal,
        output_bytes=record.output_bytes,
        output_limit=record.output_limit,
        output_cut=record.output_cut,
        stdin_bytes=record.stdin_bytes,
        created_at=record.created_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
    )


def piece(printed: Piece) -> ProcessOutputPiece:
    """What was printed, as text where it is UTF-8, and as it is in any case."""
    try:
        text, encoding = printed.data.decode(), "string"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(printed.data).decode(), "base64"
    return ProcessOutputPiece(
        stream=printed.stream, offset=printed.position, data=text, encoding=encoding
    )
