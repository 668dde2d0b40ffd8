"""A connection to a port inside a pod: a WebSocket to the API server, which needs no network of the pod."""

from __future__ import annotations

import asyncio

import aiohttp

DATA, ERROR = b"\0", 1
"""The channels of the one port that is asked for: its bytes, and what went wrong."""

MESSAGE_BYTES = 2**16
"""In one message: the API server copies no more at a time."""

WAITING_BYTES = 2**20
"""What is written ahead of the network before `drain` waits."""


_closing: set[asyncio.Task[None]] = set()
"""What else nobody would hold on to until it is done."""


class PortForward:
    """The connection. Its methods are those of `link.Stream`."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self._websocket = websocket
        self._buffer = bytearray()
        self._greetings = {0, 1}  # the channels that haven't said their port yet, as they do first
        self._error: str | None = None
        self._out = bytearray()
        self._written = asyncio.Event()
        self._sent = asyncio.Event()
        self._sending = asyncio.create_task(self._send())

    async def readexactly(self, n: int, /) -> bytes:
        while len(self._buffer) < n:
            if not await self._receive():
                raise EOFError
        return self._take(n)

    async def read(self, most: int, /) -> bytes:
        while not self._buffer and await self._receive():
            pass
        return self._take(most)

    def write(self, data: bytes) -> None:
        self._out += data
        self._written.set()

    async def drain(self) -> None:
        while len(self._out) > WAITING_BYTES and not self._sending.done():
            self._sent.clear()
            await self._sent.wait()
        if self._sending.done():
            raise ConnectionResetError("the port-forward was closed")

    def close(self) -> None:
        """What was written is sent before, where that is still possible."""
        closing = asyncio.create_task(self._close())
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)

    async def _close(self) -> None:
        while self._out and not self._sending.done():
            self._sent.clear()
            await self._sent.wait()
        self._sending.cancel()
        await self._websocket.close()

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    async def _receive(self) -> bool:
        """Take another message; False at the end. Raises OSError where nothing listens there."""
        message = await self._websocket.receive()
        if message.type is not aiohttp.WSMsgType.BINARY:
            return False
        channel, data = message.data[0], message.data[1:]
        if channel in self._greetings:
            self._greetings.discard(channel)
        elif channel == ERROR:
            raise ConnectionRefusedError(data.decode(errors="replace"))
        else:
            self._buffer += data
        return True

    async def _send(self) -> None:
        try:
            while True:
                await self._written.wait()
                self._written.clear()
                while self._out:
                    data = bytes(self._out[:MESSAGE_BYTES])
                    await self._websocket.send_bytes(DATA + data)
                    del self._out[: len(data)]
                    self._sent.set()
        except (OSError, aiohttp.ClientError):
            self._out.clear()
        finally:
            self._sent.set()
