"""Calls broken off from the caller's side, and clients that are forgotten: nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from cognitora import Cognitora, CognitoraAsync, CognitoraError
from tests.facade.answers import executed
from tests.facade.conftest import KEY, MakeClient
from tests.facade.server import Behaviour, Received, head, reply
from tests.facade.test_secrets import everything
from tests.faults.service import Service

pytestmark = pytest.mark.usefixtures("parser")

STARTS = {
    "before the answer": b"",
    "in the headers": b"HTTP/1.1 200 OK\r\nX-",
    "in the body": head(200, {"Content-Length": "100"}) + b'{"data',
}
MOMENTS = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


def then(start: bytes, act: Callable[[], object], gone: threading.Event) -> Behaviour:
    """The start of an answer, something that happens to the caller, and the wait for it to hang up."""

    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(start)
        act()
        try:
            while connection.recv(1):
                pass
        finally:
            gone.set()

    return behave


def ours(error: BaseException) -> str:
    """What the SDK's frames and all below them show of an error: the tests' own know the key."""
    return everything(error).partition("cognitora/_")[2]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


@MOMENTS
@pytest.mark.usefixtures("one_connection")
def test_ctrl_c_gives_the_connection_up(service: Service, start: bytes) -> None:
    gone = threading.Event()
    press = then(start, lambda: os.kill(os.getpid(), signal.SIGINT), gone)
    service.answers(press)
    with Cognitora(KEY, service.url, 5) as client:
        with pytest.raises(KeyboardInterrupt) as raised:
            client.code_interpreter.execute("1")
        assert gone.wait(10)
        assert KEY not in ours(raised.value)
        assert client.code_interpreter.execute("1").ok
    assert service.count == 2


@MOMENTS
@pytest.mark.usefixtures("one_connection")
async def test_a_cancellation_gives_the_connection_up(service: Service, start: bytes) -> None:
    gone, loop = threading.Event(), asyncio.get_running_loop()
    async with CognitoraAsync(KEY, service.url, 5) as client:
        task = asyncio.create_task(client.code_interpreter.execute("1"))
        service.answers(then(start, lambda: loop.call_soon_threadsafe(task.cancel), gone))
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert await asyncio.to_thread(gone.wait, 10)
        assert KEY not in ours(raised.value)
        assert (await client.code_interpreter.execute("1")).ok
    assert service.count == 2


async def test_a_cancellation_in_a_pause_ends_the_call(service: Service) -> None:
    service.answers(reply(503, headers={"Retry-After": "4"}))
    async with CognitoraAsync(KEY, service.url, 5) as client:
        task = asyncio.create_task(client.code_interpreter.list_sessions())
        assert await asyncio.to_thread(service.arrived.acquire, timeout=10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert service.count == 1


@pytest.mark.usefixtures("one_connection")
def test_a_file_that_takes_no_more_ends_its_download(
    service: Service, make_client: MakeClient
) -> None:
    class Full:
        def write(self, piece: bytes) -> int:
            if not piece:
                return 0
            raise OSError("the disk is full")

    files = {"X-Cognitora-Features": "files"}
    endless = head(200, {"Content-Length": str(10**9)}) + b"x" * 100_000
    gone = threading.Event()
    service.answers(
        reply(200, {"data": {"sessions": []}}, headers=files),
        then(endless, lambda: None, gone),
        executed(),
    )
    client = make_client(service.url)
    client.code_interpreter.list_sessions()
    with pytest.raises(CognitoraError, match="The target can't be written: the disk is full"):
        client.code_interpreter.download("ses_1", "big", Full())
    assert gone.wait(10)
    assert client.code_interpreter.execute("1").ok


def held(codes: str, release: threading.Event) -> Behaviour:
    """Answers to code at once, unless it is among `codes`: then when the test says so."""

    def behave(connection: socket.socket, request: Received) -> None:
        if request.json["code"] in codes:
            assert release.wait(10)
        executed()(connection, request)

    return behave


async def test_an_exception_in_the_loop_over_a_map_ends_its_tasks(service: Service) -> None:
    release = threading.Event()
    service.otherwise = held("23", release)
    async with CognitoraAsync(KEY, service.url, 5) as client:
        before = asyncio.all_tasks()

        async def loop() -> None:
            async for _ in client.code_interpreter.map(["1", "2", "3"], concurrency=3):
                raise RuntimeError("the caller's")

        with pytest.raises(RuntimeError, match="the caller's"):
            await loop()
        gc.collect()
        await until(lambda: asyncio.all_tasks() == before)
        release.set()
        assert (await client.code_interpreter.execute("4")).ok


def test_an_exception_in_the_loop_over_a_map_ends_its_threads(service: Service) -> None:
    service.otherwise = held("", threading.Event())
    with Cognitora(KEY, service.url, 5) as client:

        def loop() -> None:
            for _ in client.code_interpreter.map(map(str, range(99)), concurrency=3):
                raise RuntimeError("the caller's")

        with pytest.raises(RuntimeError, match="the caller's"):
            loop()
        for thread in threading.enumerate():
            if thread.name == "cognitora-map":
                thread.join(10)
                assert not thread.is_alive()
    assert service.count < 20


def test_a_forgotten_client_closes_its_connections(service: Service) -> None:
    clients = [Cognitora(KEY, service.url)]
    clients[0].code_interpreter.execute("1")
    assert service.open == 1
    with pytest.warns(ResourceWarning, match=f"unclosed client of {service.url}: call") as told:
        clients.clear()
    assert KEY not in str(told[0].message)
    deadline = time.monotonic() + 10
    while service.open:
        assert time.monotonic() < deadline


async def test_a_forgotten_async_client_closes_its_connections(service: Service) -> None:
    clients = [CognitoraAsync(KEY, service.url)]
    await asyncio.gather(*(clients[0].code_interpreter.execute("1") for _ in range(3)))
    with pytest.warns(ResourceWarning, match=f"unclosed client of {service.url}: call"):
        clients.clear()
    await until(lambda: service.open == 0)


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_a_client_that_never_called_is_forgotten_in_silence(kind: Any) -> None:
    kind(KEY, "http://127.0.0.1:1")
    gc.collect()


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_a_client_is_not_pickled(kind: Any) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(kind(KEY, "http://127.0.0.1:1"))


async def test_a_fork_in_a_running_loop_has_a_loop_of_its_own(service: Service) -> None:
    async with CognitoraAsync(KEY, service.url) as client:

        async def call() -> bool:
            return (await client.code_interpreter.execute("1")).ok

        assert await call()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if asyncio.run(call()) else 2
            finally:
                os._exit(status)
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        assert status == 0
        assert await call()
    assert [request.connection for request in service.received] == [1, 2, 1]


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_plain_http_to_another_machine_warns(kind: Any) -> None:
    with pytest.warns(UserWarning, match=r"http://10\.0\.0\.1.* is plain http") as told:
        kind(KEY, "http://10.0.0.1:8080")
    assert told[0].filename == __file__
    assert KEY not in str(told[0].message)
    for quiet in ("http://127.0.0.1:1", "http://localhost", "http://[::1]:8", "https://10.0.0.1"):
        kind(KEY, quiet)
