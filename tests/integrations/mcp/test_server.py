"""The server as a program: what it prints, who may call it, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import Any

import httpx2
import pytest
from mcp import Client

from cognitora import Cognitora, CognitoraAsync, InvalidRequestError
from cognitora.integrations.mcp import Limits, make_server, serve
from cognitora.integrations.mcp.sandboxes import Callers
from tests.conftest import Runtime
from tests.integrations.mcp.connected import (
    MODES,
    PROGRAM,
    TOKENS,
    by_http,
    environment,
    http_server,
)

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    },
}


def sessions(runtime: Runtime) -> list[str]:
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        listed = client.code_interpreter.list_sessions()
        return [each.session_id for each in listed if each.status == "active"]


def started(runtime: Runtime, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *PROGRAM, *options],
        env=os.environ | environment(runtime),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def say(server: subprocess.Popen[bytes], *messages: dict[str, Any]) -> None:
    assert server.stdin is not None
    for message in messages:
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    server.stdin.flush()


def heard(server: subprocess.Popen[bytes], ident: int) -> Any:
    assert server.stdout is not None
    for line in server.stdout:
        message = json.loads(line)
        if message.get("id") == ident:
            return message
    raise AssertionError("the server has ended")


def test_nothing_but_the_protocol_is_on_standard_output(runtime: Runtime) -> None:
    server = started(runtime)
    say(server, HELLO, {"method": "notifications/initialized"})
    code = "import os\nos.write(1, b'loose\\n')\nprint('more')"
    arguments = {"name": "run_code", "arguments": {"code": code}}
    say(server, {"id": 2, "method": "tools/call", "params": arguments}, {"id": 3, "method": "none"})
    assert heard(server, 1)["result"]["serverInfo"]["name"] == "cognitora"
    answer = {each["id"]: each for each in (heard_any(server), heard_any(server))}
    assert answer[2]["result"]["structuredContent"]["stdout"] == "loose\nmore\n"
    assert "error" in answer[3]
    out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (0, b""), err


def heard_any(server: subprocess.Popen[bytes]) -> Any:
    assert server.stdout is not None
    return json.loads(server.stdout.readline())


@pytest.mark.parametrize("how", ["end of input", signal.SIGTERM, signal.SIGINT])
def test_a_server_that_ends_leaves_no_session(runtime: Runtime, how: Any) -> None:
    before = sessions(runtime)
    server = started(runtime)
    say(server, HELLO, {"method": "notifications/initialized"})
    arguments = {"name": "run_code", "arguments": {"code": "1"}}
    say(server, {"id": 2, "method": "tools/call", "params": arguments})
    heard(server, 2)
    assert len(sessions(runtime)) == len(before) + 1
    if isinstance(how, signal.Signals):
        server.send_signal(how)
        server.wait(timeout=60)  # with its input still open
        assert server.returncode == -how
    server.communicate(timeout=60)
    assert sessions(runtime) == before


def test_a_server_over_http_ends_by_a_signal_and_leaves_no_session(runtime: Runtime) -> None:
    before = sessions(runtime)

    async def use(url: str) -> None:
        async with by_http(url) as client:
            await client.call_tool("run_code", {"code": "1"})

    with http_server(runtime) as (url, server):
        asyncio.run(use(url))
        assert len(sessions(runtime)) == len(before) + 1
        server.terminate()
        assert server.wait(timeout=60) == -signal.SIGTERM
    assert sessions(runtime) == before


async def test_what_is_made_while_a_server_ends_is_ended_too(runtime: Runtime) -> None:
    before = sessions(runtime)
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        callers = Callers(client, Limits())
        sandboxes = callers.now()
        made, late = (asyncio.create_task(sandboxes.session(name)) for name in ("python", "late"))
        await asyncio.sleep(0)  # by now the first is being made, and the other waits for it
        await callers.close()
        assert (await made)[0] == "python"
        for call in (late, sandboxes.session("bash"), sandboxes.start_container("busybox", False)):
            with pytest.raises(InvalidRequestError, match="ends"):
                await call
    assert sessions(runtime) == before


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}]
)
async def test_over_http_nobody_is_served_without_a_token(
    runtime: Runtime, headers: dict[str, str]
) -> None:
    with http_server(runtime) as (url, _):
        async with httpx2.AsyncClient() as http:
            accept = (b"Accept", b"application/json, text/event-stream")
            given = [(name.encode(), value.encode()) for name, value in headers.items()]
            answer = await http.post(url, json=HELLO, headers=[accept, *given])
            assert answer.status_code == 401
            right = (b"Authorization", f"Bearer {TOKENS[0]}".encode())
            answer = await http.post(url, json=HELLO, headers=[accept, right])
            assert answer.status_code == 200


@pytest.mark.parametrize("mode", MODES)
async def test_each_token_has_sessions_of_its_own(runtime: Runtime, mode: str) -> None:
    with http_server(runtime) as (url, _):
        async with by_http(url, TOKENS[0], mode=mode) as ada:
            await ada.call_tool("run_code", {"code": "x = 'of ada'"})
        async with by_http(url, TOKENS[1], mode=mode) as alan:
            assert (await alan.call_tool("run_code", {"code": "x"})).is_error
            assert not (await alan.call_tool("list_containers", {})).is_error
        async with by_http(url, TOKENS[0], mode=mode) as ada:  # another connection, the same caller
            found = await ada.call_tool("run_code", {"code": "x"})
            assert found.structured_content["value"] == "'of ada'"


async def test_a_call_that_is_given_up_stops_its_code(runtime: Runtime) -> None:
    async with (
        CognitoraAsync(runtime.api_key, runtime.base_url) as client,
        Client(make_server(client)) as caller,
    ):
        await caller.call_tool("run_code", {"code": "import time"})
        code = "open('begun', 'w').close()\ntime.sleep(600)"
        running = asyncio.create_task(caller.call_tool("run_code", {"code": code}))
        while (await caller.call_tool("download_file", {"path": "begun"})).is_error:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        after = await caller.call_tool("run_code", {"code": "'free again'"})
        assert after.structured_content["value"] == "'free again'"


async def test_a_session_that_has_ended_is_told_of_once(runtime: Runtime) -> None:
    async with (
        CognitoraAsync(runtime.api_key, runtime.base_url) as client,
        Client(make_server(client)) as caller,
    ):
        await caller.call_tool("run_code", {"code": "x = 1"})
        listed = (await caller.call_tool("list_sessions", {})).structured_content
        await client.code_interpreter.delete_session(listed["result"][0]["session_id"])
        told = await caller.call_tool("run_code", {"code": "x"})
        assert told.is_error
        assert "has ended" in str(told.content)
        assert not (await caller.call_tool("run_code", {"code": "1"})).is_error


async def test_a_server_runs_sandboxes_of_this_machine_where_there_is_no_key() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *PROGRAM,
        "--http",
        "--port=0",
        env={name: value for name, value in os.environ.items() if name != "COGNITORA_API_KEY"},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    token = (await process.stderr.readline()).decode().split()[-1]
    url = (await process.stderr.readline()).decode().split()[-1]
    async with by_http(url, token) as caller:
        result = await caller.call_tool("run_code", {"code": "6 * 7"})
        assert result.structured_content["value"] == "42"
    process.terminate()
    await process.wait()


def test_what_cannot_be_served_is_said_and_nothing_is_started() -> None:
    with pytest.raises(InvalidRequestError, match="timeout_seconds"):
        Limits(timeout_seconds=0)
    with pytest.raises(InvalidRequestError, match="transport"):
        serve("carrier pigeon")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="16"):
        serve("http", tokens=["short"])
    done = subprocess.run(
        [sys.executable, *PROGRAM, "--sessions=0"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr == "cognitora: sessions must be a number above 0, not 0.\n"
