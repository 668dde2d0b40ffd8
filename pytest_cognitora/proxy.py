"""Stands between clients and the API, on a thread of its own, and hands each request to a handler."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import h11
import httpx

from .exchange import BrokenOff, Handler, Request, Response

T = TypeVar("T")

_PIECE = 65536
# Said of one connection, not of the request or answer that it carries.
_OF_CONNECTIONS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "host", "te", "upgrade"}
)


class Proxy:
    """Answers at `url` by `handler` until it is closed."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connections: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self.listen()

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self._port}"

    def listen(self) -> None:
        """Take connections, from now on or again."""
        self._run(self._listen)

    def vanish(self) -> None:
        """Refuse connections, and reset those that are open."""
        self._run(self._vanish)

    def close(self) -> None:
        """End it, with its connections; what still waits for the API is given up."""
        self._run(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, step: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await step()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def _vanish(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self._connections:
            _reset(connection)

    async def _close(self) -> None:
        await self._vanish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections.add(writer)
        try:
            await self._converse(reader, writer)
        except BrokenOff as end:
            if end.reset:
                _reset(writer)
        except (OSError, h11.RemoteProtocolError, httpx.TransportError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._connections.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = h11.Connection(h11.SERVER)
        while (request := await _read(protocol, reader, writer)) is not None:
            answering = asyncio.ensure_future(self._answer(protocol, writer, request))
            leaving = asyncio.ensure_future(reader.read(_PIECE))
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if leaving.done() and leaving.exception() is None and leaving.result():
                    protocol.receive_data(leaving.result())
                elif leaving.done():
                    return  # nobody waits for the answer any more
                await answering
            finally:
                for each in (answering, leaving):
                    each.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)
            if protocol.our_state is not h11.DONE or protocol.their_state is not h11.DONE:
                return
            protocol.start_next_cycle()

    async def _answer(
        self, protocol: h11.Connection, writer: asyncio.StreamWriter, request: Request
    ) -> None:
        answer = await self._handler(request)
        try:
            headers = [pair for pair in answer.headers if pair[0].lower() not in _OF_CONNECTIONS]
            await _send(protocol, writer, h11.Response(status_code=answer.status, headers=headers))
            async for piece in answer.body:
                await _send(protocol, writer, h11.Data(data=piece))
            await _send(protocol, writer, h11.EndOfMessage())
        finally:
            await answer.close()


class Upstream:
    """Hands requests on to the API at `base_url`."""

    def __init__(self, base_url: str) -> None:
        self._url = httpx.URL(base_url)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.AsyncClient(timeout=None, trust_env=False, limits=limits)

    async def __call__(self, request: Request) -> Response:
        headers = {n: v for n, v in request.headers.items() if n not in _OF_CONNECTIONS}
        headers.pop("transfer-encoding", None)
        asked = self._client.build_request(
            request.method,
            self._url.copy_with(raw_path=request.target.encode()),
            headers=headers,
            content=request.body,
        )
        answer = await self._client.send(asked, stream=True)
        pairs = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw
        ]
        return Response(answer.status_code, pairs, answer.aiter_raw(), answer.aclose)


async def _read(
    protocol: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """The next request, whole; None where the client has ended the connection."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            if protocol.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                await _send(protocol, writer, go_on)
            protocol.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in head.headers}
            return Request(
                head.method.decode(), head.target.decode("latin-1"), headers, bytes(body)
            )
        else:
            return None


async def _send(protocol: h11.Connection, writer: asyncio.StreamWriter, event: h11.Event) -> None:
    data = protocol.send(event)
    if data:
        writer.write(data)
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    endpoint = writer.get_extra_info("socket")
    if endpoint is not None:
        with contextlib.suppress(OSError):
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()
