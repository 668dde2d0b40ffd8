"""Kernels behind an agent, which is a plain process here: the drivers don't know the difference."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.filesystem.errors import FilesystemUnreachable
from cognitora_local.kernel import Kernel, Outcome
from cognitora_local.kubernetes.link import Link, LinkLost, Refused, Stream
from cognitora_local.kubernetes.pod import EndReason, Pod
from cognitora_local.kubernetes.sandbox import PodSandbox
from cognitora_local.sandbox import Limits, SandboxError
from cognitora_local.sandbox.bubblewrap import DRIVERS as INSIDE
from tests.agent.agents import DRIVERS, TOKEN, RunningAgent


class AgentsPod(Pod):
    """A pod that is no more than its agent."""

    def __init__(self, agent: RunningAgent) -> None:
        self.name = "agent"
        self.credentials = {"token": TOKEN, "term": 0}
        self.limits = Limits()
        self.taken_over = False
        self.networking = False
        self.agent = agent

    async def connect(self, port: int) -> Stream:
        try:
            return await self.agent.dial()
        except OSError as error:
            if reason := await self.end_reason():
                raise LinkLost(reason.sentence) from error
            raise

    async def end_reason(self) -> EndReason | None:
        return EndReason("Its pod is gone.") if self.agent.process.returncode is not None else None

    def lose(self) -> None:
        self.taken_over = True

    async def delete(self) -> None:
        if self.taken_over:
            return
        with suppress(ProcessLookupError):
            self.agent.process.kill()


class AgentBackend:
    """Starts drivers by one agent."""

    python = Path(sys.executable)
    networks = (False,)
    life_seconds = None
    isolation: dict[str, str] = {}  # noqa: RUF012  # as the protocol has it

    def __init__(self, agent: RunningAgent) -> None:
        self.pod = AgentsPod(agent)
        self.numbers = itertools.count(1)

    def node(self) -> str:
        raise NotImplementedError

    async def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        networking: bool,
    ) -> PodSandbox:
        folder.mkdir(exist_ok=True)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        spec = {
            "kind": "driver",
            "command": [part.replace(INSIDE, str(DRIVERS)) for part in command],
            "environment": environment,
            "folder": str(folder),
        }
        request = {"token": TOKEN, "id": f"driver-{next(self.numbers)}", "spec": spec}
        link = Link(self.pod.dial, request)
        await link.open()
        return PodSandbox(self.pod, link, folder, environment)

    async def attach(
        self, address: str, *, limits: Limits, environment: Mapping[str, str], term: int
    ) -> PodSandbox:
        self.pod.credentials["term"] = term
        request = {**self.pod.credentials, "id": json.loads(address)["driver"]}
        link = Link(self.pod.dial, request, again=True)
        try:
            await link.open()
        except (Refused, LinkLost) as error:
            raise SandboxError(str(error)) from error
        return PodSandbox(self.pod, link, Path("taken-over"), {})

    async def remove(self, folder: Path) -> None: ...

    async def close(self) -> None: ...


Start = Callable[..., Awaitable[Kernel]]


@pytest_asyncio.fixture
async def start(agent: RunningAgent, tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def start_one(language: str = "python") -> Kernel:
            kernel = await Kernel.start(
                AgentBackend(agent),
                language=language,
                folder=tmp_path / "work",
                limits=Limits(),
                environment={},
                name="test",
            )
            stack.push_async_callback(kernel.close)
            return kernel

        yield start_one


async def run(
    kernel: Kernel, code: str, *, timeout_seconds: float = 60.0, stdin: bytes = b""
) -> Outcome:
    return await kernel.execute(
        code, timeout_seconds=timeout_seconds, networking=False, environment={}, stdin=stdin
    )


def shown(outcome: Outcome) -> list[tuple[str, object]]:
    return [(output.type, output.data) for output in outcome.outputs]


async def test_state_stays_and_outputs_come_in_order(start: Start) -> None:
    kernel = await start()
    assert (await run(kernel, "x = 20")).status == "completed"
    code = (
        "import os, sys\n"
        "for n in range(50):\n"
        "    print('out', n); print('err', n, file=sys.stderr)\n"
        "display(x); print('after'); x + 1"
    )
    outcome = await run(kernel, code)
    both = [[("stdout", f"out {n}\n"), ("stderr", f"err {n}\n")] for n in range(50)]
    found = shown(outcome)
    assert found[:100] == [each for pair in both for each in pair]
    assert [kind for kind, _ in found[100:]] == ["display_data", "stdout", "execution_result"]


async def test_what_breaks_of_connections_costs_an_execution_nothing(
    start: Start, agent: RunningAgent, tmp_path: Path
) -> None:
    kernel = await start()
    code = "open('ran', 'a').write('x')\nfor n in range(2000): print(n)\n'end'"
    for rounds in range(1, 6):
        running = asyncio.create_task(run(kernel, code))
        while not running.done():
            agent.break_off()
            await asyncio.sleep(0.003)
        outcome = running.result()
        assert outcome.status == "completed", outcome.errors
        text = "".join(str(data) for kind, data in shown(outcome) if kind == "stdout")
        assert text == "".join(f"{n}\n" for n in range(2000))
        assert (tmp_path / "work" / "ran").read_text() == "x" * rounds


async def test_a_timeout_keeps_the_state(start: Start) -> None:
    kernel = await start()
    await run(kernel, "x = 1")
    assert (await run(kernel, "while True: pass", timeout_seconds=0.3)).status == "timeout"
    assert shown(await run(kernel, "x")) == [("execution_result", "1")]


async def test_standard_input_is_read_once(start: Start) -> None:
    kernel = await start()
    code = "import sys; sys.stdin.read()"
    assert shown(await run(kernel, code, stdin=b"given\n")) == [("execution_result", "'given\\n'")]
    assert shown(await run(kernel, code)) == [("execution_result", "''")]
    assert shown(await run(kernel, code, stdin=b"more")) == [("execution_result", "'more'")]


async def test_a_kernel_that_ends_takes_along_what_it_has_started(start: Start) -> None:
    kernel = await start()
    command = await kernel.exec(["sleep", "600"], folder="/", environment={}, terminal=None)
    outcome = await run(kernel, "print('last'); import os; os._exit(7)")
    assert outcome.status == "failed"
    assert shown(outcome) == [("stdout", "last\n")]
    assert "exit status 7" in outcome.errors[0]
    assert not kernel.alive
    assert kernel.end_reason is None
    assert await command.wait() == 137
    command.close()


async def test_a_lost_pod_is_told(start: Start, agent: RunningAgent) -> None:
    kernel = await start()
    running = asyncio.create_task(run(kernel, "print('begun'); import time; time.sleep(600)"))
    await run_elsewhere(kernel)
    agent.process.kill()
    agent.break_off()
    outcome = await asyncio.wait_for(running, 60)
    assert (outcome.status, outcome.errors) == ("failed", ["Its pod is gone."])
    assert kernel.end_reason == "Its pod is gone."


async def run_elsewhere(kernel: Kernel) -> None:
    """Until a command has run beside the kernel: so it has what was sent before."""
    command = await kernel.exec(["true"], folder="/", environment={}, terminal=None)
    await command.wait()
    command.close()


async def test_files_are_reached_by_a_program_beside_the_kernel(
    start: Start, tmp_path: Path
) -> None:
    kernel = await start()
    path = str(tmp_path / "work" / "file")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"con"
        yield b"tent"

    async with kernel.filesystem.visit(action="write", path=path, user=None, mode=None) as visit:
        await visit.send(pieces())
        assert await visit.answer() == {"size": 7}
    assert shown(await run(kernel, "open('file').read()")) == [("execution_result", "'content'")]
    async with kernel.filesystem.visit(
        action="read", path=path, user=None, most_bytes=100
    ) as visit:
        assert (await visit.answer())["size"] == 7
        await visit.put(b"go")
        assert b"".join([piece async for piece in visit.pieces()]) == b"content"


async def test_files_are_reached_once_the_way_is_mended(
    start: Start, agent: RunningAgent, tmp_path: Path
) -> None:
    kernel = await start()

    async def made() -> None:
        path = str(tmp_path / "work" / "made")
        async with kernel.filesystem.visit(
            action="make_folder", path=path, user=None, mode=None, exclusive=False, told=path
        ) as visit:
            await visit.answer()

    port = agent.port
    with socket.create_server(("127.0.0.1", 0)) as broken:
        broken.setblocking(False)
        agent.port = broken.getsockname()[1]
        making = asyncio.create_task(made())
        taken, _ = await asyncio.get_running_loop().sock_accept(broken)
        agent.port = port
        taken.close()
    await making
    assert (tmp_path / "work" / "made").is_dir()


async def test_files_that_may_have_been_changed_are_said_to_be(
    start: Start, agent: RunningAgent, tmp_path: Path
) -> None:
    kernel = await start()
    path = str(tmp_path / "work" / "file")
    async with kernel.filesystem.visit(action="write", path=path, user=None, mode=None) as visit:
        agent.break_off()
        with pytest.raises(FilesystemUnreachable):
            await visit.answer()


async def test_bash(start: Start) -> None:
    kernel = await start("bash")
    await run(kernel, "x=1; cd /")
    assert shown(await run(kernel, "echo $x $PWD")) == [("stdout", "1 /\n")]
