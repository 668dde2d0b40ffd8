"""File calls whose callers neither send nor read any more: they hold nobody up."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fcntl import ioctl
from termios import FIONREAD
from urllib.parse import urlsplit

import httpx

from tests.conftest import Runtime
from tests.runtime.conftest import SESSIONS, open_session, run, until

LARGE = "open('large', 'wb').truncate(200_000_000)"
"""Makes a file that no buffer on the way takes whole."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def request(
    runtime: Runtime, method: str, path: str, *more: str
) -> AsyncIterator[Connection]:
    """A request of which the head alone is sent."""
    host = urlsplit(runtime.base_url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port, limit=1024)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host.netloc}",
        f"Authorization: Bearer {runtime.api_key}",
        *more,
    ]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        yield reader, writer
    finally:
        writer.close()


async def deleted(http: httpx.AsyncClient, session: str) -> None:
    """Without waiting for the stall to be noticed."""
    async with asyncio.timeout(45):
        answer = await http.delete(f"{SESSIONS}/{session}")
    assert answer.status_code == 200, answer.text


async def full(writer: asyncio.StreamWriter) -> None:
    """Returns when what comes here has come to a stop, for nobody takes it."""
    socket = writer.get_extra_info("socket").fileno()
    counts = [-1]

    async def stopped() -> bool:
        counts.append(int.from_bytes(ioctl(socket, FIONREAD, bytes(4)), sys.byteorder))
        return len(counts) > 10 and counts[-10] == counts[-1] > 0

    await until(stopped)


async def test_a_session_is_deleted_while_nobody_reads_a_download(
    http: httpx.AsyncClient, runtime: Runtime
) -> None:
    session = await open_session(http)
    await run(http, LARGE, session_id=session)
    path = f"{SESSIONS}/{session}/filesystem/tar?path=."
    async with request(runtime, "GET", path) as (reader, writer):
        assert b" 200 " in await reader.readline()
        await full(writer)
        await deleted(http, session)


async def test_a_session_is_deleted_while_an_upload_has_stopped(
    http: httpx.AsyncClient, runtime: Runtime
) -> None:
    session = await open_session(http)
    more = (
        "Content-Type: application/octet-stream",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
    )
    path = f"{SESSIONS}/{session}/filesystem/tar?path=here"
    async with request(runtime, "PUT", path, *more) as (reader, _):
        assert b" 100 " in await reader.readline()
        await deleted(http, session)
        await reader.readline()
        assert b" 409 " in await reader.readline()
