"""Clients that are connected to a server, which is a program of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.conftest import Runtime

PROGRAM = ["-m", "cognitora.integrations.mcp"]
TOKENS = ("token-of-ada-0123456789", "token-of-alan-0123456789")
MODES = ("auto", "legacy")


def environment(runtime: Runtime) -> dict[str, str]:
    return {
        "COGNITORA_BASE_URL": runtime.base_url,
        "COGNITORA_API_KEY": runtime.api_key,
        "COGNITORA_MCP_TOKEN": " ".join(TOKENS),
    }


@asynccontextmanager
async def by_stdio(runtime: Runtime, *options: str, mode: str = "auto") -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=[*PROGRAM, *options], env=environment(runtime)
    )
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


@contextmanager
def http_server(
    runtime: Runtime, *options: str, program: Sequence[str] = (sys.executable, *PROGRAM)
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server, and where it listens."""
    server = subprocess.Popen(
        [*program, "--http", "--port", "0", *options],
        env=os.environ | environment(runtime),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        line = server.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + server.stderr.read()
        yield found[0], server
    finally:
        server.terminate()
        server.wait(timeout=60)
        server.stderr.close()


@asynccontextmanager
async def by_http(url: str, token: str = TOKENS[0], *, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client
