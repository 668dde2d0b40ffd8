"""Containers and commands, as rows of the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .models import CommandRecord, ContainerRecord, Resources
from .timestamps import known, moment

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
