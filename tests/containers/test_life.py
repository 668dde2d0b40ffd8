"""A container from its creation to its end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.containers.conftest import (
    CONTAINERS,
    cancel,
    create,
    ended,
    executions,
    get,
    logs,
    persistent,
    printed,
    run,
    running,
    wanted,
)
from tests.runtime.conftest import refusal


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_one_shot_from_its_creation_to_its_end(http: httpx.AsyncClient) -> None:
    # A node of a cluster looks once a second for what runs, and tells of it a little later.
    created = await create(http, wanted("sh", "-c", "echo begun; sleep 3; echo done"))
    assert created["id"].startswith("ctr_")
    assert created["status"] == "PENDING"
    assert created["image"] == "busybox"
    assert created["command"] == ["sh", "-c", "echo begun; sleep 3; echo done"]
    assert created["resources"] == {
        "cpuCores": 1,
        "memoryMb": 64,
        "gpuCount": 0,  # and not a word of storage: there is no limit
    }
    assert created["timeoutSeconds"] == 300
    assert created["persistent"] is False

    found = await running(http, created["id"])
    assert "completedAt" not in found
    assert "actualCostCredits" not in found

    found = await ended(http, created["id"])
    assert (found["status"], found["exitCode"]) == ("COMPLETED", 0)
    assert "reason" not in found
    created_at, started_at = moment(found["createdAt"]), moment(found["startedAt"])
    assert created_at <= started_at < moment(found["completedAt"])
    assert found["actualCostCredits"] == 1
    assert await logs(http, created["id"]) == "begun\ndone\n"


@pytest.mark.parametrize("code", [1, 3, 126, 255])
async def test_a_command_that_fails(http: httpx.AsyncClient, code: int) -> None:
    found = await run(http, "sh", "-c", f"echo no >&2; exit {code}")
    assert (found["status"], found["exitCode"]) == ("FAILED", code)
    assert found["reason"] == f"The command ended with exit code {code}."
    assert await logs(http, found["id"]) == "no\n"


async def test_a_command_that_is_not_in_the_image(http: httpx.AsyncClient) -> None:
    found = await run(http, "no-such-command", "--now")
    assert (found["status"], found["exitCode"]) == ("FAILED", 127)
    assert "no-such-command" in found["reason"]
    assert found["actualCostCredits"] == 0
    assert "startedAt" not in found


async def test_a_command_that_is_not_executable(http: httpx.AsyncClient) -> None:
    found = await run(http, "/etc/hosts")
    assert (found["status"], found["exitCode"]) == ("FAILED", 126)
    assert "/etc/hosts" in found["reason"]


async def test_a_command_that_takes_too_much_memory(http: httpx.AsyncClient) -> None:
    found = await run(http, "sh", "-c", "text=x; while true; do text=$text$text; done")
    assert (found["status"], found["exitCode"]) == ("FAILED", 137)
    assert "out of memory (64 MB)" in found["reason"]


async def test_a_command_whose_time_is_up(http: httpx.AsyncClient) -> None:
    command = ("sh", "-c", "echo before; sleep 60; echo after")
    found = await run(http, *command, timeoutSeconds=1)
    assert found["status"] == "TIMEOUT"
    assert "exitCode" not in found
    assert "1 s" in found["reason"]
    ran = moment(found["completedAt"]) - moment(found["startedAt"])
    assert timedelta(seconds=1) <= ran < timedelta(seconds=10)
    assert await logs(http, found["id"]) == "before\n"


async def test_a_time_that_outlasts_a_command_changes_nothing(http: httpx.AsyncClient) -> None:
    found = await run(http, "true", timeoutSeconds=2)
    later = await run(http, "sleep", "60", timeoutSeconds=2)
    assert later["status"] == "TIMEOUT"  # so the first one's alarm would have rung as well
    assert await get(http, found["id"]) == found


async def test_a_one_shot_that_expires(http: httpx.AsyncClient) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=2)
    found = await run(http, "sleep", "60", expires_at=expires_at.isoformat())
    assert found["status"] == "TIMEOUT"
    assert moment(found["expiresAt"]) == expires_at
    late = moment(found["completedAt"]) - expires_at
    assert timedelta(0) <= late < timedelta(seconds=10)


@pytest.mark.parametrize("command", [(), ("true",)])
async def test_a_persistent_container_stays_up(
    http: httpx.AsyncClient, command: tuple[str, ...]
) -> None:
    created = await create(http, persistent(*command))
    assert created["persistent"] is True
    assert created["timeoutSeconds"] == 24 * 60 * 60
    await running(http, created["id"])
    for record in await executions(http, created["id"]):
        async with asyncio.timeout(60):
            while record["status"] != "COMPLETED":
                (record,) = await executions(http, created["id"])
    assert (await get(http, created["id"], wait=1))["status"] == "RUNNING"
    await cancel(http, created["id"])


async def test_a_persistent_container_whose_command_fails(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent("sh", "-c", "echo up; exit 3"))
    await printed(http, created["id"], "up")
    async with asyncio.timeout(60):
        while (record := (await executions(http, created["id"]))[0])["status"] != "FAILED":
            await asyncio.sleep(0.01)
    assert record["exitCode"] == 3
    assert (await get(http, created["id"]))["status"] == "RUNNING"
    await cancel(http, created["id"])


async def test_a_persistent_container_whose_command_is_not_there(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent("no-such-command"))
    async with asyncio.timeout(60):
        while (record := (await executions(http, created["id"]))[0])["status"] != "FAILED":
            await asyncio.sleep(0.01)
    assert record["exitCode"] == 127
    assert "no-such-command" in record["reason"]
    assert (await get(http, created["id"]))["status"] == "RUNNING"
    assert await logs(http, created["id"]) == ""
    await cancel(http, created["id"])


async def test_a_persistent_container_whose_command_runs_at_its_end(
    http: httpx.AsyncClient,
) -> None:
    created = await create(http, persistent("sh", "-c", "echo up; sleep 60"))
    await printed(http, created["id"], "up")
    await cancel(http, created["id"])
    (record,) = await executions(http, created["id"])
    assert record["status"] == "CANCELLED"
    assert "cancelled" in record["reason"]


async def test_a_persistent_container_that_expires(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent(timeout_seconds=5))  # to begin as a pod, too
    expires_at = moment(created["expiresAt"])
    assert expires_at == moment(created["createdAt"]) + timedelta(seconds=5)
    found = await ended(http, created["id"])
    assert found["status"] == "TIMEOUT"
    assert "expired" in found["reason"]
    late = moment(found["completedAt"]) - expires_at
    assert timedelta(0) <= late < timedelta(seconds=10)


async def test_what_the_published_client_sends(http: httpx.AsyncClient) -> None:
    """For a persistent container it sends the other shape, with a time that it wasn't given."""
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = wanted(persistent=True, storageGb=5, gpuCount=0, networking=False, timeoutSeconds=300)
    for more in ({}, {"expires_at": expires_at}):
        created = await create(http, {**body, **more, "command": None})
        given = moment(created["expiresAt"])
        if more:
            assert given == moment(expires_at)
            assert "timeoutSeconds" not in created
        else:
            assert given == moment(created["createdAt"]) + timedelta(seconds=300)
        await running(http, created["id"])
        await cancel(http, created["id"])


async def test_the_end_can_be_moved(http: httpx.AsyncClient) -> None:
    created = await create(http, persistent(timeout_seconds=3600))
    path = f"{CONTAINERS}/{created['id']}"
    answer = await http.patch(path, json={"timeout_seconds": 7200})
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["status"] == "RUNNING"
    assert changed["timeoutSeconds"] == 7200
    assert moment(changed["expiresAt"]) == moment(changed["updatedAt"]) + timedelta(hours=2)
    assert (await get(http, created["id"]))["expiresAt"] == changed["expiresAt"]

    soon = datetime.now(UTC) + timedelta(seconds=1)
    answer = await http.patch(path, json={"expires_at": soon.isoformat()})
    assert moment(answer.json()["expiresAt"]) == soon
    found = await ended(http, created["id"])
    assert found["status"] == "TIMEOUT"
    late = moment(found["completedAt"]) - soon
    assert timedelta(0) <= late < timedelta(seconds=10)

    answer = await http.patch(path, json={"timeout_seconds": 60})
    assert "TIMEOUT" in refusal(answer, 409, "container_not_running")


async def test_the_end_of_a_one_shot_can_not_be_moved(http: httpx.AsyncClient) -> None:
    created = await create(http, wanted("sleep", "60"))
    answer = await http.patch(f"{CONTAINERS}/{created['id']}", json={"timeout_seconds": 60})
    refusal(answer, 409, "not_persistent")
    await cancel(http, created["id"])


@pytest.mark.parametrize("shape", [wanted, persistent])
async def test_the_environment(http: httpx.AsyncClient, shape: Any) -> None:
    values = {"ONE": "1", "TEXT": "with spaces, ünïcode and 'quotes'", "EMPTY": ""}
    body = shape("sh", "-c", 'echo "$ONE|$TEXT|$EMPTY|${PATH:+path}"', environment=values)
    created = await create(http, body)
    await printed(http, created["id"], "1|with spaces, ünïcode and 'quotes'||path\n")
    await cancel(http, created["id"])


async def test_what_a_command_is_given_reaches_it_as_it_is(http: httpx.AsyncClient) -> None:
    arguments = ["--privileged", "-v", "/:/host", "$(id)", "; reboot", "", "a\nb", "ünïcode"]
    found = await run(http, "sh", "-c", 'for each; do echo "<$each>"; done', "sh", *arguments)
    assert await logs(http, found["id"]) == "".join(f"<{each}>\n" for each in arguments)


async def test_many_at_once(http: httpx.AsyncClient) -> None:
    found = await asyncio.gather(*(run(http, "sh", "-c", f"exit {n}") for n in range(8)))
    assert [each["exitCode"] for each in found] == list(range(8))


async def test_a_command_has_the_image_s_entrypoint_before_it(http: httpx.AsyncClient) -> None:
    found = await run(http, "once", image="entrypoint")
    assert await logs(http, found["id"]) == "entry once\n"
    created = await create(http, persistent("stays", image="entrypoint"))
    await printed(http, created["id"], "entry stays\n")
    await cancel(http, created["id"])


async def test_what_is_killed_has_not_run_out_of_memory(http: httpx.AsyncClient) -> None:
    script = "timeout -s KILL 0.1 sleep 60"
    found = await run(http, "sh", "-c", script)
    assert (found["status"], found["exitCode"]) == ("FAILED", 137)
    assert "killed by signal 9" in found["reason"]
    assert "memory" not in found["reason"]
