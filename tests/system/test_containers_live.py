"""Containers while they run: their logs as they come, and what becomes of them when the caller is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync
from tests.clients import KINDS, client_of
from tests.conftest import Runtime
from tests.images import Registry, arguments
from tests.processes import with_arguments

pytestmark = pytest.mark.usefixtures("registry")

IMAGE = "docker.io/library/busybox"
SIZE = (0.5, 64, 5)
WAITS = "echo waiting; while [ ! -e /tmp/seen ]; do sleep 0.05; done; printf seen; sleep 60"


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client with nothing in between that would hold back a stream."""
    with client_of(request.param, runtime) as client:
        yield client


def test_lines_are_seen_before_the_container_has_ended(client: Any) -> None:
    found = []
    with client.containers.container(IMAGE, *SIZE, command=["sh", "-c", WAITS]) as box:
        for line in box.follow_logs():
            found.append(line)
            if line == "waiting":
                assert box.run(["touch", "/tmp/seen"]).ok  # which it waits for
                while box.logs() != "waiting\nseen":
                    pass
                assert client.containers.cancel_container(box.id)
    assert found == ["waiting", "seen"]


def test_leaving_the_logs_leaves_the_container(client: Any) -> None:
    command = ["sh", "-c", "echo on; sleep 60"]
    made = client.containers.create_container(IMAGE, command, *SIZE)
    lines = client.containers.follow_logs(made.id)
    assert next(lines) == "on"
    lines.close()
    assert client.containers.get_container(made.id).status == "RUNNING"
    assert client.containers.cancel_container(made.id)


def test_long_logs_come_whole(client: Any) -> None:
    counting = ["sh", "-c", "i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i+1)); done"]
    made = client.containers.create_container(IMAGE, counting, *SIZE)
    assert list(client.containers.follow_logs(made.id)) == [str(n) for n in range(5000)]


PROGRAM = """
import sys
from cognitora import Cognitora
with Cognitora(*sys.argv[1:]) as client:
    try:
        client.containers.run_and_wait("docker.io/library/busybox", ["sleep", "60"], 0.5, 64, 5)
    except KeyboardInterrupt as interrupt:
        print(*interrupt.__notes__)
"""


def test_ctrl_c_cancels_what_run_and_wait_has_started(runtime: Runtime) -> None:
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        before = {each.id for each in client.containers.list_containers()}
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, runtime.api_key, runtime.base_url],
            stdout=subprocess.PIPE,
            text=True,
        )
        found = running(client, before)
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=30)
        assert said == f"Container {found}: It was cancelled.\n"
        assert client.containers.wait_for_completion(found, 20).status == "CANCELLED"


async def test_a_cancelled_task_cancels_what_run_and_wait_has_started(runtime: Runtime) -> None:
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        before = {each.id for each in await client.containers.list_containers()}
        task = asyncio.create_task(client.containers.run_and_wait(IMAGE, ["sleep", "60"], *SIZE))
        with Cognitora(runtime.api_key, runtime.base_url) as other:
            found = await asyncio.to_thread(running, other, before)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert raised.value.__notes__ == [f"Container {found}: It was cancelled."]
        ended = await client.containers.wait_for_completion(found, 20)
        assert ended.status == "CANCELLED"


def running(client: Cognitora, before: set[str]) -> str:
    """The container that is new, once it runs."""
    while True:
        for each in client.containers.list_containers(status="running"):
            if each.id not in before:
                return each.id


def test_a_local_runtime_takes_its_containers_with_it(
    registry: Registry, container_store: Path
) -> None:
    options = arguments(registry)[1::2]
    images = dict(option.split("=", 1) for option in options)
    with Cognitora.local(images=images, container_store=container_store) as client:
        word = f"{os.getpid()}{os.times().elapsed:.0f}"  # in no other process's command
        box = client.containers.create_persistent_container("busybox", *SIZE, ["sleep", word])
        assert client.containers.run_and_wait("busybox", ["echo", "hi"], *SIZE).logs == "hi\n"
        while client.containers.get_container(box.id).status == "PENDING":
            pass
        while not with_arguments("sleep", word):
            pass
    assert with_arguments("sleep", word) == []
