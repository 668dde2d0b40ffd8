"""A tool that runs code, for agents without a sandbox of their own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from agents import FunctionTool, ToolOutputImage, ToolOutputText, function_tool

from .. import answers, descriptions

if TYPE_CHECKING:
    from ... import AsyncInterpreterSession

SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Pictures that models can look at."""


def code_tool(
    session: AsyncInterpreterSession, *, timeout_seconds: int = 60, networking: bool = True
) -> FunctionTool:
    """The tool `run_code`: Python in a session that remembers, with its pictures.

    Args:
        session: The open session. Whoever has opened it closes it.
        timeout_seconds: How long code may run.
        networking: Whether it may reach the internet.

    Returns:
        The tool, for `Agent(tools=[...])`.
    """

    async def run_code(code: str) -> list[ToolOutputText | ToolOutputImage]:
        result = await session.run(code, timeout_seconds=timeout_seconds, networking=networking)
        pictures = [
            ToolOutputImage(image_url=f"data:{image.media_type};base64,{_encoded(image.data)}")
            for image in result.images
            if image.media_type in SHOWN
        ]
        return [ToolOutputText(text=answers.of_code(result)), *pictures]

    return function_tool(run_code, description_override=descriptions.CODE)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
