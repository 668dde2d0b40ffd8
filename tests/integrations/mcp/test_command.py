"""`cognitora mcp` as a process, and the server as docs/mcp.md says that programs start it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from cognitora import Cognitora
from tests.conftest import Runtime
from tests.integrations.mcp.connected import MODES, by_http, environment, http_server

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mcp.md").read_text()
PROGRAMS = Path(sys.executable).parent
COGNITORA = [str(PROGRAMS / "cognitora"), "mcp"]


def started_by(command: str, *arguments: str, runtime: Runtime) -> Any:
    """A server that a client starts, with the programs of this environment in its path."""
    given = environment(runtime) | {"PATH": f"{PROGRAMS}:/usr/bin:/bin"}
    return stdio_client(StdioServerParameters(command=command, args=list(arguments), env=given))


@pytest.mark.parametrize("mode", MODES)
async def test_the_command_serves_whoever_starts_it(runtime: Runtime, mode: str) -> None:
    async with Client(started_by(*COGNITORA, runtime=runtime), mode=mode) as client:
        done = await client.call_tool("run_code", {"code": "6 * 7"})
        assert done.structured_content is not None
        assert done.structured_content["value"] == "42"


@pytest.mark.parametrize("mode", MODES)
async def test_the_command_serves_by_http_whoever_has_its_token(
    runtime: Runtime, mode: str
) -> None:
    with http_server(runtime, "--timeout-seconds", "20", program=COGNITORA) as (url, _):
        async with by_http(url, mode=mode) as client:
            done = await client.call_tool("run_code", {"code": "6 * 7"})
            assert done.structured_content is not None
            assert done.structured_content["value"] == "42"
        async with httpx2.AsyncClient() as http:
            assert (await http.post(url, json={})).status_code == 401


@pytest.mark.parametrize(
    ("given", "told"),
    [(["--sessions", "0"], "sessions"), (["--http", "--port", "99999"], "port 99999")],
)
def test_a_server_that_can_not_begin_says_why(given: list[str], told: str) -> None:
    done = subprocess.run([*COGNITORA, *given], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (125, "")
    assert told in done.stderr
    assert "token" not in done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run(
        [*COGNITORA, "--json", *given], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (125, "")
    assert told in json.loads(done.stdout)["error"]["message"]


PLACE = "/home/ada/project/.venv/bin/python"
"""The Python of the page's settings."""


def settings() -> list[dict[str, Any]]:
    """What the page has programs be told of the server, without variables and with them."""
    blocks = [json.loads(each) for each in re.findall(r"^```json\n(.*?)^```", PAGE, re.M | re.S)]
    assert json.loads((ROOT / "examples" / "mcp.json").read_text()) == blocks[0]
    assert [list(each) for each in blocks] == [["mcpServers"]] * 2
    servers: list[dict[str, Any]] = [each["mcpServers"]["cognitora"] for each in blocks]
    assert [each["command"] for each in servers] == [PLACE] * 2
    return servers


async def test_the_settings_of_the_page_start_a_server_with_the_tools_of_the_page(
    runtime: Runtime,
) -> None:
    server, _ = settings()
    assert set(server) == {"command", "args"}
    async with Client(started_by(sys.executable, *server["args"], runtime=runtime)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert (await client.call_tool("run_code", {"code": "1"})).is_error is not True
    table = PAGE.split("## The tools\n", 1)[1].strip().split("\n\n")[0]
    named = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()]
    assert sorted(tool for row in named for tool in row) == sorted(tools)


@pytest.mark.parametrize("in_settings", [True, False])
async def test_variables_reach_the_server_by_the_settings_alone(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, in_settings: bool
) -> None:
    _, server = settings()
    exported = environment(runtime)
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    given = {name: exported[name] for name in server["env"]} if in_settings else None
    start = StdioServerParameters(command=sys.executable, args=server["args"], env=given)
    with Cognitora(base_url=runtime.base_url, api_key=runtime.api_key) as there:
        async with Client(stdio_client(start)) as client:
            before = {each.session_id for each in there.code_interpreter.iter_sessions()}
            assert (await client.call_tool("run_code", {"code": "1"})).is_error is not True
            after = {each.session_id for each in there.code_interpreter.iter_sessions()}
    assert len(after - before) == in_settings


def test_the_program_of_the_tutorial_calls_a_tool(runtime: Runtime, tmp_path: Path) -> None:
    tutorial = (ROOT / "docs" / "tutorial.md").read_text()
    found = re.search(r'^```python notest title="tool.py"\n(.*?)^```', tutorial, re.M | re.S)
    assert found
    (tmp_path / "tool.py").write_text(found[1])
    done = subprocess.run(
        [sys.executable, tmp_path / "tool.py"],
        env=os.environ | environment(runtime),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "45"


def test_the_command_of_the_page_serves_by_http(runtime: Runtime) -> None:
    found = re.search(r"^```bash\n(.*?)^```", PAGE, re.M | re.S)
    assert found
    command = found[1].strip().removesuffix("--http --port 8765")
    assert command != found[1].strip()
    path = f"export PATH='{PROGRAMS}':/usr/bin:/bin; {command.replace('python', 'exec python')}"
    with http_server(runtime, program=["bash", "-c", f'{path} "$@"', "bash"]) as (url, _):
        assert httpx2.post(url, json={}).status_code == 401
