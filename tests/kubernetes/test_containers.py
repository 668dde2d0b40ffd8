"""Containers that are pods: what holds of containers on one machine holds of them, from its callers' side."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.conftest import Runtime, run
from tests.containers import (
    test_cancel,
    test_command_streams,
    test_commands,
    test_cost,
    test_files,
    test_life,
    test_listing,
    test_log_stream,
    test_logs,
    test_processes,
    test_waiting,
)
from tests.containers.conftest import (
    CONTAINERS,
    ClientOf,
    Start,
    cancel,
    create,
    ended,
    executions,
    get,
    http,
    http_of,
    logs,
    persistent,
    printed,
    running,
    start,
    wanted,
    wrong,
)
from tests.containers.conftest import (
    run as run_container,
)
from tests.containers.test_commands import box
from tests.containers.test_log_stream import live
from tests.engines import EngineUnderTest
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.images import of_containers
from tests.kubernetes.pods import PYTHON
from tests.runtime.conftest import refusal

__all__ = ["box", "http", "http_of", "live", "start", "wrong"]

MODULES = (
    test_cancel,
    test_command_streams,
    test_commands,
    test_cost,
    test_files,
    test_life,
    test_listing,
    test_log_stream,
    test_logs,
    test_processes,
    test_waiting,
)

BYTES = {"Content-Type": "application/octet-stream"}
_ROOT = "a container's user is its own, not root and not its image's"
_LARGE = "a node has all the memory that its pods ask for, and none has that much"
_PENDING = "a pod that is cancelled before it runs takes some seconds to end"
OTHERWISE = {
    "test_a_command_has_the_image_s_entrypoint_before_it": "no cluster tells of a persistent one's",
    "test_a_command_runs_as_a_user": _ROOT,
    "test_a_command_runs_as_the_image_s_user": _ROOT,
    "test_cancelling_again_changes_nothing": _PENDING,
    "test_cancelling_what_has_hardly_begun": _PENDING,
    "test_cancelling_at_once_from_many_sides": _PENDING,
    "test_a_persistent_container_is_stopped_when_its_credits_are_spent": _LARGE,
    "test_the_cost_is_that_of_the_time_it_ran": _LARGE,
    "test_what_was_timed_out_costs_no_more_than_was_allowed": _LARGE,
    "test_files_are_where_the_image_s_commands_run": _ROOT,
    "test_the_folder_of_a_command": _ROOT,
    "test_more_at_once_than_are_taken": _ROOT,
    "test_paths_begin_where_commands_run": _ROOT,
    "test_a_file_that_does_not_fit": "a node measures what was written only now and then",
    "test_a_flood_is_told_whole_and_in_order": "a node may lose the end of what was printed last",
    "test_a_process_is_started_once_for_a_key": _ROOT,
    "test_a_user_that_isnt_there": _ROOT,
    "test_its_user": _ROOT,
    "test_users_that_cant_be_looked_up_keep_nobody_waiting": _ROOT,
    "test_whom_it_runs_as_is_looked_up_once_there_is_room": _ROOT,
}
"""What is otherwise on a cluster, by the test that says it of one machine."""


def scenarios(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    about = module.__name__.rpartition(".test_")[2]
    for name, test in vars(module).items():
        if name.startswith("test_") and name not in OTHERWISE:
            yield f"{name}__in_{about}", test


for each in MODULES:
    globals().update(scenarios(each))


@pytest.fixture(scope="session")
def engine(cluster: Cluster) -> Iterator[EngineUnderTest]:
    """The cluster, as those tests have an engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(cluster.kubeconfig))
        options = ["--backend", "kubernetes", "--sandbox-image", PYTHON, "--warm-kernels", "0"]
        for name, image in of_containers().items():
            cluster.load(image, f"docker.io/library/{name}:latest")
        options += [
            "--image",
            "busybox=everybodys",
        ]  # whose working folder they write to, as root
        yield EngineUnderTest("pods", [*options, "--runtime-class", "isolated", "--no-networking"])


@pytest.fixture(scope="session")
def engine_runtime(
    tmp_path_factory: pytest.TempPathFactory, engine: EngineUnderTest
) -> Iterator[Runtime]:
    """A runtime that those tests share."""
    with run(tmp_path_factory.mktemp(engine.name), *engine.arguments) as runtime:
        yield runtime


def pod_of(cluster: Cluster, container_id: str) -> dict[str, Any]:
    (found,) = cluster.get("pods", "-l", f"cognitora.dev/container={container_id}")["items"]
    pod: dict[str, Any] = found
    return pod


async def test_what_a_cluster_cannot_keep_is_refused(
    cluster: Cluster, http: httpx.AsyncClient
) -> None:
    answer = await http.post(CONTAINERS, json=wanted("true", networking=True))
    assert "have no network" in refusal(answer, 400, "unavailable")
    answer = await http.post(CONTAINERS, json=wanted("true", gpuCount=1))
    refusal(answer, 400, "no_gpu")
    answer = await http.post(CONTAINERS, json=wanted("true", networking=True, egress=["a.example"]))
    refusal(answer, 400, "unavailable")


async def test_an_image_that_is_not_there_is_told(http: httpx.AsyncClient) -> None:
    found = await run_container(http, "true", image="is-not/there:1")
    assert (found["status"], found["actualCostCredits"]) == ("FAILED", 0)
    assert "docker.io/is-not/there:1" in found["reason"]
    assert "startedAt" not in found


async def test_a_command_is_behind_the_image_s_entrypoint(http: httpx.AsyncClient) -> None:
    found = await run_container(http, "once", image="entrypoint")
    assert await logs(http, found["id"]) == "entry once\n"


async def test_files_are_in_a_folder_of_the_user_s(http: httpx.AsyncClient) -> None:
    """The image's working folder isn't its."""
    created = await create(http, persistent(image="user"))
    await running(http, created["id"])
    body = {
        "command": ["sh", "-c", "pwd; cat a/b; cat /app/hello.txt"],
        "files": [{"name": "a/b", "content": "b\n"}],
    }
    answer = await http.post(f"{CONTAINERS}/{created['id']}/exec", json=body)
    assert answer.json()["stdout"] == "/home/cognitora\nb\nhello\n"
    body["files"] = [{"name": "a", "content": ""}]
    answer = await http.post(f"{CONTAINERS}/{created['id']}/exec", json=body)
    refusal(answer, 409, "not_a_file")
    await cancel(http, created["id"])


async def test_a_container_has_a_user_of_its_own_and_nothing_more(http: httpx.AsyncClient) -> None:
    script = (
        "id -u; grep -E '^(CapBnd|CapEff|NoNewPrivs|Seccomp):' /proc/self/status; "
        "ls /var/run/secrets /sys/class/net 2>&1; touch $HOME/file && echo written"
    )
    first, other = [await run_container(http, "sh", "-c", script) for _ in range(2)]
    user, *lines = (await logs(http, first["id"])).splitlines()
    assert int(user) >= 200_000
    assert user != (await logs(http, other["id"])).splitlines()[0]
    assert [line.split()[-1] for line in lines[:4]] == ["0" * 16, "0" * 16, "1", "2"]
    assert "lo" in lines
    assert not [line for line in lines if "eth" in line or "kubernetes.io" in line]
    assert lines[-1] == "written"


async def test_a_port_is_reached_though_there_is_no_network(http: httpx.AsyncClient) -> None:
    serve = ["httpd", "-f", "-p", "127.0.0.1:8123", "-h", "/etc"]
    for body in (wanted(*serve), persistent(*serve)):
        created = await create(http, body)
        await running(http, created["id"])
        answer = await http.put(f"{CONTAINERS}/{created['id']}/ports", params={"port": 8123})
        url = f"{answer.json()['url']}/passwd"

        async def is_served(url: str = url) -> bool:
            async with httpx.AsyncClient() as client:
                try:
                    return (await client.get(url)).text.startswith("root:")
                except httpx.TransportError:  # it doesn't listen yet
                    return False

        async with asyncio.timeout(60):
            while not await is_served():
                await asyncio.sleep(0.1)
        await cancel(http, created["id"])


async def test_a_pod_that_somebody_removes_is_told(
    cluster: Cluster, http: httpx.AsyncClient
) -> None:
    for body in (wanted("sleep", "600"), persistent()):
        created = await create(http, body)
        await running(http, created["id"])
        cluster.kubectl("delete", "pod", pod_of(cluster, created["id"])["metadata"]["name"])
        found = await ended(http, created["id"])
        assert found["status"] == "FAILED"
        assert "removed" in found["reason"]


async def test_who_writes_more_than_is_stored_is_ended(http: httpx.AsyncClient) -> None:
    script = "dd if=/dev/zero of=$HOME/file bs=1M count=300; sleep 600"
    found = await run_container(http, "sh", "-c", script, storageGb=0.05)
    assert found["status"] == "FAILED"
    assert "its node put it out" in found["reason"]


async def test_containers_outlive_a_killed_runtime(
    start: Start, http_of: ClientOf, tmp_path: Path
) -> None:
    runtime = await start("--data-dir", tmp_path / "data")
    script = "for n in 1 2 3 4 5 6 7 8 9; do echo $n; sleep 1; done; exit 3"
    async with http_of(runtime) as http:
        once = await create(http, wanted("sh", "-c", script))
        stays = await create(http, persistent("sh", "-c", script))
        for created in (once, stays):
            await printed(http, created["id"], "2\n")
        answer = await http.put(
            f"{CONTAINERS}/{stays['id']}/files",
            params={"path": "kept"},
            content=b"kept",
            headers=BYTES,
        )
        assert answer.status_code == 200, answer.text
    await runtime.stop(signal.SIGKILL)
    runtime = await start("--data-dir", tmp_path / "data")
    whole = "".join(f"{n}\n" for n in range(1, 10))
    async with http_of(runtime) as http:
        found = await ended(http, once["id"])
        assert (found["status"], found["exitCode"]) == ("FAILED", 3)
        assert await logs(http, once["id"]) == whole
        await printed(http, stays["id"], "9\n")
        assert await logs(http, stays["id"]) == whole
        async with asyncio.timeout(60):
            while (record := (await executions(http, stays["id"]))[0])["status"] == "RUNNING":
                await asyncio.sleep(0.05)
        assert record["exitCode"] == 3
        answer = await http.post(
            f"{CONTAINERS}/{stays['id']}/exec", json={"command": ["cat", "kept"]}
        )
        assert answer.json()["stdout"] == "kept"
        listed = await test_listing.page(http, CONTAINERS)
        assert [each["id"] for each in listed] == [stays["id"], once["id"]]
        await cancel(http, stays["id"])


async def test_a_lost_node_is_told_and_nothing_is_run_again(
    cluster: Cluster, http: httpx.AsyncClient
) -> None:
    once, stays = [await create(http, body) for body in (wanted("sleep", "600"), persistent())]
    for created in (once, stays):
        await running(http, created["id"])
    lost = {pod_of(cluster, each["id"])["spec"]["nodeName"]: each for each in (once, stays)}
    node, created = lost.popitem()
    number = int(node.removeprefix("n"))
    cluster.kill_node(number)
    try:
        async with asyncio.timeout(300):
            while (found := await get(http, created["id"], wait=60))["status"] == "RUNNING":
                pass
        assert found["status"] == "FAILED"
        assert f"node {node} isn't reached any more" in found["reason"]
    finally:
        cluster.start_node(number)
        cluster.wait(f"node/{node}", "condition=Ready")
    label = f"cognitora.dev/container={created['id']}"
    cluster.wait(f"pod/cognitora-{created['id'].replace('_', '-')}", "delete")
    assert cluster.get("pods", "-l", label)["items"] == []
