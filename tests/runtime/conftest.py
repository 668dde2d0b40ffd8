"""Runtimes of a test's own, and clients that hold every exchange against the contract."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import contract as contracts
from tests.conftest import Runtime

EXECUTE = "/api/v1/interpreter/execute"
SESSIONS = "/api/v1/interpreter/sessions"
EXECUTIONS = "/api/v1/interpreter/executions"
ESTIMATE = "/api/v1/compute/estimate"

START_SECONDS = 120  # an upper bound for a machine that is very busy; ready is measured elsewhere
ENDS_WITHIN_SECONDS = 120


class Process:
    """A runtime in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, stderr: Path) -> None:
        self.process = process
        self.ready: dict[str, Any] = {}
        self._stderr = stderr

    @property
    def log(self) -> str:
        return self._stderr.read_text()

    async def wait_ready(self) -> None:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), START_SECONDS)
        assert line, f"the runtime did not start:\n{self.log}"
        self.ready = json.loads(line)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), ENDS_WITHIN_SECONDS)


Start = Callable[..., Any]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a runtime: `await start("--data-dir", folder)`. Ended with the test."""
    async with AsyncExitStack() as stack:

        async def start_one(*arguments: str | Path, ready: bool = True) -> Process:
            runtime = await stack.enter_async_context(
                process(tmp_path / f"stderr-{os.urandom(4).hex()}", *arguments)
            )
            if ready:
                await runtime.wait_ready()
            return runtime

        yield start_one


@asynccontextmanager
async def process(stderr: Path, *arguments: str | Path) -> AsyncIterator[Process]:
    with stderr.open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cognitora_local",
            "--parent",
            str(os.getpid()),
            *map(str, arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    runtime = Process(child, stderr)
    try:
        yield runtime
    finally:
        await runtime.stop()


@pytest.fixture
async def http(contract: contracts.Contract, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shared runtime, whose requests are all as the contract says."""
    async with client(contract, runtime.base_url, runtime.api_key) as made:
        yield made


@pytest.fixture
async def wrong(contract: contracts.Contract, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the shared runtime, whose requests may be wrong if they are refused."""
    async with client(contract, runtime.base_url, runtime.api_key, lenient=True) as made:
        yield made


@pytest.fixture
def http_of(contract: contracts.Contract) -> Callable[[Process], httpx.AsyncClient]:
    """Makes a client of a runtime of the test's own."""

    def make(runtime: Process) -> httpx.AsyncClient:
        return client(contract, runtime.ready["base_url"], runtime.ready["api_key"])

    return make


def client(
    contract: contracts.Contract, base_url: str, key: str, *, lenient: bool = False
) -> httpx.AsyncClient:
    # Plain HTTP: reading the authorities would take longer than most tests.
    inner = httpx.AsyncHTTPTransport(verify=False)
    transport = contracts.CheckedAsyncTransport(contract, inner, request_may_be_wrong=lenient)
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=base_url, headers=headers, transport=transport, timeout=90)


async def run(http: httpx.AsyncClient, code: str, **more: Any) -> dict[str, Any]:
    """Run code that the runtime accepts: the answer."""
    body = {"code": code, "networking": False, **more}
    answer = await http.post(EXECUTE, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def printed(http: httpx.AsyncClient, code: str, **more: Any) -> str:
    """Run code that must end well: what it printed."""
    answer = await run(http, code, **more)
    assert answer["data"]["status"] == "completed", answer
    return stdout(answer)


def stdout(answer: dict[str, Any]) -> str:
    outputs = answer["data"]["outputs"]
    return "".join(output["data"] for output in outputs if output["type"] == "stdout")


async def open_session(http: httpx.AsyncClient, **body: Any) -> str:
    """A new session's id. As `run` runs code: without networking, where nothing else is said."""
    answer = await http.post(SESSIONS, json={"networking": False, **body})
    assert answer.status_code == 200, answer.text
    session_id: str = answer.json()["data"]["session_id"]
    return session_id


def refusal(answer: httpx.Response, status: int, code: str) -> str:
    """The sentence of an error answer, which is as all error answers are."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code
    assert body["request_id"] == answer.headers["X-Request-Id"]
    sentence: str = body["error"]
    assert sentence.endswith("."), sentence
    return sentence


async def ended(http: httpx.AsyncClient, marker: str) -> dict[str, Any]:
    """The record of the execution whose code has the marker in it, when it has ended."""
    found: list[dict[str, Any]] = []

    async def has_ended() -> bool:
        executions = (await http.get(EXECUTIONS)).json()["executions"]
        found[:] = [each for each in executions if marker in each["code"]]
        return bool(found) and all(each["status"] != "running" for each in found)

    await until(has_ended)
    (record,) = found
    return record


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait for a condition that nobody can tell us of.

    Looking may take at most a third of a processor, which what is waited for needs too, and less the longer
    it takes.
    """
    loop = asyncio.get_running_loop()
    begun = looked = loop.time()
    deadline = begun + seconds
    while not await condition():
        now = loop.time()
        assert now < deadline, f"waited {seconds} s in vain"
        await asyncio.sleep(max(0.01, 2 * (now - looked), min(0.1, (now - begun) / 8)))
        looked = loop.time()
