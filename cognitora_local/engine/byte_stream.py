"""What a container, or a command in one, prints."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from aiodocker.stream import Stream


class ByteStream(AsyncIterator[bytes]):
    """The pieces of an output, stdout and stderr in the order they came, until its end.

    Nothing is read ahead but some 128 KiB: who prints waits for who reads.
    """

    def __init__(self, stream: Stream, open_ones: set[ByteStream]) -> None:
        """`open_ones` has it in it until it has ended, or is closed."""
        self._stream: Stream | None = stream
        self._open_ones = open_ones
        open_ones.add(self)

    async def __anext__(self) -> bytes:
        if self._stream is None:
            raise StopAsyncIteration
        try:
            message = await self._stream.read_out()
        except (aiohttp.ClientError, OSError):
            message = None  # the engine is gone; whoever asks for the state next is told
        if message is None:
            self.close()
            raise StopAsyncIteration
        return message.data

    def close(self) -> None:
        """Stop listening. Does nothing the second time."""
        stream, self._stream = self._stream, None
        self._open_ones.discard(self)
        if stream is not None:
            # Stream.close() stumbles over a connection that the other side has closed already.
            stream._closed = True
            if stream._resp is not None:
                stream._resp.close()
