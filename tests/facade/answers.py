"""Answers of a service that works, for tests that are about something else."""

from __future__ import annotations

from typing import Any

from tests.facade.server import Behaviour, reply


def executed(*outputs: dict[str, Any], status: str = "completed", **headers: str) -> Behaviour:
    data = {"session_id": "ses_1", "status": status, "outputs": list(outputs)}
    return reply(200, {"data": data}, headers=headers)


def session(session_id: str = "ses_1", **fields: Any) -> Behaviour:
    return reply(200, {"data": {"session_id": session_id, "status": "active", **fields}})


def container(container_id: str = "ctr_1", status: str = "PENDING", **fields: Any) -> Behaviour:
    return reply(200, {"id": container_id, "status": status, **fields})


def process(process_id: str = "proc_1", status: str = "RUNNING", **fields: Any) -> Behaviour:
    told = {"id": process_id, "command": ["sleep", "9"], "status": status, **fields}
    return reply(200, told, headers={"X-Cognitora-Features": "processes"})


DELETED = reply(200, {"success": True})
