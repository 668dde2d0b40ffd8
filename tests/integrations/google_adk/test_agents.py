"""Agents whose model is a script, and whose code and commands run in real sandboxes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.adk.agents import LlmAgent
from google.adk.code_executors.code_execution_utils import CodeExecutionInput, File
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_request import LlmRequest
from google.adk.models.llm_response import LlmResponse
from google.adk.runners import InMemoryRunner
from google.adk.tools.environment import EnvironmentToolset
from google.genai import types

from cognitora import Cognitora, CognitoraAsync, InterpreterSession, NotFoundError
from cognitora.integrations.google_adk import CognitoraCodeExecutor, CognitoraEnvironment
from tests.conftest import Runtime
from tests.integrations.snippets import IMAGE, snippet

if TYPE_CHECKING:
    from cognitora.integrations.commands import Sandbox

# ADK's own: it warns of what is experimental.
pytestmark = pytest.mark.filterwarnings("ignore")
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"


class Script(BaseLlm):
    """A model that says what it was given to say, and keeps what it was told."""

    model: str = "script"
    says: list[types.Part]
    told: list[str] = []  # noqa: RUF012  # pydantic copies it

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        self.told.append(str(llm_request.contents))
        yield LlmResponse(content=types.Content(role="model", parts=[self.says.pop(0)]))


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InterpreterSession]:
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        yield session


@pytest.fixture(params=["session", "container"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """What isn't open yet."""
    is_session = request.param == "session"
    runtime: Runtime = request.getfixturevalue("runtime" if is_session else "container_runtime")
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        if is_session:
            yield client.code_interpreter.session()
        else:
            yield client.containers.container(IMAGE, 1, 256, 100)


async def test_a_container_without_a_shell_is_told(container_runtime: Runtime) -> None:
    async with (
        CognitoraAsync(container_runtime.api_key, container_runtime.base_url) as client,
        client.containers.container(IMAGE, 1, 256, 100) as container,
    ):
        assert (await container.run(["rm", "/bin/sh"])).exit_code == 0
        environment = CognitoraEnvironment(container)
        await environment.initialize()
        done = await environment.execute("echo 1")
        assert (done.exit_code, done.stderr) == (127, "The command sh isn't in the image.")


async def asked(agent: LlmAgent) -> tuple[list[types.Part], InMemoryRunner]:
    """All that an agent says."""
    runner = InMemoryRunner(agent=agent, app_name="tests")
    session = await runner.session_service.create_session(app_name="tests", user_id="ada")
    question = types.Content(role="user", parts=[types.Part(text="What is 6 times 7?")])
    parts: list[types.Part] = []
    async for event in runner.run_async(user_id="ada", session_id=session.id, new_message=question):
        parts += (event.content and event.content.parts) or []
    return parts, runner


async def test_an_agent_runs_code_that_remembers(session: InterpreterSession) -> None:
    says = ["```python\nx = 6\n```", f"```python\n{PLOT}\nx * 7\n```", "It is 42."]
    model = Script(says=[types.Part(text=text) for text in says])
    ada = LlmAgent(name="ada", model=model, code_executor=CognitoraCodeExecutor(session))
    parts, runner = await asked(ada)
    results = [part.code_execution_result for part in parts if part.code_execution_result]
    assert [result.outcome for result in results] == [types.Outcome.OUTCOME_OK] * 2
    assert "42" in str(results[1].output)
    assert parts[-1].text == "It is 42."
    assert runner.artifact_service is not None
    (stored,) = runner.artifact_service.artifacts.values()  # type: ignore[attr-defined]
    assert "PNG" in str(stored)


def test_failures_and_files_are_told(session: InterpreterSession) -> None:
    executor = CognitoraCodeExecutor(session, timeout_seconds=30)
    context: Any = None
    file = File("data.csv", "YSxiCg==", "text/csv")
    code = "import sys\nprint('warned', file=sys.stderr)\nopen('data.csv').read()"
    result = executor.execute_code(context, CodeExecutionInput(code, [file]))
    assert (result.stdout, result.stderr, result.exit_code) == (r"'a,b\n'", "", 0)
    failed = executor.execute_code(context, CodeExecutionInput("print('before')\n1 / 0"))
    assert failed.stdout == "before"
    assert "ZeroDivisionError" in failed.stderr
    assert failed.exit_code == 1


async def test_an_agent_works_in_an_environment(sandbox: Sandbox) -> None:
    says = [
        types.Part.from_function_call(name=name, args=arguments)
        for name, arguments in (
            ("WriteFile", {"path": "sub/x.txt", "content": "6 * 7\n"}),
            ("EditFile", {"path": "sub/x.txt", "old_string": "6", "new_string": "2 * 3"}),
            ("ReadFile", {"path": "sub/x.txt"}),
            ("Execute", {"command": "cd sub && echo $(($(cat x.txt)))"}),
        )
    ]
    model = Script(says=[*says, types.Part(text="It is 42.")])
    toolset = EnvironmentToolset(environment=CognitoraEnvironment(sandbox))
    parts, _ = await asked(LlmAgent(name="ada", model=model, tools=[toolset]))
    answers = [str(part.function_response.response) for part in parts if part.function_response]
    assert "2 * 3 * 7" in answers[2]
    assert "42" in answers[3]
    await toolset.close()
    with suppress(NotFoundError):  # as a session that has ended
        assert str((await sandbox.refresh()).status) == "CANCELLED"


async def test_an_environment_tells_of_time_outs_and_missing_files(sandbox: Sandbox) -> None:
    environment = CognitoraEnvironment(sandbox)
    await environment.initialize()
    is_session = hasattr(sandbox, "session_id")
    assert environment.working_dir == Path("/work" if is_session else "/")
    stopped = await environment.execute("echo so far; sleep 600", timeout=1)
    assert (stopped.timed_out, stopped.stdout) == (True, "so far\n")
    failed = await environment.execute("echo no >&2; exit 3")
    assert (failed.exit_code, failed.stderr) == (3, "no\n")
    with pytest.raises(FileNotFoundError):
        await environment.read_file(Path("nothing"))
    await environment.write_file(Path("/tmp/a/b"), b"\xff")
    assert await environment.read_file(Path("/tmp/a/b")) == b"\xff"
    await environment.close()


def test_the_documented_agent_is_one() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Google ADK"), found)
    try:
        ran = found["agent"].code_executor.execute_code(None, CodeExecutionInput("6 * 7"))
        assert ran.stdout == "42"
    finally:
        found["client"].close()
