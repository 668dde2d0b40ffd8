"""A crew whose model is a script, and whose code runs in a real session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from crewai import Agent, BaseLLM, Crew, Task

from cognitora import Cognitora, InterpreterSession
from cognitora.integrations import descriptions
from cognitora.integrations.crewai import CodeTool
from tests.conftest import Runtime
from tests.integrations.snippets import snippet

# CrewAI's own, and of packages that it uses.
pytestmark = pytest.mark.filterwarnings("ignore")


class Script(BaseLLM):
    """A model that says what it was given to say, and keeps what it was told."""

    says: list[str]
    told: list[str] = []  # noqa: RUF012  # pydantic copies it

    def call(self, messages: Any, *_: Any, **__: Any) -> str:
        self.told.append(str(messages))
        return self.says.pop(0)


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InterpreterSession]:
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        yield session


def action(code: str) -> str:
    return f"Thought: run it\nAction: run_code\nAction Input: {json.dumps({'code': code})}\n"


def test_a_crew_runs_code_that_remembers(session: InterpreterSession) -> None:
    says = [action("x = 6"), action("x * 7"), "Thought: I know.\nFinal Answer: 42"]
    model = Script(model="script", says=says)
    ada = Agent(
        role="analyst",
        goal="answers",
        backstory="knows Python",
        llm=model,
        tools=[CodeTool(session)],
    )
    task = Task(description="What is 6 times 7?", expected_output="a number", agent=ada)
    assert str(Crew(agents=[ada], tasks=[task]).kickoff()) == "42"
    assert descriptions.LAST_EXPRESSION in model.told[0]
    assert "Observation: 42" in model.told[2].replace("\\n", "\n")


def test_the_same_code_runs_again(session: InterpreterSession) -> None:
    tool = CodeTool(session)
    tool.run(code="n = 0")
    assert [tool.run(code="n += 1; n") for _ in range(2)] == ["1", "2"]
    assert not tool.cache_function({"code": "n"}, "1")


def test_failures_and_pictures_are_told(session: InterpreterSession) -> None:
    tool = CodeTool(session)
    assert "ZeroDivisionError" in tool.run(code="print('before')\n1 / 0")
    tool.run(code="import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()")
    assert tool.pictures[0].startswith(b"\x89PNG")
    stopped = CodeTool(session, timeout_seconds=1).run(
        code="print('so far', flush=True)\nwhile True: pass"
    )
    assert stopped.startswith("so far\n")
    assert "1 s" in stopped


def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("CrewAI"), found)
    model = Script(model="script", says=[action("6 * 7"), "Thought: I know.\nFinal Answer: 42"])
    assert found["ask"](model, "What is 6 times 7?") == "42"
    assert "Observation: 42" in model.told[1].replace("\\n", "\n")
