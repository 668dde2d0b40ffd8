"""The standard streams of a container, or of a command in one: a connection that an engine turns into them.

https://docs.docker.com/reference/api/engine/version/v1.40/#operation/ContainerAttach says how: after the
answer 101 the connection carries what is printed, each piece after eight bytes that say which stream it is
of and how long it is, or as it is where there is a terminal; and the other way what is written to stdin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import h11
from aiodocker import DockerError

from ..sandbox.streams import Stream

ANSWER_SECONDS = 60.0
"""How long an engine is waited for that has taken a request, where it has little to do for it."""

_STREAMS: dict[int, Stream] = {1: "stdout", 2: "stderr"}
_PIECE_BYTES = 128 * 1024


class Attachment(AsyncIterator[tuple[Stream, bytes]]):
    """The pieces of what is printed, stdout and stderr in the order they came, until the end.

    Nothing is read ahead but some 256 KiB: who prints waits for who reads.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        open_ones: set[Attachment],
        *,
        terminal: bool,
    ) -> None:
        """For `attach`. `open_ones` has it in it until it has ended, or is closed."""
        self._reader = reader
        self._writer = writer
        self._open_ones = open_ones
        self.terminal = terminal
        self._closed = False
        open_ones.add(self)

    async def __anext__(self) -> tuple[Stream, bytes]:
        if not self._closed:
            try:
                if piece := await self._read():
                    return piece
            except (OSError, EOFError):
                pass  # the engine is gone; whoever asks for the state next is told
            self.close()
        raise StopAsyncIteration

    async def write(self, data: bytes | memoryview) -> int:
        """Write to its stdin, as soon as what was written before is mostly taken; how many bytes.

        Raises BrokenPipeError when it takes no more.
        """
        if self._closed or self._writer.is_closing():
            raise BrokenPipeError
        try:
            await self._writer.drain()
            piece = data[:_PIECE_BYTES]
            self._writer.write(piece)
        except OSError as error:
            raise BrokenPipeError(error.errno, error.strerror) from error
        return len(piece)

    def write_eof(self) -> None:
        """What is read from stdin ends here."""
        if not self._closed and not self._writer.is_closing():
            self._writer.write_eof()

    def close(self) -> None:
        """Stop listening. Does nothing the second time."""
        if not self._closed:
            self._closed = True
            self._open_ones.discard(self)
            self._writer.transport.abort()

    async def _read(self) -> tuple[Stream, bytes] | None:
        if self.terminal:
            data = await self._reader.read(_PIECE_BYTES)
            return ("stdout", data) if data else None
        header = await self._reader.readexactly(8)
        data = await self._reader.readexactly(int.from_bytes(header[4:], "big"))
        return _STREAMS.get(header[0], "stdout"), data


async def attach(
    socket: Path,
    path: str,
    params: dict[str, str],
    body: object,
    open_ones: set[Attachment],
    *,
    terminal: bool,
) -> Attachment:
    """Ask an engine at `socket` for the streams at `path`.

    Raises DockerError for what it refuses, with status 900 where it gives no answer, or none in time.
    """
    async with in_time():
        return await _attach(socket, path, params, body, open_ones, terminal=terminal)


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Raises DockerError, status 900, when an engine's answer doesn't come within ANSWER_SECONDS."""
    limit = asyncio.timeout(ANSWER_SECONDS)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise DockerError(900, f"it didn't answer within {ANSWER_SECONDS:g} s") from error


async def _attach(
    socket: Path,
    path: str,
    params: dict[str, str],
    body: object,
    open_ones: set[Attachment],
    *,
    terminal: bool,
) -> Attachment:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=_PIECE_BYTES)
    except OSError as error:
        raise DockerError(900, f"it doesn't answer ({error})") from error
    try:
        target = f"{path}?{urlencode(params)}" if params else path
        content = b"" if body is None else json.dumps(body).encode()
        headers = [
            ("Host", "localhost"),
            ("Connection", "Upgrade"),
            ("Upgrade", "tcp"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
        ]
        parser = h11.Connection(h11.CLIENT)
        request = h11.Request(method="POST", target=target, headers=headers)
        for event in (request, h11.Data(data=content), h11.EndOfMessage()):
            writer.write(parser.send(event) or b"")
        # No further than the head: what follows is what is printed.
        parser.receive_data(await reader.readuntil(b"\r\n\r\n"))
        await _switched(parser, reader)
    except (asyncio.LimitOverrunError, EOFError, OSError, h11.ProtocolError) as error:
        writer.transport.abort()
        raise DockerError(900, f"it doesn't answer ({error})") from error
    except BaseException:
        writer.transport.abort()
        raise
    return Attachment(reader, writer, open_ones, terminal=terminal)


async def together(attachment: Attachment) -> AsyncIterator[bytes]:
    """What is printed to both streams, as one."""
    async for _, data in attachment:
        yield data


async def _switched(parser: h11.Connection, reader: asyncio.StreamReader) -> None:
    """Return when the engine has agreed, and raise DockerError when it hasn't."""
    status, said = 0, b""
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(await reader.read(_PIECE_BYTES))
        elif isinstance(event, h11.InformationalResponse) and event.status_code == 101:
            return
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            said += event.data
        elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            raise DockerError(status or 900, _message(said) or "it gave no answer")


def _message(said: bytes) -> str:
    try:
        return str(json.loads(said)["message"])
    except (ValueError, LookupError, TypeError):
        return said.decode(errors="replace").strip()
