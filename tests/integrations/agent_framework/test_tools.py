"""An agent whose model is a script, and whose code runs in a real session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from agent_framework import (
    Agent,
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    Message,
)

from cognitora import AsyncInterpreterSession, CognitoraAsync
from cognitora.integrations import descriptions
from cognitora.integrations.agent_framework import code_tool, command_tool
from tests.conftest import Runtime
from tests.integrations.snippets import WAYS_OUT, WAYS_OUT_CODE, snippet

PLOT = "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()\nprint('drawn')"


class Script(FunctionInvocationLayer[Any], BaseChatClient[Any]):
    """A model that says what it was given to say, and keeps what it was told."""

    def __init__(self, *says: Content) -> None:
        super().__init__()
        self.says = list(says)
        self.told: list[Any] = []

    async def _inner_get_response(
        self, *, messages: Any, stream: bool, options: Any, **_: Any
    ) -> ChatResponse[Any]:
        assert not stream
        self.told.append((list(messages), options))
        said = Message(role="assistant", contents=[self.says.pop(0)])
        return ChatResponse(messages=[said], response_id=f"response_{len(self.says)}")

    def said_by_tools(self) -> list[Any]:
        """What its tools have said, as it was told at last."""
        contents = [content for message in self.told[-1][0] for content in message.contents]
        return [content.result for content in contents if content.type == "function_result"]


@pytest.fixture
async def session(runtime: Runtime) -> AsyncIterator[AsyncInterpreterSession]:
    async with (
        CognitoraAsync(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        yield session


def call(number: int, tool: str, **arguments: str) -> Content:
    return Content.from_function_call(f"call_{number}", tool, arguments=arguments)


async def test_an_agent_runs_code_and_commands(session: AsyncInterpreterSession) -> None:
    model = Script(
        call(1, "run_code", code="x = 6"),
        call(2, "run_code", code="open('x', 'w').write(str(x * 7)); x * 7"),
        call(3, "run_command", command="cat x; exit 3"),
        Content.from_text("It is 42."),
    )
    ada = Agent(client=model, tools=[code_tool(session), command_tool(session)])
    assert (await ada.run("What is 6 times 7?")).text == "It is 42."
    assert model.said_by_tools()[1:] == ["42", "42\nexit code 3"]
    assert [tool.description for tool in model.told[-1][1]["tools"]] == [
        descriptions.CODE,
        descriptions.COMMAND,
    ]


async def test_code_and_commands_reach_the_network_unless_told_otherwise(
    session: AsyncInterpreterSession,
) -> None:
    for networking, routes in ((None, True), (True, True), (False, False)):
        code = code_tool(session, networking=networking)
        command = command_tool(session, networking=networking)
        (coded,) = await code.invoke(arguments={"code": WAYS_OUT_CODE})
        (commanded,) = await command.invoke(arguments={"command": WAYS_OUT})
        answers = [str(coded.text), str(commanded.text)]
        assert [int(answer) > 0 for answer in answers] == [routes] * 2, answers


async def test_pictures_come_as_pictures(session: AsyncInterpreterSession) -> None:
    text, picture = await code_tool(session).invoke(arguments={"code": PLOT})
    assert text.text == "drawn"
    assert picture.type == "data"
    assert picture.media_type == "image/png"


async def test_a_failure_is_told(session: AsyncInterpreterSession) -> None:
    (text,) = await code_tool(session, timeout_seconds=1).invoke(
        arguments={"code": "print('so far', flush=True)\nwhile True: pass"}
    )
    assert str(text.text).startswith("so far\n")
    assert "1 s" in str(text.text)


async def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Microsoft Agent Framework"), found)
    model = Script(call(1, "run_code", code="6 * 7"), Content.from_text("It is 42."))
    assert await found["ask"](model, "What is 6 times 7?") == "It is 42."
    assert model.said_by_tools() == ["42"]
