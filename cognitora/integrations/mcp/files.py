"""The tools that send files, fetch and list them."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from contextlib import aclosing
from typing import Annotated, Literal

from mcp.types import (
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    TextContent,
)
from pydantic import BaseModel, Field

from ... import InvalidRequestError
from .sandboxes import Callers

Path = Annotated[str, Field(description="Relative to the working folder, or absolute.")]
Session = Annotated[str, Field(description="The session's name.")]
Container = Annotated[
    str | None, Field(description="The id of a container, if it isn't a session that is meant.")
]
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""What models take for a picture."""


class FileContent(BaseModel):
    """A file."""

    path: str
    size: int = Field(description="In bytes.")
    encoding: Literal["utf-8", "base64"]
    content: str | None = Field(
        description="None where it comes beside this, as picture or resource."
    )


class FileInfo(BaseModel):
    """What a folder has in it."""

    path: str
    type: str = Field(description="file, folder, link or other")
    size: int | None = Field(description="In bytes.")


class Listing(BaseModel):
    """What a folder has in it, as far as that is listed."""

    files: list[FileInfo]
    cut: bool = Field(description="Whether there is more: list a folder in it, or fewer levels.")


class FileTools:
    """What is done with the files of sessions and containers."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def upload_file(
        self,
        path: Path,
        content: Annotated[str, Field(description="The file's content.")],
        encoding: Annotated[
            Literal["utf-8", "base64"], Field(description="base64 for what isn't text.")
        ] = "utf-8",
        session: Session = "python",
        container: Container = None,
    ) -> str:
        """Writes a file of a session or a container; folders that are missing are made."""
        sandboxes = self._callers.now()
        data = _decoded(content, encoding)
        self._check_size(len(data), path)
        sandbox = await sandboxes.sandbox(session, container)
        await sandbox.path(path).write_bytes(data)
        return f"Wrote {len(data)} bytes to {path}."

    async def download_file(
        self, path: Path, session: Session = "python", container: Container = None
    ) -> Annotated[CallToolResult, FileContent]:
        """Fetches a file of a session or a container: text, a picture, or bytes."""
        sandbox = await self._callers.now().sandbox(session, container)
        found = sandbox.path(path)
        self._check_size((await found.stat()).size or 0, path)
        # What it was said to have, the sandbox may change.
        return _file(path, await found.read_bytes(max_bytes=self._callers.limits.file_bytes))

    async def list_files(
        self,
        path: Path = ".",
        depth: Annotated[int, Field(description="How many levels of folders.", ge=1, le=20)] = 1,
        session: Session = "python",
        container: Container = None,
    ) -> Listing:
        """Lists what a folder of a session or a container has in it."""
        sandboxes = self._callers.now()
        sandbox = await sandboxes.sandbox(session, container)
        service = sandboxes.client.containers if container else sandboxes.client.code_interpreter
        most, files = sandboxes.limits.listed_files, list[FileInfo]()
        async with aclosing(service.iter_files(sandbox.id, path, depth)) as entries:
            async for each in entries:
                if len(files) == most:
                    return Listing(files=files, cut=True)
                files.append(FileInfo(path=each.path, type=each.type, size=each.size))
        return Listing(files=files, cut=False)

    def _check_size(self, size: int, path: str) -> None:
        most = self._callers.limits.file_bytes
        if size > most:
            raise InvalidRequestError(
                f"{path} has {size} bytes; at most {most} are carried. Work on it in the sandbox instead."
            )


def _decoded(content: str, encoding: str) -> bytes:
    if encoding == "utf-8":
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequestError(f"content isn't base64: {error}.") from None


def _file(path: str, data: bytes) -> CallToolResult:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    encoded = base64.b64encode(data).decode()
    block: ContentBlock
    text = _text(data)
    if kind in PICTURES:
        block = ImageContent(type="image", data=encoded, mime_type=kind)
    elif text is not None:
        block = TextContent(type="text", text=text)
    else:
        uri = f"cognitora://files/{path.lstrip('/')}"
        resource = BlobResourceContents(uri=uri, mime_type=kind, blob=encoded)
        block = EmbeddedResource(type="resource", resource=resource)
    told = FileContent(
        path=path,
        size=len(data),
        encoding="base64" if text is None else "utf-8",
        content=text if kind not in PICTURES else None,
    )
    return CallToolResult(content=[block], structured_content=told.model_dump())


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
