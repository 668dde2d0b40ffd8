"""What a container, or a command in one, prints."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from aiodocker.stream import Stream


class Output(AsyncIterator[bytes]):
    """The pieces of an output, stdout and stderr in the order they came, until its end.

    Nothing is read ahead but some 128 KiB: who prints waits for who reads.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream: Stream | None = stream

    async def __anext__(self) -> bytes:
        stream = self._stream
        if stream is None:
            raise StopAsyncIteration
        try:
            message = await stream.read_out()
        except (aiohttp.ClientError, OSError):
            message = None  # the engine is gone; whoever asks for the state next is told
        if message is None:
            await self.close()
            raise StopAsyncIteration
        return message.data

    async def close(self) -> None:
        """Stop reading. Does nothing the second time."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await close(stream)


async def close(stream: Stream) -> None:
    response = stream._resp
    if response is not None and response.connection is None:
        stream._closed = True  # closed by the other side; aiodocker's close() would stumble on it
        response.close()
    await stream.close()
