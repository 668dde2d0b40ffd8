"""What tools answer: text and pictures for the model, and the same as data."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from mcp.types import (
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

from .. import answers
from .limits import Limits

if TYPE_CHECKING:
    from ... import ExecuteCodeResponse


class CodeResult(BaseModel):
    """How code ended."""

    session: str
    status: str = Field(description="completed, failed or timeout")
    value: str | None = Field(description="The value of the last expression.")
    stdout: str
    stderr: str
    error: str | None = Field(description="The traceback, or why the code was stopped.")
    pictures: int = Field(description="How many pictures come with it, beside this.")


class CommandResult(BaseModel):
    """How a command ended."""

    status: str = Field(description="completed, failed or timeout")
    exit_code: int | None = Field(description="None where it was stopped.")
    stdout: str
    stderr: str
    error: str | None = Field(description="Why it was stopped, or could not be run.")


def of_code(name: str, result: ExecuteCodeResponse, limits: Limits) -> CallToolResult:
    """The answer for code that has ended."""
    value = answers.value_of(result)
    told = CodeResult(
        session=name,
        status=str(result.data.status),
        value=limits.cut(value) if value is not None else None,
        stdout=limits.cut(result.stdout),
        stderr=limits.cut(result.stderr),
        error=limits.cut(result.error) if result.error else None,
        pictures=len(result.images),
    )
    texts = [told.stdout, answers.labelled("stderr", told.stderr), told.value, told.error]
    content: list[ContentBlock] = [TextContent(type="text", text=answers.joined(texts))]
    content += [
        _picture(number, image.media_type, image.data)
        for number, image in enumerate(result.images, 1)
    ]
    return CallToolResult(
        content=content, structured_content=told.model_dump(), is_error=not result.ok
    )


def of_command(told: CommandResult) -> CallToolResult:
    """The answer for a command that has ended: an exit code other than 0 is no error of the tool."""
    code = f"exit code {told.exit_code}" if told.exit_code else None
    texts = [told.stdout, answers.labelled("stderr", told.stderr), code, told.error]
    return CallToolResult(
        content=[TextContent(type="text", text=answers.joined(texts))],
        structured_content=told.model_dump(),
        is_error=told.exit_code is None,
    )


def _picture(number: int, media_type: str, data: bytes) -> ContentBlock:
    if media_type == "image/svg+xml":  # no model takes it for a picture
        uri = f"cognitora://pictures/{number}.svg"
        resource = TextResourceContents(uri=uri, mime_type=media_type, text=data.decode())
        return EmbeddedResource(type="resource", resource=resource)
    return ImageContent(type="image", data=base64.b64encode(data).decode(), mime_type=media_type)
