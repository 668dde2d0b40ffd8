"""Tools for the agents of Microsoft's Agent Framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from agent_framework import Content, FunctionTool
from pydantic import BaseModel, Field

from .. import answers, descriptions, shell

if TYPE_CHECKING:
    from ... import AsyncInterpreterSession


class CodeArguments(BaseModel):
    """What a model gives `run_code`."""

    code: Annotated[str, Field(description="Python code.")]


class CommandArguments(BaseModel):
    """What a model gives `run_command`."""

    command: Annotated[str, Field(description="The command, as for bash -c.")]


def code_tool(
    session: AsyncInterpreterSession, *, timeout_seconds: int = 60, networking: bool | None = None
) -> FunctionTool:
    """A tool that runs Python: `Agent(..., tools=[code_tool(session)])`.

    Args:
        session: A session of Python that is open.
        timeout_seconds: How long code may run, in seconds.
        networking: Whether it may reach the internet; None means True.

    Returns:
        The tool `run_code`, which answers with text and pictures.
    """

    async def run_code(code: str) -> list[Content]:
        result = await session.run_python(
            code, timeout_seconds=timeout_seconds, networking=networking
        )
        pictures = [
            Content.from_data(image.data, image.media_type)
            for image in result.images
            if image.media_type != "image/svg+xml"  # which no model takes for a picture
        ]
        return [Content.from_text(answers.of_code(result)), *pictures]

    return FunctionTool(
        name="run_code",
        description=descriptions.CODE,
        func=run_code,
        input_model=CodeArguments,
    )


def command_tool(
    session: AsyncInterpreterSession, *, timeout_seconds: int = 60, networking: bool | None = None
) -> FunctionTool:
    """A tool that runs shell commands where `code_tool` runs code.

    Args:
        session: A session of Python that is open.
        timeout_seconds: How long a command may run, in seconds.
        networking: Whether it may reach the internet; None means True.

    Returns:
        The tool `run_command`.
    """

    async def run_command(command: str) -> str:
        code = shell.code_of(command)
        return shell.answer(
            await session.run_python(code, timeout_seconds=timeout_seconds, networking=networking)
        )

    return FunctionTool(
        name="run_command",
        description=descriptions.COMMAND,
        func=run_command,
        input_model=CommandArguments,
    )
