"""Calls that are handed to another gateway."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from cognitora_local.http.peers import Peers
from cognitora_local.http.requests import Call
from cognitora_local.store.database import Database
from cognitora_local.store.gateways import Gateways
from cognitora_local.store.sqlite import SqliteConnection
from tests.needs import NETWORKS
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
