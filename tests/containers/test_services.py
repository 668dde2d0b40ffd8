"""Images that expect root's usual powers, as they come: their own entrypoints, users and ports."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.containers.conftest import CONTAINERS, cancel, create, logs, persistent, running
from tests.engines import EngineUnderTest
from tests.images import Image, Registry, push, services


@pytest.fixture(autouse=True)
def own_users(engine: EngineUnderTest) -> None:
    if engine.name == "docker":
        pytest.skip("on this engine a container's root has no powers: see docs/containers.md")


async def started(
    http: httpx.AsyncClient, registry: Registry, name: str, image: Image, **more: object
) -> str:
    """A persistent container that runs what the image runs by itself."""
    push(image, registry.address, [f"{name}:latest"])
    address = f"{registry.address}/{name}:latest"
    body = persistent(*image.command, image=address, memoryMb=256, **more)
    container_id: str = (await create(http, body))["id"]
    await running(http, container_id)
    return container_id


async def told(http: httpx.AsyncClient, container_id: str, *command: str) -> tuple[str, int]:
    """What a command in a container says, and its exit code."""
    answer = await http.post(f"{CONTAINERS}/{container_id}/exec", json={"command": command})
    assert answer.status_code == 200, answer.text
    return answer.json()["output"].strip(), answer.json()["exitCode"]


async def answers(http: httpx.AsyncClient, container_id: str, *command: str, expected: str) -> None:
    """Wait until a command says what is expected of a service that is there."""
    said: tuple[str, int] = "", 0
    try:
        async with asyncio.timeout(60):
            while said != (expected, 0):
                said = await told(http, container_id, *command)
    except TimeoutError:
        pytest.fail(f"{said}\n{await logs(http, container_id)}")


async def test_redis_and_ping(http: httpx.AsyncClient, registry: Registry) -> None:
    container = await started(http, registry, "redis", services.redis())
    (said, code) = await told(http, container, "ping", "-c1", "-W5", "127.0.0.1")
    assert ("1 received" in said, code) == (True, 0), said
    await answers(http, container, "redis-cli", "ping", expected="PONG")
    assert await told(http, container, "stat", "-c", "%U", "/data") == ("redis", 0)
    assert await told(http, container, "redis-cli", "set", "a", "1") == ("OK", 0)
    assert await told(http, container, "redis-cli", "save") == ("OK", 0)
    assert await told(http, container, "stat", "-c", "%U", "/data/dump.rdb") == ("redis", 0)
    await cancel(http, container)


@pytest.mark.long
async def test_nginx(http: httpx.AsyncClient, registry: Registry) -> None:
    container = await started(http, registry, "nginx", services.nginx())
    asking = ["busybox", "wget", "-qO-", "http://127.0.0.1:80/"]
    await answers(http, container, *asking, expected="It works.")
    owners = "for each in /proc/[0-9]*; do busybox grep -qs nginx $each/cmdline && stat -c %U $each; done"
    (users, _) = await told(http, container, "sh", "-c", owners)
    assert {"root", "www-data"} <= set(users.split())
    assert '"GET / HTTP/1.1" 200' in await logs(http, container)
    await cancel(http, container)


@pytest.mark.long
async def test_postgres(http: httpx.AsyncClient, registry: Registry) -> None:
    container = await started(http, registry, "postgres", services.postgres())
    asking = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-tAc"]
    await answers(http, container, *asking, "select 1", expected="1")
    made = "create table kept (a int); insert into kept values (7); select sum(a) from kept"
    assert (await told(http, container, *asking, made))[0].endswith("7")
    await cancel(http, container)
