"""An agent whose model is a script, and whose code runs in a real session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from agno.agent import Agent
from agno.models.base import Model
from agno.models.response import ModelResponse

from cognitora import Cognitora, InterpreterSession
from cognitora.integrations import descriptions
from cognitora.integrations.agno import CognitoraTools
from tests.conftest import Runtime
from tests.integrations.snippets import WAYS_OUT, WAYS_OUT_CODE, snippet

# Agno's own, and of packages that it uses.
pytestmark = pytest.mark.filterwarnings("ignore")


class Script(Model):
    """A model that says what it was given to say."""

    says: list[tuple[str, dict[str, str]] | str]
    told: list[Any]

    def __init__(self, *says: tuple[str, dict[str, str]] | str) -> None:
        super().__init__(id="script")
        self.says = list(says)
        self.told = []

    def invoke(self, *_: Any, **options: Any) -> ModelResponse:
        self.told.append(options)
        said = self.says.pop(0)
        if isinstance(said, str):
            return ModelResponse(role="assistant", content=said)
        name, arguments = said
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"id": f"call_{len(self.says)}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call])

    def said_by_tools(self) -> list[str]:
        """What its tools have said, as it was told at last."""
        return [message.content for message in self.told[-1]["messages"] if message.role == "tool"]

    async def ainvoke(self, *arguments: Any, **options: Any) -> ModelResponse:
        return self.invoke(*arguments, **options)

    def invoke_stream(self, *arguments: Any, **options: Any) -> Iterator[ModelResponse]:
        yield self.invoke(*arguments, **options)

    async def ainvoke_stream(self, *arguments: Any, **options: Any) -> AsyncIterator[ModelResponse]:
        yield self.invoke(*arguments, **options)

    def _parse_provider_response(self, response: ModelResponse, **_: Any) -> ModelResponse:
        return response

    def _parse_provider_response_delta(self, response: ModelResponse) -> ModelResponse:
        return response


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InterpreterSession]:
    with (
        Cognitora(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        yield session


def script() -> Script:
    return Script(
        ("run_code", {"code": "x = 6"}),
        ("run_code", {"code": "open('x', 'w').write(str(x * 7)); x * 7"}),
        ("run_command", {"command": "cat x; exit 3"}),
        "It is 42.",
    )


def told(answer: Any) -> list[str]:
    return [message.content for message in answer.messages if message.role == "tool"]


def test_an_agent_runs_code_and_commands(session: InterpreterSession) -> None:
    model = script()
    answer = Agent(model=model, tools=[CognitoraTools(session)], telemetry=False).run("6 times 7?")
    assert answer.content == "It is 42."
    assert told(answer)[1:] == ["42", "42\nexit code 3"]
    described = {tool["function"]["name"]: tool["function"] for tool in model.told[0]["tools"]}
    assert described["run_code"]["description"].startswith(descriptions.CODE)
    assert described["run_code"]["parameters"]["required"] == ["code"]


async def test_an_agent_does_so_asynchronously(session: InterpreterSession) -> None:
    ada = Agent(model=script(), tools=[CognitoraTools(session)], telemetry=False)
    answer = await ada.arun("6 times 7?")
    assert told(answer)[1:] == ["42", "42\nexit code 3"]


def test_code_and_commands_reach_the_network_unless_told_otherwise(
    session: InterpreterSession,
) -> None:
    for networking, routes in ((None, True), (True, True), (False, False)):
        tools = CognitoraTools(session, networking=networking)
        answers = [tools.run_code(WAYS_OUT_CODE).content, tools.run_command(WAYS_OUT)]
        assert [int(answer) > 0 for answer in answers] == [routes] * 2, answers


def test_pictures_come_as_pictures(session: InterpreterSession) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"
    result = CognitoraTools(session).run_code(plot)
    assert result.images
    assert result.images[0].mime_type == "image/png"
    assert isinstance(result.images[0].content, bytes)
    assert result.images[0].content.startswith(b"\x89PNG")


def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Agno"), found)
    model = script()
    assert found["ask"](model, "What is 6 times 7?") == "It is 42."
    assert model.said_by_tools()[1:] == ["42", "42\nexit code 3"]
