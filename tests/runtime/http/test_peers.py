"""Calls that are handed to another gateway."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from cognitora_local.http import peers as module
from cognitora_local.http.peers import Peers
from cognitora_local.http.requests import Call
from cognitora_local.http.responses import StreamedResponse
from cognitora_local.store.database import Database
from cognitora_local.store.gateways import Gateways
from cognitora_local.store.sqlite import SqliteConnection
from tests.needs import NETWORKS
from tests.postgresql import postgresql_server as postgresql_server
from tests.runtime.conftest import until
from tests.runtime.store.conftest import Gateway
from tests.runtime.store.conftest import database_url as database_url
from tests.runtime.store.conftest import join as join
from tests.sandbox.world import OUTSIDE, world

_NEVER_ANSWERS = f"""
import socket
client, _ = socket.create_server(("{OUTSIDE}", 82)).accept()
client.recv(1)
print(flush=True)
input()
"""


async def nobodys(_: Call) -> int:
    return 0


@pytest.mark.long
@pytest.mark.root(NETWORKS)
async def test_a_call_whose_way_is_cut_fails(tmp_path: Path) -> None:
    """Nobody says so: the other's machine answers no more, and has nothing to say before either."""
    with (
        world() as outside,
        closing(Database(SqliteConnection(tmp_path / "records.db"))) as records,
    ):
        inside = ["nsenter", f"--net=/proc/{outside.outside}/ns/net"]
        peers = Peers(Gateways(records), nobodys)
        other = await asyncio.create_subprocess_exec(
            *(*inside, sys.executable, "-c", _NEVER_ANSWERS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert other.stdout is not None
        try:
            while True:
                asked = asyncio.create_task(peers._connected().get(f"http://{OUTSIDE}:82/"))
                heard = asyncio.create_task(other.stdout.readline())
                await asyncio.wait({asked, heard}, return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    break
                heard.cancel()  # it doesn't listen yet
                with pytest.raises(httpx.ConnectError):
                    asked.result()
            subprocess.run([*inside, "ip", "link", "set", "eth0", "down"], check=True)
            async with asyncio.timeout(90):
                with pytest.raises(httpx.TransportError):
                    await asked
        finally:
            other.kill()
            await other.wait()
            await peers.close()


class Other:
    """A gateway that answers when it is told to, and notes whether its caller leaves before that."""

    def __init__(self) -> None:
        self.begin, self.end = asyncio.Event(), asyncio.Event()
        self.asked = asyncio.Event()
        self.left: bool | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        leaves = asyncio.create_task(reader.read())
        await self.begin.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbe")
        await self.end.wait()
        self.left = leaves.done()
        writer.write(b"en")
        leaves.cancel()
        writer.close()


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_database_that_fails_ends_no_call_that_was_handed_on(
    join: Callable[[], Gateway],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    streamed: bool,
) -> None:
    """Neither one that has yet to be answered, nor one whose answer is on its way."""
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.05)
    one, there, other = join(), join(), Other()
    epoch = there.gateways.epoch
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    url = "http://{}:{}".format(*server.sockets[0].getsockname())
    await there.database.do(
        lambda: there.database.execute("UPDATE gateways SET url = ? WHERE epoch = ?", (url, epoch))
    )

    async def theirs(_: Call) -> int:
        return epoch

    async def never(_: Call) -> Response:
        raise AssertionError

    async def stays() -> Message:
        return await asyncio.Future()

    async def looked_in_vain() -> bool:
        return "PostgreSQL can't do it now" in caplog.text

    scope = {"type": "http", "method": "POST", "headers": [], "raw_path": b"/", "query_string": b""}
    call = Call({}, {}, {}, Request(scope, stays))
    peers = Peers(one.gateways, theirs)
    answering = asyncio.create_task(peers.answer(call, never, repeatable=False, has_json=False))
    await other.asked.wait()
    if streamed:
        other.begin.set()
        await answering
    reading = asyncio.create_task(read(answering))
    await one.break_off()
    await until(looked_in_vain)
    other.begin.set()
    other.end.set()
    assert await reading == b"been"
    assert other.left is False
    await peers.close()
    server.close()


async def read(answering: asyncio.Task[Response]) -> bytes:
    response = await answering
    assert isinstance(response, StreamedResponse)
    return b"".join([piece async for piece in response.body_iterator if isinstance(piece, bytes)])
