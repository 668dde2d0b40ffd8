"""Commands run in containers that stay up."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.containers.conftest import CONTAINERS, EXECUTIONS, cancel, create, persistent


@asynccontextmanager
async def container(http: httpx.AsyncClient, *command: str, **more: Any) -> AsyncIterator[str]:
    """The id of a container that stays up, for as long as the block lasts."""
    container_id: str = (await create(http, persistent(*command, **more)))["id"]
    try:
        yield container_id
    finally:
        await cancel(http, container_id)


async def send(
    http: httpx.AsyncClient,
    container_id: str,
    *command: str,
    key: str | None = None,
    **more: Any,
) -> httpx.Response:
    """Ask for a command; the answer, whatever it is."""
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"command": list(command), **more}
    return await http.post(f"{CONTAINERS}/{container_id}/exec", json=body, headers=headers)


async def execute(
    http: httpx.AsyncClient, container_id: str, *command: str, **more: Any
) -> dict[str, Any]:
    """A command that the runtime accepts: the answer."""
    answer = await send(http, container_id, *command, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def output(http: httpx.AsyncClient, container_id: str, *command: str, **more: Any) -> str:
    """What a command prints that must end well."""
    found = await execute(http, container_id, *command, **more)
    assert (found["status"], found["exitCode"]) == ("COMPLETED", 0), found
    text: str = found["output"]
    return text


async def record(http: httpx.AsyncClient, execution_id: str) -> dict[str, Any]:
    answer = await http.get(f"{EXECUTIONS}/{execution_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fresh() -> str:
    """Something that nobody has said before: a key, or a marker."""
    return secrets.token_hex(8)
