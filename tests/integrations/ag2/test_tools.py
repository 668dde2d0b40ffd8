"""Agents whose model is a script, and whose code and commands run in real sandboxes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ToolCallEvent
from ag2.testing import TestConfig, TrackingConfig
from ag2.tools import SandboxCodeTool, SandboxShellTool
from ag2.tools.code import CodeEnvironment
from ag2.tools.sandbox import Sandbox, SandboxFactory, WorkdirAware
from ag2.tools.tool import Tool

from cognitora import Cognitora, InterpreterSession
from cognitora.integrations.ag2 import CognitoraCode, CognitoraSandbox
from tests.conftest import Runtime
from tests.integrations.snippets import IMAGE, WAYS_OUT, WAYS_OUT_CODE, snippet


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InterpreterSession]:
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        yield session


@pytest.fixture(params=["session", "container"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[CognitoraSandbox]:
    is_session = request.param == "session"
    runtime: Runtime = request.getfixturevalue("runtime" if is_session else "container_runtime")
    with Cognitora(runtime.api_key, runtime.base_url) as client, ExitStack() as held:
        if is_session:
            session = held.enter_context(client.code_interpreter.session())
            yield CognitoraSandbox(session, timeout_seconds=600)
        else:
            made = client.containers.container(IMAGE, 1, 256, 100)
            yield CognitoraSandbox(held.enter_context(made), workdir="/tmp", timeout_seconds=600)


def call(tool: str, **arguments: str) -> ToolCallEvent:
    return ToolCallEvent(tool, arguments=json.dumps(arguments))


async def told(*tools: Tool, script: list[ToolCallEvent]) -> str:
    """What an agent says at the end, and what its tools said, as a text."""
    ada = Agent("ada", config=TestConfig(*script, "It is 42."), tools=list(tools))
    reply = await ada.ask("What is 6 times 7?")
    assert reply.body == "It is 42."
    return str(await reply.history.get_events())


async def test_an_agent_runs_code_that_remembers(session: InterpreterSession) -> None:
    script = [
        call("run_code", code="x = 6", language="python"),
        call("run_code", code="open('x', 'w').write('!' * x * 7); x * 7", language="python"),
        call("run_code", code="wc -c < x; exit 3", language="bash"),
    ]
    said = await told(SandboxCodeTool(CognitoraCode(session)), script=script)
    assert "42\\nexit code 3" in said


async def test_code_reaches_the_network_and_commands_in_a_session_do_not(
    session: InterpreterSession,
) -> None:
    for networking, routes in ((None, True), (True, True), (False, False)):
        code = CognitoraCode(session, networking=networking)
        answers = [await code.run(WAYS_OUT_CODE, "python"), await code.run(WAYS_OUT, "bash")]
        assert [int(answer.output) > 0 for answer in answers] == [routes] * 2, answers
    command = await CognitoraSandbox(session).exec(["sh", "-c", WAYS_OUT])
    assert command.output == "0"


async def test_an_agent_runs_commands_and_code_in_a_sandbox(sandbox: CognitoraSandbox) -> None:
    script = [
        call("run_shell_command", command="echo $((6 * 7)) > x; pwd"),
        call("run_code", code="print('x has', open('x').read())", language="python"),
    ]
    said = await told(SandboxShellTool(sandbox), SandboxCodeTool(sandbox), script=script)
    assert "x has 42" in said
    assert f"{sandbox.workdir}" in said


async def test_a_session_runs_javascript_too(session: InterpreterSession) -> None:
    code = "console.log(process.cwd(), 'by node')"
    tool = SandboxCodeTool(CognitoraSandbox(session), languages=("python", "javascript"))
    script = [call("run_code", code=code, language="javascript")]
    assert "/work by node" in await told(tool, script=script)


async def test_a_sandbox_is_what_ag2_asks_for(
    sandbox: CognitoraSandbox, session: InterpreterSession
) -> None:
    assert isinstance(sandbox, Sandbox)
    assert isinstance(sandbox, SandboxFactory)
    assert isinstance(sandbox, WorkdirAware)
    assert isinstance(CognitoraCode(session), CodeEnvironment)

    both = await sandbox.exec(["sh", "-c", "echo out; echo $A >&2; exit 3"], env={"A": "err"})
    assert (set(both.output.split()), both.exit_code) == ({"out", "err"}, 3)
    missing = await sandbox.exec(["no-such-program"])
    assert missing.exit_code == 127
    assert "no-such-program" in missing.output
    silent = await sandbox.exec(["sh", "-c", "exit 127"])
    assert (silent.output, silent.exit_code) == ("", 127)
    stopped = await sandbox.exec(["sh", "-c", "echo so far; sleep 600"], timeout=1)
    assert stopped.exit_code == 124
    assert stopped.output.startswith("so far\n")

    await sandbox.put_file(PurePosixPath("a/b"), b"c")
    assert (await sandbox.exec(["cat", "a/b"])).output == "c"
    await sandbox.remove_file(PurePosixPath("a/b"))
    assert (await sandbox.exec(["cat", "a/b"])).exit_code == 1
    with pytest.raises(ValueError, match="relative"):
        await sandbox.put_file(PurePosixPath("/tmp/x"), b"")


async def test_a_cancelled_command_is_killed(sandbox: CognitoraSandbox) -> None:
    running = asyncio.create_task(sandbox.exec(["sh", "-c", "touch begun; sleep 600"]))
    while (await sandbox.exec(["test", "-e", "begun"])).exit_code != 0:
        await asyncio.sleep(0.02)
    names = ["sh", "-c", "cat /proc/[0-9]*/comm"]
    assert "sleep" in (await sandbox.exec(names)).output.split()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "sleep" not in (await sandbox.exec(names)).output.split()


async def test_a_command_that_is_cancelled_while_it_starts_is_killed(
    session: InterpreterSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, release, processes, start = threading.Event(), threading.Event(), [], session.start

    def slow(*arguments: Any, **options: Any) -> Any:
        processes.append(start(*arguments, **options))
        started.set()
        assert release.wait(20)
        return processes[0]

    monkeypatch.setattr(session, "start", slow)
    running = asyncio.create_task(CognitoraSandbox(session).exec(["sleep", "600"], timeout=600))
    await asyncio.to_thread(started.wait, 20)
    running.cancel()
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert str((await asyncio.to_thread(processes[0].wait, timeout=20)).status) == "FAILED"


def test_a_sandbox_is_used_from_several_event_loops(sandbox: CognitoraSandbox) -> None:
    for number in ("1", "2"):
        assert asyncio.run(sandbox.exec(["echo", number])).output == number


async def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("AG2"), found)
    script = [
        call("run_code", code="open('x', 'w').write(str(6 * 7)); 6 * 7", language="python"),
        call("run_shell_command", command="echo by a shell: $(cat x)"),
    ]
    model = TrackingConfig(TestConfig(*script, "It is 42."))
    assert await found["ask"](model, "What is 6 times 7?") == "It is 42."
    last = str(model.mock.call_args)
    assert "by a shell: 42" in last
