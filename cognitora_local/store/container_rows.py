"""What a container's record holds, and a command's, and how they are read from the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .interpreter_rows import known, moment

PENDING = "PENDING"
RUNNING = "RUNNING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
TIMEOUT = "TIMEOUT"

ROW_BYTES = 512
"""What a record takes in a list, beside what callers and images may make long."""

FINAL = frozenset({COMPLETED, FAILED, CANCELLED, TIMEOUT})


@dataclass(frozen=True, slots=True)
class Resources:
    """What a container may use. Memory in MiB; storage in GiB, None: without limit."""

    cpu_cores: float
    memory_mb: int
    storage_gb: float | None
    gpu_count: int


@dataclass(slots=True)
class ContainerRecord:
    """A container. `status` is one of the words above; costs are in credits.

    `timeout_seconds` and `expires_at` are what it was given: a one-shot's time counts from its
    start, a persistent one's from its creation.
    """

    id: str
    image: str
    command: list[str] | None
    persistent: bool
    resources: Resources
    networking: bool
    max_cost_credits: int
    created_at: datetime
    timeout_seconds: int | None = None
    expires_at: datetime | None = None
    status: str = PENDING
    reason: str | None = None
    exit_code: int | None = None
    cost_credits: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def size(self) -> int:
        """About how many bytes it takes in a list."""
        return ROW_BYTES + len(self.image) + _length(self.command or ()) + len(self.reason or "")


@dataclass(slots=True)
class CommandRecord:
    """A command that runs in a container, or did: the contract's ContainerExecution.

    Attributes:
        first: whether it is the container's own, whose output is the container's logs.
        engine_id: the engine's name for it, where it is an exec.
    """

    id: str
    container_id: str
    command: list[str]
    created_at: datetime
    first: bool = False
    engine_id: str | None = None
    files_uploaded: int = 0
    status: str = PENDING
    reason: str | None = None
    exit_code: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def size(self) -> int:
        """About how many bytes it takes in a list."""
        return ROW_BYTES + _length(self.command) + len(self.reason or "")


def _length(words: Iterable[str]) -> int:
    return sum(len(word) + 3 for word in words)  # with quotes and a comma


CONTAINER_COLUMNS = (
    "id, image, command, persistent, cpu_cores, memory_mb, storage_gb, gpu_count, networking,"
    " max_cost_credits, created_at, timeout_seconds, expires_at, status, reason, exit_code,"
    " cost_credits, started_at, completed_at"
)


def container_of(row: Sequence[Any]) -> ContainerRecord:
    id, image, command, persistent, cpu, memory, storage, gpus, networking, credits, *rest = row
    created, timeout, expires, status, reason, exit_code, cost, started, completed = rest
    return ContainerRecord(
        id=id,
        image=image,
        command=None if command is None else json.loads(command),
        persistent=bool(persistent),
        resources=Resources(cpu, memory, storage or None, gpus),
        networking=bool(networking),
        max_cost_credits=credits,
        created_at=known(created),
        timeout_seconds=timeout,
        expires_at=moment(expires),
        status=status,
        reason=reason,
        exit_code=exit_code,
        cost_credits=cost,
        started_at=moment(started),
        completed_at=moment(completed),
    )


COMMAND_COLUMNS = (
    "id, container_id, command, created_at, first, engine_id, files_uploaded, status, reason,"
    " exit_code, started_at, completed_at"
)


def command_of(row: Sequence[Any]) -> CommandRecord:
    id, container_id, command, created, first, engine_id, files, status, reason, *rest = row
    exit_code, started, completed = rest
    return CommandRecord(
        id=id,
        container_id=container_id,
        command=json.loads(command),
        created_at=known(created),
        first=bool(first),
        engine_id=engine_id,
        files_uploaded=files,
        status=status,
        reason=reason,
        exit_code=exit_code,
        started_at=moment(started),
        completed_at=moment(completed),
    )
