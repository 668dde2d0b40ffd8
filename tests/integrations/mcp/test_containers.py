"""Containers, by the tools."""

from __future__ import annotations

from mcp import Client

from cognitora import CognitoraAsync
from cognitora.integrations.mcp import Limits, make_server
from tests.conftest import Runtime

IMAGE = "docker.io/library/python:3.11-slim"


async def test_containers_run_stay_and_are_stopped(container_runtime: Runtime) -> None:
    limits = Limits(containers=1, memory_mb=256)
    async with (
        CognitoraAsync(container_runtime.api_key, container_runtime.base_url) as client,
        Client(make_server(client, limits)) as caller,
    ):
        once = {"image": IMAGE, "command": ["sh", "-c", "echo out; echo err >&2; exit 3"]}
        done = await caller.call_tool("run_container", once)
        assert done.structured_content == {
            "status": "failed",
            "exit_code": 3,
            "stdout": "out\n",
            "stderr": "err\n",
            "error": None,
        }
        absent = await caller.call_tool("run_container", {"image": IMAGE, "command": ["nosuch"]})
        assert not absent.is_error
        assert absent.structured_content["exit_code"] == 127
        reason = "The command nosuch isn't in the image."
        assert absent.structured_content["error"] == reason
        assert getattr(absent.content[0], "text", "") == f"exit code 127\n{reason}"

        late = {"image": IMAGE, "command": ["sh", "-c", "echo so far; sleep 600"]}
        done = await caller.call_tool("run_container", {**late, "timeout_seconds": 2})
        assert done.is_error
        assert done.structured_content["status"] == "timeout"
        assert done.structured_content["stdout"] == "so far\n"

        started = await caller.call_tool("start_container", {"image": IMAGE})
        container = started.structured_content["id"]
        refused = await caller.call_tool("start_container", {"image": IMAGE})
        assert refused.is_error
        file = {"container": container, "path": "a.txt", "content": "in it"}
        assert not (await caller.call_tool("upload_file", file)).is_error
        command = {"container": container, "command": ["cat", "a.txt"]}
        done = await caller.call_tool("run_in_container", command)
        assert done.structured_content["stdout"] == "in it"
        process = await caller.call_tool(
            "start_process", {"container": container, "command": ["sleep", "600"]}
        )
        assert process.structured_content["status"] == "RUNNING"
        listed = (await caller.call_tool("list_containers", {})).structured_content["result"]
        assert [(each["id"], each["status"]) for each in listed] == [(container, "RUNNING")]
        await caller.call_tool("stop_container", {"container": container})
        gone = await caller.call_tool("run_in_container", command)
        assert gone.is_error
        assert "start_container" in str(gone.content)
