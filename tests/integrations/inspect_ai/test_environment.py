"""The sandbox in evaluations, and what Inspect's own checks leave out."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import basic_agent
from inspect_ai.tool import bash, python
from inspect_ai.util import (
    OutputLimitExceededError,
    SandboxEnvironmentSpec,
    SandboxUserUnsupportedError,
)
from inspect_ai.util._sandbox.environment import SandboxUnavailableError
from inspect_ai.util._sandbox.limits import override_sandbox_output_limit

from cognitora import Cognitora, CognitoraAsync, NotFoundError
from cognitora.integrations.inspect_ai import (
    CognitoraSandboxConfig,
    CognitoraSandboxEnvironment,
    clients,
)
from tests.conftest import Runtime
from tests.integrations.inspect_ai.conftest import sandbox, variables
from tests.integrations.snippets import snippet

# Inspect's own, and of a package that it uses.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

COMMANDS = ["sh", "-c", "cat /proc/[0-9]*/comm"]
"""The names of what runs."""
PYTHON = CognitoraSandboxConfig(image="python:3.11")
INSPECT = Path(sys.executable).parent / "inspect"


def calling(tool: str, **arguments: Any) -> ModelOutput:
    output = ModelOutput.for_tool_call("mockllm/model", tool, arguments)
    output.usage = ModelUsage()  # which is counted by what is on the internet, otherwise
    return output


def task(spec: Any) -> Task:
    """An agent that writes a file by one tool, and reads what another sees of it."""
    sample = Sample(
        "How many lines has the file?", target="3", files={"data/lines.txt": "a\nb\n"}, setup="pwd"
    )
    return Task(
        dataset=[sample],
        solver=basic_agent(tools=[bash(timeout=30), python(timeout=30)]),
        scorer=includes(),
        sandbox=spec,
    )


def script() -> Any:
    outputs = [
        calling("bash", command="echo c >> data/lines.txt; ls data"),
        calling("python", code="print(len(open('data/lines.txt').readlines()), 'lines')"),
        calling("submit", answer="3"),
    ]
    return get_model("mockllm/model", custom_outputs=outputs)


def test_an_evaluation_runs_in_sessions_that_end_with_it(
    on_runtime: Runtime, tmp_path: Path
) -> None:
    (log,) = eval(task("cognitora"), model=script(), log_dir=str(tmp_path), display="none")
    assert log.status == "success", log.error
    assert log.samples is not None
    said = [message.text for message in log.samples[0].messages if message.role == "tool"]
    assert said[:2] == ["lines.txt\n", "3 lines\n"]
    assert log.samples[0].scores is not None
    assert log.samples[0].scores["includes"].value == "C"
    with Cognitora(on_runtime.api_key, on_runtime.base_url) as client:
        assert client.code_interpreter.list_sessions(metadata={"created_by": "inspect_ai"}) == []


@pytest.mark.parametrize("way", ["object", "file"])
def test_an_evaluation_runs_in_containers(
    images_runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    config: CognitoraSandboxConfig | str = CognitoraSandboxConfig(image="python:3.11")
    if way == "file":
        config = str(tmp_path / "sandbox.yaml")
        Path(config).write_text("image: python:3.11\nmemory_mb: 512\n")
    spec = SandboxEnvironmentSpec("cognitora", config)
    for name, value in variables(images_runtime).items():
        monkeypatch.setenv(name, value)
    (log,) = eval(task(spec), model=script(), log_dir=str(tmp_path), display="none")
    assert log.status == "success", log.error
    assert log.results is not None
    assert log.results.scores[0].metrics["accuracy"].value == 1


def test_an_evaluation_without_a_key_has_a_runtime_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COGNITORA_API_KEY", raising=False)
    (log,) = eval(task("cognitora"), model=script(), log_dir=str(tmp_path), display="none")
    assert log.status == "success", log.error


async def test_a_command_that_is_not_there_is_a_result(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        missing = await made.exec(["no-such-program"])
        assert (missing.success, missing.returncode) == (False, 127)
        assert "no-such-program" in missing.stderr
        by_shell = await made.exec(["sh", "-c", "/etc/passwd"])
        assert by_shell.returncode == 126


async def test_users_are_those_of_the_container(images_runtime: Runtime) -> None:
    async with sandbox(images_runtime, PYTHON) as made:
        assert (await made.exec(["id", "-u"])).stdout == "0\n"
        assert (await made.exec(["id", "-un"], user="nobody")).stdout == "nobody\n"
        with pytest.raises(SandboxUserUnsupportedError, match="no-such-user"):
            await made.exec(["id"], user="no-such-user")


async def test_a_session_has_one_user(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        with pytest.raises(SandboxUserUnsupportedError, match="one user"):
            await made.exec(["id"], user="root")


async def test_too_much_output_is_told(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        with (
            override_sandbox_output_limit(1000, "exec"),
            pytest.raises(OutputLimitExceededError) as raised,
        ):
            await made.exec(["sh", "-c", "echo begin; head -c 2000 /dev/zero"])
        assert str(raised.value.truncated_output).startswith("begin\n")
        with pytest.raises(OutputLimitExceededError):
            await made.exec(["head", "-c", "11000000", "/dev/zero"])
        fitting = await made.exec(["head", "-c", "1000000", "/dev/zero"])
        assert len(fitting.stdout) == 1_000_000


async def test_a_file_that_grows_while_it_is_read_is_limited_too(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        await made.exec(["ln", "-s", "/dev/zero", "endless"])
        with override_sandbox_output_limit(1000, "read_file"):
            await made.write_file("long", "x" * 1001)
            await made.exec(["ln", "-s", "long", "link"])
            with pytest.raises(OutputLimitExceededError):
                await made.read_file("link")
        assert len(await made.read_file("link")) == 1001


async def test_a_cancelled_command_is_killed(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        running = asyncio.create_task(made.exec(["sh", "-c", "touch begun; sleep 600"]))
        while not await made.sandbox.path("begun").exists():
            await asyncio.sleep(0.02)
        assert "sleep" in (await made.exec(COMMANDS)).stdout.split()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert "sleep" not in (await made.exec(COMMANDS)).stdout.split()


async def test_a_sandbox_that_has_ended_is_unavailable(runtime: Runtime) -> None:
    async with sandbox(runtime, None) as made:
        await clients.current().code_interpreter.delete_session(made.sandbox.id)
        with pytest.raises(SandboxUnavailableError, match="has ended"):
            await made.exec(["true"])


async def test_tasks_share_a_client_until_the_last_has_ended(on_runtime: Runtime) -> None:
    kind = CognitoraSandboxEnvironment
    await kind.task_init("one", None)
    await kind.task_init("two", None)
    await kind.task_cleanup("one", None, cleanup=True)
    made = await kind.sample_init("two", None, {})
    await kind.sample_cleanup("two", None, made, interrupted=True)
    await kind.task_cleanup("two", None, cleanup=True)
    with pytest.raises(RuntimeError, match="No task has begun"):
        await kind.sample_init("three", None, {})


async def test_what_was_left_is_found_and_ended_by_inspects_command(on_runtime: Runtime) -> None:
    async with CognitoraAsync(on_runtime.api_key, on_runtime.base_url) as client:
        sessions = client.code_interpreter
        others = await sessions.session().open()
        left = [
            await sessions.session(metadata={"created_by": "inspect_ai"}).open() for _ in range(2)
        ]

        def cleanup(*arguments: str) -> None:
            command = [str(INSPECT), "sandbox", "cleanup", "cognitora", *arguments]
            subprocess.run(command, check=True, timeout=120)

        await asyncio.to_thread(cleanup, left[0].id)
        with pytest.raises(NotFoundError):
            await sessions.get_session(left[0].id)
        assert (await sessions.get_session(left[1].id)).status == "active"
        await asyncio.to_thread(cleanup)
        with pytest.raises(NotFoundError):
            await sessions.get_session(left[1].id)
        assert (await sessions.get_session(others.id)).status == "active"
        await others.close()


async def test_a_person_is_told_how_to_get_in(
    on_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sandbox(on_runtime, None) as made:
        connection = await made.connection()
        assert connection.command == f"cognitora exec -t {made.sandbox.id} -- sh"
        monkeypatch.delenv("COGNITORA_API_KEY")
        with pytest.raises(NotImplementedError):
            await made.connection()


def test_a_configuration_is_checked() -> None:
    config = CognitoraSandboxConfig(image="python:3.11", egress=("pypi.org:443",))
    told = config.model_dump(mode="json")
    assert CognitoraSandboxEnvironment.config_deserialize(told) == config
    with pytest.raises(ValueError, match="name an image"):
        CognitoraSandboxConfig(networking=True)


async def test_a_configuration_that_is_none_is_refused_before_anything_begins(
    tmp_path: Path,
) -> None:
    kind = CognitoraSandboxEnvironment
    with pytest.raises(ValueError, match=r"image=.*python:3\.11"):
        await kind.task_init("a task", "python:3.11")
    file = tmp_path / "sandbox.yaml"
    file.write_text("- no mapping\n")
    with pytest.raises(ValueError, match="has no mapping"):
        await kind.task_init("a task", str(file))
    with pytest.raises(TypeError, match="ModelUsage"):
        await kind.task_init("a task", ModelUsage())


def test_the_documented_task_is_one() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Inspect"), found)
    assert found["task"].sandbox.config == found["config"]
    assert found["config"].image == "python:3.11"
