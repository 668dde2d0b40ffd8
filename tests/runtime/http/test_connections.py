"""Callers who hold connections and show no key, and what the runtime says about them."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import h11
import httpx
import pytest
from starlette.responses import Response

from cognitora_local.http import connections
from cognitora_local.http.server import Server, bind, outside_url_of, url_of
from cognitora_local.log_setup import LONGEST, MOST, Bounded, Shortened
from tests.runtime.conftest import EXECUTIONS, Process, Start, printed

IDLE = 1100
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def files(soft: int) -> Iterator[None]:
    """What is started meanwhile may have so many files open at first, as is usual."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))


@asynccontextmanager
async def idle(port: int, count: int) -> AsyncIterator[list[Streams]]:
    """So many connections that say nothing."""
    opened: list[Streams] = []
    try:
        while len(opened) < count:
            opened.append(await asyncio.open_connection("127.0.0.1", port))
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def cut(streams: Streams, seconds: float = 20) -> None:
    """Wait until the other side ends the connection."""
    with suppress(ConnectionError):
        assert await asyncio.wait_for(streams[0].read(), seconds) == b""


async def test_idle_connections_lock_nobody_out(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    with files(1024):
        runtime = await start()
    limits = Path(f"/proc/{runtime.process.pid}/limits").read_text()
    (line,) = (each for each in limits.splitlines() if "open files" in each)
    assert line.split()[3] == line.split()[4]
    port = httpx.URL(runtime.ready["base_url"]).port
    assert port is not None
    async with http_of(runtime) as http:
        assert (await http.get(EXECUTIONS)).status_code == 200  # on a connection that is kept
        async with idle(port, IDLE) as opened:
            assert (await http.get(EXECUTIONS)).status_code == 200
            async with http_of(runtime) as newcomer:
                assert await printed(newcomer, "print(1)") == "1\n"
                code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
                assert await printed(newcomer, code) == "1024\n"
            await asyncio.gather(*map(cut, opened[: IDLE - connections.UNAUTHENTICATED_OF_A_PEER]))
            assert not opened[-1][0].at_eof()
    assert len(runtime.log) < 10_000


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server whose callers are to be quick; its port."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    ready = asyncio.Event()
    with bind("127.0.0.1", 0) as listener:
        server = Server(Response("here"), ready.set)
        serving = asyncio.create_task(server.serve([listener]))
        await ready.wait()
        port = httpx.URL(url_of(listener)).port
        assert port is not None
        yield port
        server.stop()
        await serving


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"\r\n" + HEAD], ids=["no", "half", "second"])
async def test_a_head_that_doesnt_come_is_not_waited_for(server: int, said: bytes) -> None:
    async with idle(server, 1) as (streams,):
        streams[1].write(said)
        if said.count(b"GET") == 2:
            assert b"here" in await streams[0].readuntil(b"here")
        await cut(streams)


async def test_who_takes_his_time_with_a_body_or_between_two_requests_is_waited_for(
    server: int,
) -> None:
    async with idle(server, 1) as ((reader, writer),):
        for _ in range(2):
            writer.write(HEAD.replace(b"GET", b"POST") + b"Content-Length: 1\r\n\r\n")
            await reader.readuntil(b"here")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.6)
            writer.write(b"1")


@pytest.mark.parametrize("length", [True, False], ids=["length", "stream"])
def test_a_head_waits_for_its_body_unless_that_is_a_stream(length: bool) -> None:
    http = connections.HttpConnection(h11.SERVER)
    http.receive_data(HEAD + b"\r\n")
    assert isinstance(http.next_event(), h11.Request)
    headers = [("Content-Length", "4")] if length else []
    head = http.send(h11.Response(status_code=200, headers=headers))
    body = http.send(h11.Data(data=b"here"))
    assert head is not None
    assert body is not None
    assert (b"HTTP/1.1 200" in head, b"HTTP/1.1 200" in body) == (not length, length)
    assert b"here" in body


async def test_the_log_is_bounded() -> None:
    bounded, record = Bounded(), logging.makeLogRecord({"levelno": logging.ERROR, "msg": "again"})
    assert sum(bounded.filter(record) for _ in range(MOST * 10)) == MOST
    assert bounded.filter(logging.makeLogRecord({"levelno": logging.WARNING}))
    bounded._begun[logging.ERROR] -= 1000
    assert bounded.filter(record)
    assert record.msg == f"({MOST * 9} messages before this one were left out) again"
    long = logging.makeLogRecord({"msg": "x" * LONGEST * 2})
    assert len(Shortened("%(message)s").format(long)) < LONGEST + 10


def test_where_others_reach_a_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pod's file of names has it, where it listens on all its addresses."""

    def named(host: str, port: int, family: int, kind: int) -> list[Any]:
        assert host == socket.gethostname()
        return [(family, kind, 6, "", ("10.1.2.3", port))]

    with bind("127.0.0.1", 0) as one, bind("0.0.0.0", 0) as every:
        monkeypatch.setattr(socket, "getaddrinfo", named)
        assert outside_url_of(one) == url_of(one)
        port = every.getsockname()[1]
        assert (url_of(every), outside_url_of(every)) == (
            f"http://127.0.0.1:{port}",
            f"http://10.1.2.3:{port}",
        )
