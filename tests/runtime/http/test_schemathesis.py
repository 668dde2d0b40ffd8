"""What a fuzzer that knows the contract makes of the runtime: requests right, wrong and in a row.

It looks for 5xx, for answers outside the contract, for wrong requests that are let in, for ids that
work after a DELETE, and for calls that need no key.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.contract import OPENAPI
from tests.needs import IS_ROOT
from tests.runtime.conftest import Process, Start

CONFIG = """
base-url = "{base_url}"
headers = {{ Authorization = "Bearer {key}" }}

[checks]
# A language that the runtime doesn't run is no fault.
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 501]
# A request within the schemas may be refused for what no schema can say: a time that is past, more
# memory than there is, a path that climbs.
positive_data_acceptance.enabled = false
# A key that comes again is told of its session again, which may be deleted by now.
ensure_resource_availability.enabled = false

[[operations]]
include-operation-id = ["upload_session_file", "upload_container_file"]
# A body that was left out and one that is empty are the same in HTTP: an empty file.
checks.negative_data_rejection.enabled = false

# Or it would wait for minutes for containers that nobody ends.
[[operations]]
include-operation-id = "get_container"
parameters = {{ "query.wait_seconds" = 1 }}

# What is known of a session or a container stays readable after its end.
[[operations]]
include-operation-id = [
    "get_session_logs",
    "list_session_executions",
    "get_container",
    "get_container_logs",
    "list_container_executions",
]
checks.use_after_free.enabled = false
"""

# What is done in a container is done in one of ours: the fuzzer soon ends those that it knows.
IN_CONTAINER = ("execute_in_container", "upload_container_file", "download_container_file")
OURS = """
[[operations]]
include-operation-id = "{operation}"
parameters = {{ "path.container_id" = "{container_id}" }}
"""
PERSISTENT = {
    "image": "busybox",
    "persistent": True,
    "cpuCores": 1,
    "memoryMb": 64,
    "maxCostCredits": 1000,
}

# Without it the fuzzer makes up a key for each call; with it, it sends this one again and again.
EXAMPLE_KEY = re.compile("^ *example: 6f1f5c1e-.*\\n", re.MULTILINE)

# It can't guess an image that there is.
IMAGE = re.compile(
    "^( *)image:\\n *type: string\\n *format: image\\n(?= *minLength: 1\\n)", re.MULTILINE
)
WITH_IMAGES = r"\g<0>\1  enum: [busybox, docker.io/library/python:3.11-slim]\n"


@pytest.fixture
def containers(images: list[str], container_store: Path) -> list[str | Path]:
    """What a runtime needs for containers. Few of them at a time: the fuzzer ends few."""
    return [*images, "--container-store", container_store, "--max-containers", "8"]


async def fuzz(
    start: Start, containers: list[str | Path], folder: Path, *options: str, seconds: float
) -> None:
    # Few sessions at a time, too.
    runtime = await start("--max-sessions", "8", "--session-seconds", "30", *containers)
    ready = runtime.ready
    config = CONFIG.format(base_url=ready["base_url"], key=ready["api_key"])
    contract, examples = EXAMPLE_KEY.subn("", OPENAPI.read_text())
    assert examples == 1
    contract, requests = IMAGE.subn(WITH_IMAGES, contract)
    assert requests == 2
    (folder / "openapi.yaml").write_text(contract)
    assert "Stateful" in run(folder, config, *options, seconds=seconds)
    if IS_ROOT:  # who has containers
        ours = await container(runtime)
        in_ours = [OURS.format(operation=each, container_id=ours) for each in IN_CONTAINER]
        chosen = [option for each in IN_CONTAINER for option in ("--include-operation-id", each)]
        run(folder, "".join([config, *in_ours]), *options, *chosen, seconds=seconds)
    assert await runtime.stop() == 0
    assert "ERROR" not in runtime.log, runtime.log


def run(folder: Path, config: str, *options: str, seconds: float) -> str:
    """Let the fuzzer do its worst; what it says."""
    (folder / "schemathesis.toml").write_text(config)
    command: list[str | Path] = [
        Path(sys.executable).parent / "schemathesis",
        "run",
        "openapi.yaml",
        "--no-color",
    ]
    command += ["--request-timeout", "60", "--generation-database", "none", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=seconds)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    return done.stdout


async def container(runtime: Process) -> str:
    """The id of a container that stays up."""
    headers = {"Authorization": f"Bearer {runtime.ready['api_key']}"}
    base_url = runtime.ready["base_url"]
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60) as http:
        created = await http.post("/api/v1/compute/containers", json=PERSISTENT)
        container_id: str = created.json()["id"]
    return container_id


async def test_a_short_run(start: Start, containers: list[str | Path], tmp_path: Path) -> None:
    await fuzz(start, containers, tmp_path, "--seed", "1", "--max-examples", "6", seconds=300)


@pytest.mark.long
async def test_ten_minutes(start: Start, containers: list[str | Path], tmp_path: Path) -> None:
    await fuzz(start, containers, tmp_path, "--max-time", "300", seconds=900)
