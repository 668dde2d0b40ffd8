"""The tool for agents without a sandbox of their own."""

from __future__ import annotations

from agents import Agent, Runner, ToolOutputImage, ToolOutputText, set_tracing_disabled
from agents.items import ToolCallOutputItem
from agents.testing import ScriptedModel, assistant_message, function_call

from cognitora import CognitoraAsync
from cognitora.integrations.openai_agents import code_tool
from tests.conftest import Runtime

set_tracing_disabled(True)


async def test_an_agent_runs_code_in_a_session_that_remembers(runtime: Runtime) -> None:
    plot = "import matplotlib.pyplot as plt; plt.plot([x, 1]); plt.show()"
    codes = ["x = 41", "x + 1", plot]
    steps = [
        [function_call("run_code", {"code": code}, call_id=f"call-{n}")]
        for n, code in enumerate(codes)
    ]
    async with (
        CognitoraAsync(runtime.api_key, runtime.base_url) as client,
        client.code_interpreter.session() as session,
    ):
        tool = code_tool(session)
        assert "last expression" in tool.description
        model = ScriptedModel([*steps, [assistant_message("done")]])
        agent = Agent(name="tester", model=model, tools=[tool])
        result = await Runner.run(agent, "go")
    told = [item.output for item in result.new_items if isinstance(item, ToolCallOutputItem)]
    assert told[1] == [ToolOutputText(text="42")]
    assert isinstance(told[2][1], ToolOutputImage)
    assert (told[2][1].image_url or "").startswith("data:image/png;base64,")
