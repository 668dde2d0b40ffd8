"""Agents of the framework, with a model that says what it is told to say."""

from __future__ import annotations

from typing import Any, cast

from pydantic_ai import Agent, BinaryContent, ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ModelRequest, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from cognitora import CognitoraAsync
from cognitora.integrations.pydantic_ai import CodeToolset
from tests.conftest import Runtime
from tests.integrations.snippets import snippet


def scripted(*codes: str) -> FunctionModel:
    """A model that runs these one after the other, and then is done."""

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        (tool,) = info.function_tools
        assert "last expression" in (tool.description or "")
        said = sum(isinstance(each, ModelResponse) for each in messages)
        if said < len(codes):
            return ModelResponse([ToolCallPart("run_code", {"code": codes[said]})])
        return ModelResponse([TextPart("done")])

    return FunctionModel(answer)


def returns(messages: list[ModelMessage]) -> list[object]:
    requests = (each for each in messages if isinstance(each, ModelRequest))
    return [
        part.content for each in requests for part in each.parts if isinstance(part, ToolReturnPart)
    ]


async def test_the_documented_program_runs() -> None:
    found: dict[str, Any] = {}
    exec(snippet("Pydantic AI"), found)
    asked = scripted("sum(all(n % d for d in range(2, n)) for n in range(2, 100))")
    told: list[object] = []

    async def noting(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        told[:] = returns(messages)
        answer = asked.function
        assert answer is not None
        return cast(ModelResponse, answer(messages, info))

    assert await found["ask"](FunctionModel(noting), "How many primes are below 100?") == "done"
    assert told == ["25"]


async def active(client: CognitoraAsync) -> set[str]:
    listed = await client.code_interpreter.list_sessions()
    return {each.session_id for each in listed if each.status == "active"}


async def test_an_agent_runs_code_in_a_session_that_remembers(runtime: Runtime) -> None:
    plot = "import matplotlib.pyplot as plt; plt.plot([x, 1]); plt.show(); 'drawn'"
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        before = await active(client)
        agent = Agent(scripted("x = 41", "x + 1", plot, "1 / 0"), toolsets=[CodeToolset(client)])
        result = await agent.run("go")
        first, second, third, fourth = returns(result.all_messages())
        assert (first, second) == ("(nothing was printed)", "42")
        assert isinstance(third, list)
        assert third[0] == "'drawn'"
        assert isinstance(third[1], BinaryContent)
        assert third[1].media_type == "image/png"
        assert "ZeroDivisionError" in str(fourth)
        assert await active(client) == before


async def test_a_session_lives_as_long_as_its_agent_is_entered(runtime: Runtime) -> None:
    async with CognitoraAsync(runtime.api_key, runtime.base_url) as client:
        agent = Agent(scripted("x = 7"), toolsets=[CodeToolset(client)])
        async with agent:
            await agent.run("go")
            result = await agent.run("go", model=scripted("x"))
            assert returns(result.all_messages()) == ["7"]
        result = await agent.run("go", model=scripted("x"))
        assert "NameError" in str(returns(result.all_messages())[0])

        async with client.code_interpreter.session() as session:
            agent = Agent(scripted("x = 8"), toolsets=[CodeToolset(client, session=session)])
            await agent.run("go")
            assert (await session.run("x")).text == "8"
