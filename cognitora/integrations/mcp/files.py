"""The tools that send files, fetch and list them."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Callable
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
        self._check_size((await sandbox.path(path).stat()).size or 0, path)
        fetched = _Bounded(lambda size: self._check_size(size, path))
        await sandbox.download(path, fetched)
        return _file(path, bytes(fetched.data))

    async def list_files(
        self,
        path: Path = ".",
        depth: Annotated[int, Field(description="How many levels of folders.", ge=1, le=20)] = 1,
        session: Session = "python",
        container: Container = None,
    ) -> list[FileInfo]:
        """Lists what a folder of a session or a container has in it."""
        sandboxes = self._callers.now()
        sandbox = await sandboxes.sandbox(session, container)
        service = sandboxes.client.containers if container else sandboxes.client.code_interpreter
        entries = await service.list_files(sandbox.id, path, depth)
        return [FileInfo(path=each.path, type=each.type, size=each.size) for each in entries]

    def _check_size(self, size: int, path: str) -> None:
        most = self._callers.limits.file_bytes
        if size > most:
            raise InvalidRequestError(
                f"{path} has {size} bytes; at most {most} are carried. Work on it in the sandbox instead."
            )


class _Bounded:
    """Takes a file while `check` lets its size pass: what it was said to have, the sandbox may change."""

    def __init__(self, check: Callable[[int], None]) -> None:
        self.data = bytearray()
        self._check = check

    def write(self, piece: bytes, /) -> int:
        self._check(len(self.data) + len(piece))
        self.data += piece
        return len(piece)


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
