"""Records of containers and commands as the contract's answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from cognitora_openapi.models import (
    ContainerExecResponse,
    ContainerExecution,
    ContainerUpdateResponse,
    Execution,
    ExecutionResources,
)

from ..store.models import PENDING, CommandRecord, ContainerRecord
from ..store.program_outputs import Piece

Printed = Sequence[Piece]
"""What a command has printed, in order."""


def created(record: ContainerRecord) -> Execution:
    """A container as it was when it had just been asked for, whatever became of it since."""
    return container(
        replace(
            record,
            status=PENDING,
            reason=None,
            exit_code=None,
            cost_credits=None,
            started_at=None,
            completed_at=None,
        )
    )


def container(record: ContainerRecord) -> Execution:
    return Execution(
        id=record.id,
        status=record.status,
        image=record.image,
        command=record.command,
        resources=ExecutionResources(
            cpu_cores=record.cpu_cores,
            memory_mb=record.memory_mb,
            storage_gb=record.storage_gb,
            gpu_count=record.gpu_count,
        ),
        max_cost_credits=record.max_cost_credits,
        actual_cost_credits=record.cost_credits,
        exit_code=record.exit_code,
        reason=record.reason,
        persistent=record.persistent,
        created_at=record.created_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
        expires_at=record.expires_at,
        timeout_seconds=record.timeout_seconds,
        metadata=dict(record.metadata),
    )


def update(record: ContainerRecord, now: datetime) -> ContainerUpdateResponse:
    return ContainerUpdateResponse(
        id=record.id,
        status=record.status,
        updated_at=now,
        expires_at=record.expires_at,
        timeout_seconds=record.timeout_seconds,
    )


def execution(record: CommandRecord, printed: Printed | None = None) -> ContainerExecution:
    """A command as a container's execution; with what it printed where that is given."""
    return ContainerExecution(
        id=record.id,
        container_id=record.container_id,
        status=record.status,
        command=record.command,
        output=None if printed is None else text_of(_own(printed)),
        exit_code=record.exit_code,
        reason=record.reason,
        created_at=record.created_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
    )


def executed(record: CommandRecord, printed: Printed) -> ContainerExecResponse:
    """A command that has ended, as exec's answer."""
    stdout = [piece for piece in printed if piece.stream == "stdout"]
    stderr = [piece for piece in printed if piece.stream == "stderr"]
    return ContainerExecResponse(
        container_id=record.container_id,
        command=record.command,
        output=text_of(_own(printed)),
        stdout=text_of(stdout),
        stdout_base_64=base64_of(stdout),
        stderr=text_of(stderr),
        stderr_base_64=base64_of(stderr),
        exit_code=record.exit_code,
        execution_id=record.id,
        status=record.status,
        reason=record.reason,
        executed_at=record.started_at or record.created_at,
        files_uploaded=record.files_uploaded,
    )


def _own(printed: Printed) -> Printed:
    """What the program has printed itself, without what the runtime says of it."""
    return [piece for piece in printed if piece.stream != "runtime"]


def base64_of(printed: Printed) -> str | None:
    """What was printed, where text doesn't say it."""
    data = b"".join(piece.data for piece in printed)
    try:
        data.decode()
    except UnicodeDecodeError:
        return b64encode(data).decode()
    return None


def text_of(printed: Iterable[Piece]) -> str:
    """What was printed, as text. What isn't UTF-8 shows as replacement characters."""
    return b"".join(piece.data for piece in printed).decode("utf-8", "replace")
