"""Sandbox agents of the framework, with a model that follows a script, in real sandboxes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from agents import Runner, RunState, function_tool, set_tracing_disabled
from agents.items import ToolCallOutputItem
from agents.run_config import RunConfig
from agents.sandbox import (
    ExecTimeoutError,
    LocalSnapshotSpec,
    Manifest,
    SandboxAgent,
    SandboxRunConfig,
    WorkspaceReadNotFoundError,
)
from agents.sandbox.entries import File
from agents.testing import ScriptedModel, assistant_message, function_call
from openai.types.responses import ResponseCustomToolCall

from cognitora import CognitoraAsync, InvalidRequestError
from cognitora.integrations.openai_agents import (
    CognitoraSandboxClient,
    CognitoraSandboxClientOptions,
    CognitoraSandboxSessionState,
)
from tests.conftest import Runtime
from tests.integrations.snippets import snippet

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PATCH = """*** Begin Patch
*** Add File: src/new.py
+print("new")
*** Update File: notes.txt
@@
-from the manifest
+from the patch
*** End Patch
"""

set_tracing_disabled(True)


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[CognitoraAsync]:
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        yield client


async def active(client: CognitoraAsync) -> set[str]:
    listed = await client.code_interpreter.list_sessions()
    return {each.session_id for each in listed if each.status == "active"}


def call(number: int, name: str, **arguments: Any) -> list[Any]:
    return [function_call(name, arguments, call_id=f"call-{number}")]


def script(*calls: tuple[str, dict[str, Any]]) -> ScriptedModel:
    steps: list[Any] = [call(n, name, **given) for n, (name, given) in enumerate(calls)]
    return ScriptedModel([*steps, [assistant_message("done")]])


def outputs(items: Sequence[Any]) -> list[Any]:
    return [item.output for item in items if isinstance(item, ToolCallOutputItem)]


def manifest() -> Manifest:
    return Manifest(entries={"notes.txt": File(content=b"from the manifest\n")})


async def test_an_agent_has_the_manifest_runs_commands_and_leaves_no_sandbox(
    client: CognitoraAsync,
) -> None:
    before = await active(client)
    agent = SandboxAgent(
        name="tester",
        default_manifest=manifest(),
        model=script(
            ("exec_command", {"cmd": "pwd; cat notes.txt; exit 3"}),
            ("exec_command", {"cmd": f"echo {PIXEL} | base64 -d > pixel.png"}),
            ("view_image", {"path": "pixel.png"}),
            ("view_image", {"path": "missing.png"}),
        ),
    )
    config = RunConfig(sandbox=SandboxRunConfig(client=CognitoraSandboxClient(client)))
    result = await Runner.run(agent, "go", run_config=config)
    first, _, picture, missing = outputs(result.new_items)
    assert "exited with code 3" in first
    assert "/work\nfrom the manifest" in first
    assert picture.image_url == f"data:image/png;base64,{PIXEL}"
    assert "was not found" in missing
    assert await active(client) == before


async def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("OpenAI Agents SDK"), found)
    model = script(("exec_command", {"cmd": "pwd; expr 6 \\* 7"}))
    assert await found["ask"](model, "What is 6 times 7?") == "done"
    assert "/work\n42\n" in str(model.calls[-1].input).replace("\\n", "\n")


async def test_an_agent_talks_to_a_program_in_a_terminal(client: CognitoraAsync) -> None:
    sandboxes = CognitoraSandboxClient(client)
    session = await sandboxes.create()
    async with session:
        started = await session.pty_exec_start("cat", tty=True, yield_time_s=0.25)
        assert started.process_id is not None
        typed = await session.pty_write_stdin(
            session_id=started.process_id, chars="héllo\n", yield_time_s=5
        )
        assert "héllo\r\nhéllo" in typed.output.decode()
        stopped = await session.pty_write_stdin(
            session_id=started.process_id, chars="\x03", yield_time_s=30
        )
        assert (stopped.process_id, stopped.exit_code) == (None, 130)

        plain = await session.pty_exec_start("echo out; echo err >&2; exit 4", yield_time_s=30)
        assert (plain.process_id, plain.exit_code) == (None, 4)
        assert sorted(plain.output.decode().split()) == ["err", "out"]
    await sandboxes.delete(session)


async def test_an_agent_writes_into_a_program_that_it_has_started(client: CognitoraAsync) -> None:
    sandboxes = CognitoraSandboxClient(client)
    session = await sandboxes.create()
    async with session:
        # Its id is chosen at random: what writes to it is scripted once that is known.
        config = RunConfig(sandbox=SandboxRunConfig(session=session))
        first = script(
            ("exec_command", {"cmd": "read x; echo got $x", "tty": True, "yield_time_ms": 250})
        )
        agent = SandboxAgent(name="tester", model=first)
        (said,) = outputs((await Runner.run(agent, "go", run_config=config)).new_items)
        ident = int(said.split("session ID ")[1].split()[0])
        second = script(
            ("write_stdin", {"session_id": ident, "chars": "it\n", "yield_time_ms": 30000})
        )
        agent = SandboxAgent(name="tester", model=second)
        (said,) = outputs((await Runner.run(agent, "go", run_config=config)).new_items)
        assert "got it" in said
        assert "exited with code 0" in said
    await sandboxes.delete(session)


async def test_an_agent_applies_patches(client: CognitoraAsync) -> None:
    patch = ResponseCustomToolCall(
        type="custom_tool_call", name="apply_patch", call_id="call-0", input=PATCH
    )
    look: Any = call(1, "exec_command", cmd="cat src/new.py notes.txt")
    agent = SandboxAgent(
        name="tester",
        default_manifest=manifest(),
        model=ScriptedModel([[patch], look, [assistant_message("done")]]),
    )
    config = RunConfig(sandbox=SandboxRunConfig(client=CognitoraSandboxClient(client)))
    result = await Runner.run(agent, "go", run_config=config)
    seen = outputs(result.new_items)[-1]
    assert 'print("new")' in seen
    assert "from the patch" in seen
    assert "from the manifest" not in seen


async def paused_and_resumed(
    client: CognitoraAsync, options: CognitoraSandboxClientOptions, snapshots: Path
) -> tuple[str, str, str]:
    """Runs up to an approval, and on from JSON: the state of then, that of the end, what was seen last."""

    @function_tool(needs_approval=True)
    def ship() -> str:
        return "shipped"

    steps = script(
        (
            "exec_command",
            {"cmd": "mkdir -p d; echo kept > d/a.txt; ln -s d/a.txt link; chmod 700 d"},
        ),
        ("ship", {}),
        ("exec_command", {"cmd": "cat link notes.txt; stat -c %a d"}),
    )
    agent = SandboxAgent(name="tester", default_manifest=manifest(), tools=[ship], model=steps)
    sandbox = SandboxRunConfig(
        client=CognitoraSandboxClient(client),
        options=options,
        snapshot=LocalSnapshotSpec(base_path=snapshots),
    )
    config = RunConfig(sandbox=sandbox)
    result = await Runner.run(agent, "go", run_config=config)
    assert len(result.interruptions) == 1
    told = json.dumps(result.to_state().to_json())

    state = await RunState.from_json(agent, json.loads(told))
    for each in state.get_interruptions():
        state.approve(each)
    result = await Runner.run(agent, state, run_config=config)
    assert "shipped" in outputs(result.new_items)
    return told, json.dumps(result.to_state().to_json()), outputs(result.new_items)[-1]


async def test_a_run_goes_on_from_json_in_another_sandbox(
    client: CognitoraAsync, tmp_path: Path
) -> None:
    before = await active(client)
    options = CognitoraSandboxClientOptions()
    told, _, seen = await paused_and_resumed(client, options, tmp_path)
    assert '"type": "cognitora"' in told
    assert "kept\nfrom the manifest\n700" in seen
    assert await active(client) == before


async def test_a_run_goes_on_from_json_in_another_container(
    container_runtime: Runtime, tmp_path: Path
) -> None:
    options = CognitoraSandboxClientOptions(
        image="docker.io/library/python:3.11-slim", memory_mb=256
    )
    async with CognitoraAsync(container_runtime.api_key, container_runtime.base_url) as client:
        _, _, seen = await paused_and_resumed(client, options, tmp_path)
        assert "kept\nfrom the manifest\n700" in seen
        containers = await client.containers.list_containers()
        assert len({each.id for each in containers}) == 2
        assert not [each for each in containers if each.status == "RUNNING"]


async def test_a_sandbox_that_is_there_is_found_again(
    client: CognitoraAsync, tmp_path: Path
) -> None:
    sandboxes = CognitoraSandboxClient(client)
    session = await sandboxes.create(
        manifest=manifest(), snapshot=LocalSnapshotSpec(base_path=tmp_path)
    )
    await session.start()
    await session.exec("echo changed > notes.txt")
    payload = sandboxes.serialize_session_state(session.state)
    state = sandboxes.deserialize_session_state(json.loads(json.dumps(payload)))
    assert isinstance(state, CognitoraSandboxSessionState)
    again = await sandboxes.resume(state)
    async with again:
        assert (await again.exec("cat notes.txt")).stdout == b"changed\n"
        missing = await again.exec("no-such-program", shell=False)
        assert missing.exit_code == 127
        assert b"no-such-program" in missing.stderr
        assert isinstance(again.state, CognitoraSandboxSessionState)
        assert again.state.sandbox_id == state.sandbox_id
    await sandboxes.delete(again)
    assert not await session.running()


async def test_ports_files_and_time_outs(client: CognitoraAsync) -> None:
    sandboxes = CognitoraSandboxClient(client)
    options = CognitoraSandboxClientOptions(exposed_ports=(8000,))
    session = await sandboxes.create(options=options)
    async with session:
        endpoint = await session.resolve_exposed_port(8000)
        assert endpoint.host == "127.0.0.1"
        with pytest.raises(ExecTimeoutError):
            await session.exec("sleep 600", timeout=0.5)
        with pytest.raises(WorkspaceReadNotFoundError):
            await session.read(Path("missing"))
    await sandboxes.delete(session)


async def test_a_manifest_that_a_session_cannot_have_is_refused_before_it_is_made(
    client: CognitoraAsync,
) -> None:
    before = await active(client)
    with pytest.raises(InvalidRequestError, match="/work"):
        await CognitoraSandboxClient(client).create(manifest=Manifest(root="/srv"))
    assert await active(client) == before
