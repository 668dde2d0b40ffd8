"""What stands for an agent where code has taken a pod over: nothing it says harms a gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from cognitora_local.kubernetes import link as links
from cognitora_local.kubernetes.agent.messages import pack
from cognitora_local.kubernetes.host import PodHost
from cognitora_local.kubernetes.link import Link, LinkLost, Stream
from cognitora_local.kubernetes.options import PodOptions
from cognitora_local.sandbox import Limits, SandboxError
from tests.agent.agents import TcpStream
from tests.agent.clusters import ToldCluster

WELCOME = pack({"taken": 0})


@asynccontextmanager
async def agent_that_says(said: Callable[[], bytes]) -> AsyncIterator[Link]:
    """A link to what says this, again and again, whatever it is asked."""
    streams: list[TcpStream] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(said())
            await writer.drain()
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def dial() -> Stream:
        streams.append(TcpStream(*await asyncio.open_connection("127.0.0.1", port)))
        return streams[-1]

    link = Link(dial, {"token": "t", "id": "a", "spec": {}})
    try:
        yield link
    finally:
        link.close()
        for stream in streams:
            await stream.closed()
        server.close()


@pytest.mark.parametrize(
    "said",
    [
        b"\0" * 7 + b"\1{",
        (2**31).to_bytes(4, "big") + bytes(4),
        bytes(4) + (2**31).to_bytes(4, "big"),
        pack({"n": 2, "kind": "stdout"}),
        pack({"n": 1}),
        pack({"kind": "stdout"}),
        pack({"n": 1, "kind": "took", "of": 77}),
        pack({"n": 1, "kind": "took", "of": []}),
        pack({"over": 1}),
        pack({"n": True, "kind": 1}) * 2,
        (20_001).to_bytes(4, "big") + bytes(4) + b"[" * 20_001,
        (5000).to_bytes(4, "big") + bytes(4) + b"9" * 5000,
        b"".join(pack({"n": n, "kind": "stdout"}, bytes(2**19)) for n in range(1, 20)),
    ],
)
async def test_who_does_not_keep_to_the_protocol_is_given_up(said: bytes) -> None:
    async with agent_that_says(lambda: WELCOME + said) as link:
        await link.open()
        with pytest.raises(LinkLost, match="doesn't keep to the protocol"):
            await asyncio.wait_for(link.over, 60)


async def test_who_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(links, "LOST_SECONDS", 0.2)
    async with agent_that_says(lambda: b"") as link:
        with pytest.raises(LinkLost, match="can't be reached"):
            await link.open()


async def test_what_comes_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of no bytes count too."""
    monkeypatch.setattr(links, "WAITING_BYTES", 1000 * links.HEAD)
    flood = b"".join(pack({"n": n, "kind": "stdout"}) for n in range(1, 2000))
    async with agent_that_says(lambda: WELCOME + flood) as link:
        await link.open()
        with pytest.raises(LinkLost, match="more came than was let"):
            await asyncio.wait_for(link.over, 60)


async def test_a_pod_that_tells_nonsense_of_what_ran_is_removed() -> None:
    told = {"taken": 0, "have": 0, "printed": 0, "greeted": True, "whole": True, "begun": {"id": 1}}
    async with agent_that_says(lambda: pack(told)) as link:
        cluster = ToldCluster(link._dial)
        host = PodHost(cluster, PodOptions(), lambda: None)
        address = json.dumps({"pod": "p", "token": "t", "driver": "a", "networking": False})
        with pytest.raises(SandboxError, match="doesn't keep to the protocol"):
            await host.attach(address, limits=Limits(), environment={}, term=1)
        assert cluster.deleted == ["p"]
        await cluster.close()
