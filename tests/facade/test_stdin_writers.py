"""Who gives a process its input, where several threads or event loops use one client."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync
from cognitora._async.connections import AsyncConnections
from cognitora._async.transport import AsyncTransportResponse
from cognitora._concurrency.slots import AsyncSlots
from cognitora._http.types import Request
from cognitora._sync.stdin_writer import stdin_writer
from cognitora.deadline import Deadline
from tests.facade.conftest import KEY
from tests.facade.server import Received, Server
from tests.facade.test_process_stdin import Taker
from tests.facade.test_processes import RUNNING, told

LINES = [f"{number}".encode() * 20 + b"\n" for number in range(8)]


async def write_all_at_once(client: CognitoraAsync) -> None:
    running = await client.processes.attach("proc_1")
    await asyncio.gather(*(running.write(line) for line in LINES))


def takes(server: Server) -> Taker:
    """The process is told of, and what takes its input is returned."""
    taker = Taker(most=7)

    def answer(connection: socket.socket, request: Received) -> None:
        (told(**RUNNING) if request.method == "GET" else taker)(connection, request)

    server.otherwise = answer
    return taker


def test_what_writes_on_one_event_loop_after_another(server: Server) -> None:
    taker, client = takes(server), CognitoraAsync(KEY, server.url)

    async def keep() -> Any:
        return await client.processes.attach("proc_1")

    kept = asyncio.run(keep())  # and with it what knows how much was taken
    for _ in range(2):
        asyncio.run(write_all_at_once(client))
    asyncio.run(client.close())
    assert sorted(bytes(taker.taken).splitlines(keepends=True)) == sorted(LINES * 2)
    assert kept.id == "proc_1"


class OneForEachThread:
    """A transport of a caller's own, which event loops of several threads may use at once."""

    def __init__(self, url: str) -> None:
        self.made = threading.local()
        self.url = url

    def mine(self) -> AsyncConnections:
        if not hasattr(self.made, "connections"):
            self.made.connections = AsyncConnections(self.url)
        mine: AsyncConnections = self.made.connections
        return mine

    async def open(self, request: Request, deadline: Deadline) -> AsyncTransportResponse:
        return await self.mine().open(request, deadline)

    async def close(self) -> None:
        await self.mine().close()


def test_what_writes_on_two_event_loops_at_once(server: Server) -> None:
    taker, transport = takes(server), OneForEachThread(server.url)
    client = CognitoraAsync(KEY, server.url, transport=transport)

    async def write() -> None:
        await write_all_at_once(client)
        await transport.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(asyncio.run, write()) for _ in range(2)]:
            done.result()
    assert sorted(bytes(taker.taken).splitlines(keepends=True)) == sorted(LINES * 2)


async def test_who_gives_up_a_place_takes_none() -> None:
    slots = AsyncSlots(1)
    assert await slots.take(1)
    assert not await slots.take(0.01)
    waiting = [asyncio.ensure_future(slots.take(20)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    slots.give_back()  # to the second, as the first one is on its way out
    waiting[1].cancel()  # which has it by now, and gives it back
    assert await waiting[2] is True
    assert not await slots.take(0)
    slots.give_back()
    assert await slots.take(0)


@pytest.fixture
def fast_switches() -> Iterator[None]:
    """Threads take turns at almost every step."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_attach_at_once_have_one_writer(server: Server, fast_switches: None) -> None:
    client = Cognitora(KEY, server.url)
    for number in range(300):
        begin = threading.Barrier(4)

        def make(begin: threading.Barrier = begin, name: str = f"proc_{number}") -> object:
            begin.wait(20)
            return stdin_writer(client.processes._client, name, taken=0)

        with ThreadPoolExecutor(4) as pool:
            made = [done.result() for done in [pool.submit(make) for _ in range(4)]]
        assert len({id(each) for each in made}) == 1
    client.close()
