"""What the tools do, called by the protocol's own client over both of its transports, in both modes."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.types import CallToolResult, EmbeddedResource, ImageContent, TextContent

from cognitora.integrations.mcp import Limits
from tests.conftest import Runtime
from tests.integrations.mcp.connected import by_http, by_stdio, http_server

PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()\nprint('drawn')\n6 * 7"


# Each transport and each mode; `-m "long or not long"` has the others of the four as well.
WAYS = [
    ("stdio", "auto"),
    ("http", "legacy"),
    pytest.param(("stdio", "legacy"), marks=pytest.mark.long),
    pytest.param(("http", "auto"), marks=pytest.mark.long),
]


@pytest.fixture(params=WAYS, ids="-".join)
def connected(request: pytest.FixtureRequest, runtime: Runtime) -> Any:
    way, mode = request.param

    @asynccontextmanager
    async def connect(*options: str) -> AsyncIterator[Client]:
        if way == "stdio":
            async with by_stdio(runtime, *options, mode=mode) as client:
                yield client
        else:
            with http_server(runtime, *options) as (url, _):
                async with by_http(url, mode=mode) as client:
                    yield client

    return connect


def text(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


async def call(client: Client, tool: str, **arguments: Any) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return result


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return text(result)


async def test_code_answers_with_pictures_and_with_data_at_once(connected: Any) -> None:
    async with connected() as client:
        result = await call(client, "run_code", code=PLOT)
        assert text(result) == "drawn\n42"
        picture = result.content[1]
        assert isinstance(picture, ImageContent)
        assert picture.mime_type == "image/png"
        assert base64.b64decode(picture.data).startswith(b"\x89PNG")
        assert result.structured_content == {
            "session": "python",
            "status": "completed",
            "value": "42",
            "stdout": "drawn\n",
            "stderr": "",
            "error": None,
            "pictures": 1,
        }


async def test_what_is_answered_is_as_the_schema_says(connected: Any) -> None:
    async with connected() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert all(tool.description and tool.output_schema for tool in tools.values())
        schema = tools["run_code"].output_schema
        assert schema is not None
        result = await call(client, "run_code", code="1")
        assert set(result.structured_content) == set(schema["required"])


async def test_a_session_remembers(connected: Any) -> None:
    async with connected() as client:
        await call(client, "run_code", code="x = 41")
        assert text(await call(client, "run_code", code="x + 1")) == "42"
        assert "NameError" in await refused(client, "run_code", code="x", session="another")
        listed = await call(client, "list_sessions")
        assert [each["name"] for each in listed.structured_content["result"]] == [
            "python",
            "another",
        ]
        await call(client, "close_session", session="python")
        assert "NameError" in await refused(client, "run_code", code="x")


async def test_a_process_is_forgotten_with_its_session(connected: Any) -> None:
    async with connected() as client:
        started = await call(client, "start_process", command=["sleep", "600"])
        kept = await call(client, "start_process", command=["sleep", "600"], session="another")
        await call(client, "read_process", process=started.structured_content["id"])
        await call(client, "close_session", session="python")
        process = started.structured_content["id"]
        assert "There is no process" in await refused(client, "read_process", process=process)
        await call(client, "read_process", process=kept.structured_content["id"])


async def test_what_was_printed_before_a_time_out_comes_back(connected: Any) -> None:
    async with connected() as client:
        code = "print('so far', flush=True)\nwhile True: pass"
        result = await client.call_tool("run_code", {"code": code, "timeout_seconds": 1})
        assert result.is_error
        assert text(result).startswith("so far\n")
        assert result.structured_content["status"] == "timeout"
        assert result.structured_content["stdout"] == "so far\n"
        assert "1 s" in result.structured_content["error"]

        command = {"command": "echo so far; sleep 600", "timeout_seconds": 1}
        result = await client.call_tool("run_command", command)
        assert result.is_error
        assert result.structured_content["stdout"] == "so far\n"
        assert result.structured_content["exit_code"] is None


async def test_progress_is_told_while_code_runs(connected: Any) -> None:
    told: list[tuple[float, float | None, str | None]] = []
    waiting = "print('half way', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.05)"
    async with connected() as client:
        await call(client, "run_code", code="import os, time")

        async def hear(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))
            await call(client, "upload_file", path="go", content="")

        result = await client.call_tool("run_code", {"code": waiting}, progress_callback=hear)
        assert not result.is_error  # it ends only because it was told of
        assert told[0][1:] == (60, "half way")


async def test_commands_have_streams_and_an_exit_code(connected: Any) -> None:
    async with connected() as client:
        result = await call(client, "run_command", command="echo 'ü'; echo careful >&2; exit 3")
        assert result.structured_content == {
            "status": "failed",
            "exit_code": 3,
            "stdout": "ü\n",
            "stderr": "careful\n",
            "error": None,
        }
        await call(client, "run_code", code="1", language="javascript")
        done = await call(client, "run_command", command="echo '€'; exit 4", session="javascript")
        assert (done.structured_content["stdout"], done.structured_content["exit_code"]) == (
            "€\n",
            4,
        )
        await call(client, "run_code", code="cd /tmp", language="bash")
        assert text(await call(client, "run_code", code="pwd", language="bash")) == "/tmp"
        assert "run_code" in await refused(client, "run_command", command="ls", session="bash")


@pytest.mark.parametrize("told", ["'x'", "None", "10 ** 100"])
async def test_a_session_that_tells_no_exit_code_is_told_of(runtime: Runtime, told: str) -> None:
    code = f"import subprocess\nsubprocess.run = lambda *_, **__: type('', (), {{'returncode': {told}}})"
    async with by_stdio(runtime) as client:
        await call(client, "run_code", code=code)
        assert "another session" in await refused(client, "run_command", command="echo hello")


async def test_files_go_up_and_down_and_are_listed(connected: Any) -> None:
    async with connected() as client:
        await call(client, "upload_file", path="data/a.txt", content="one\n")
        pixel = base64.b64encode(b"\x89PNG\r\n\x1a\n\0").decode()
        await call(client, "upload_file", path="p.png", content=pixel, encoding="base64")
        await call(client, "upload_file", path="b.bin", content="/wA=", encoding="base64")
        assert text(await call(client, "run_command", command="cat data/a.txt")) == "one"

        assert text(await call(client, "download_file", path="/work/data/a.txt")) == "one\n"
        picture = (await call(client, "download_file", path="p.png")).content[0]
        assert isinstance(picture, ImageContent)
        assert picture.data == pixel
        blob = (await call(client, "download_file", path="b.bin")).content[0]
        assert isinstance(blob, EmbeddedResource)

        listed = await call(client, "list_files", depth=2)
        paths = [each["path"] for each in listed.structured_content["files"]]
        assert not listed.structured_content["cut"]
        assert [path for path in paths if not path.startswith(".")] == [
            "b.bin",
            "data",
            "data/a.txt",
            "p.png",
        ]
        assert "nothing at" in await refused(client, "download_file", path="missing")
        assert "base64" in await refused(
            client, "upload_file", path="x", content="é", encoding="base64"
        )


async def test_processes_and_ports(connected: Any) -> None:
    async with connected() as client:
        started = await call(
            client, "start_process", command=["sh", "-c", "read line; echo got $line"]
        )
        process = started.structured_content["id"]
        await call(client, "write_process", process=process, text="it\n")
        read = await call(client, "read_process", process=process, wait_seconds=30)
        assert read.structured_content["output"] == "got it\n"
        assert read.structured_content["next_offset"] == 7

        server = ["python3", "-um", "http.server", "--bind", "127.0.0.1", "8000"]
        serving = (await call(client, "start_process", command=server)).structured_content["id"]
        await call(client, "read_process", process=serving, wait_seconds=30)
        port = (await call(client, "expose_port", port=8000)).structured_content
        async with httpx2.AsyncClient() as http:
            assert (await http.get(port["url"])).status_code == 200
        assert (await call(client, "list_ports")).structured_content["result"] == [port]
        await call(client, "unexpose_port", port=8000)
        await call(client, "stop_process", process=serving, signal="KILL")
        await call(client, "read_process", process=serving, offset=10**6, wait_seconds=30)
        listed = (await call(client, "list_processes")).structured_content["result"]
        assert [each["status"] for each in listed] == ["FAILED", "COMPLETED"]
        assert "start_process" in await refused(client, "stop_process", process="proc_of_another")


async def test_a_character_in_two_reads_is_one(runtime: Runtime) -> None:
    code = r"import os; os.write(1, b'\xe2\x82'); input(); os.write(1, b'\xac\n\xe2')"
    async with by_stdio(runtime) as client:
        started = await call(client, "start_process", command=["python3", "-c", code])
        process = started.structured_content["id"]
        first = await call(client, "read_process", process=process, wait_seconds=30)
        after = first.structured_content["next_offset"]
        assert (first.structured_content["output"], after) == ("", 2)
        await call(client, "write_process", process=process, text="\n")
        read = ""
        while not read.endswith("\ufffd"):  # which is left of what nothing completes
            more = await call(
                client, "read_process", process=process, offset=after, wait_seconds=30
            )
            read += more.structured_content["output"]
            after = more.structured_content["next_offset"]
        assert read == "€\n\ufffd"


async def test_limits_hold_and_say_so(connected: Any) -> None:
    options = [
        "--sessions=1", "--max-timeout-seconds=5", "--timeout-seconds=5", "--output-characters=20",
        "--file-bytes=10", "--listed-files=3",
    ]  # fmt: skip
    async with connected(*options) as client:
        cut = await call(client, "run_code", code="print('a' * 50 + 'b' * 50)")
        assert (
            cut.structured_content["stdout"]
            == f"{'a' * 10}\n[… 81 characters left out …]\n{'b' * 9}\n"
        )
        assert "from 1 to 5" in await refused(client, "run_code", code="1", timeout_seconds=6)
        assert "close_session" in await refused(client, "run_code", code="1", session="another")
        await call(client, "run_code", code="open('large', 'w').write('a' * 11)")
        assert "11 bytes" in await refused(client, "download_file", path="large")
        assert "11 bytes" in await refused(client, "upload_file", path="x", content="a" * 11)
        await call(client, "run_command", command="mkdir many; touch many/1 many/2 many/3")
        whole = (await call(client, "list_files", path="many")).structured_content
        assert (len(whole["files"]), whole["cut"]) == (3, False)
        await call(client, "run_command", command="touch many/4")
        part = (await call(client, "list_files", path="many")).structured_content
        assert (part["files"], part["cut"]) == (whole["files"], True)


async def test_a_file_may_be_as_large_as_it_is_said(connected: Any) -> None:
    size = Limits().file_bytes
    async with connected() as client:
        data = base64.b64encode(bytes(size)).decode()
        await call(client, "upload_file", path="zeros", content=data, encoding="base64")
        await call(client, "upload_file", path="lines", content="\n" * size)
        listed = (await call(client, "list_files")).structured_content["files"]
        assert {each["path"]: each["size"] for each in listed} == {"zeros": size, "lines": size}


RACE = """
import subprocess
subprocess.Popen(["python3", "-c", '''
import os
while True:
    for size in (1, 2**31):
        with open("next", "wb") as file:
            file.truncate(size)
        os.rename("next", "swapped")
'''])
"""


async def test_a_file_that_grows_behind_its_size_is_refused_all_the_same(
    runtime: Runtime,
) -> None:
    """The server would hold all of it: there is a file of 2 GiB for one of a byte, and back."""
    with http_server(runtime) as (url, server):
        async with by_http(url) as client:
            await call(client, "run_code", code=RACE)
            await call(client, "run_command", command="until [ -e swapped ]; do sleep 0.1; done")
            for _ in range(12):
                result = await client.call_tool("download_file", {"path": "swapped"})
                assert not result.is_error or re.search("at most|more than", text(result)), result
            status = Path(f"/proc/{server.pid}/status").read_text()
            assert int(status.split("VmHWM:")[1].split()[0]) < 1024**2, "it held the file"
