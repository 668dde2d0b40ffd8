"""Records as the contract's answers."""

from __future__ import annotations

from typing import Any

from cognitora_openapi.models import (
    ExecuteCodeData,
    ExecuteCodeOutput,
    ExecuteCodeResponse,
    InterpreterExecution,
    Session,
    SessionDetails,
    SessionLogEntry,
    SessionResources,
)

from ..concurrency.time_slices import map_in_slices
from ..kernel import Output
from ..store.models import ExecutionRecord, LogRecord, SessionRecord


async def executed_in_slices(record: ExecutionRecord) -> dict[str, Any]:
    """`executed` with the outputs, made while others are served."""
    answer = executed(record).to_dict()
    answer["data"]["outputs"] = await map_in_slices(output, record.outputs)
    return answer


async def execution_in_slices(record: ExecutionRecord, *, outputs: bool = True) -> dict[str, Any]:
    """`execution` with the outputs, made while others are served; or without any word of them."""
    answer = execution(record).to_dict()
    del answer["outputs"]
    if outputs:
        answer["outputs"] = await map_in_slices(output, record.outputs)
    return answer


def executed(record: ExecutionRecord) -> ExecuteCodeResponse:
    """Without its outputs."""
    data = ExecuteCodeData(
        session_id=record.session_id,
        execution_id=record.id,
        status=record.status,
        outputs=[],
        execution_time_ms=record.execution_time_ms,
        created_at=record.created_at,
    )
    return ExecuteCodeResponse(data=data, errors=record.errors)


def execution(record: ExecutionRecord) -> InterpreterExecution:
    """Without its outputs."""
    return InterpreterExecution(
        id=record.id,
        session_id=record.session_id,
        language=record.language,
        status=record.status,
        code=record.code,
        outputs=[],
        uploaded_files=record.uploaded_files,
        errors=record.errors,
        execution_time_ms=record.execution_time_ms,
        cpu_time_ms=record.cpu_time_ms,
        peak_memory_mb=record.peak_memory_mb,
        created_at=record.created_at,
        completed_at=record.completed_at,
    )


def session(record: SessionRecord) -> Session:
    return Session(
        session_id=record.id,
        language=record.language,
        status=record.status,
        expires_at=record.expires_at,
        created_at=record.created_at,
        resources=SessionResources.from_dict(record.resources),
        metadata=dict(record.metadata),
    )


def details(record: SessionRecord, following: str | None) -> SessionDetails:
    """Without its executions, of which more follow after the one with this id."""
    return SessionDetails.from_dict(
        session(record).to_dict() | {"executions": [], "next": following}
    )


def log_entry(record: LogRecord) -> SessionLogEntry:
    return SessionLogEntry(
        timestamp=record.timestamp,
        type=record.type,
        message=record.message,
        execution_id=record.execution_id,
    )


def output(shown: Output) -> dict[str, Any]:
    return ExecuteCodeOutput(
        type=shown.type,
        data=shown.data,
        mime_bundle=shown.bundle,
        timestamp=shown.timestamp,
        metadata=shown.metadata,
        display_id=shown.display_id,
    ).to_dict()
