from __future__ import annotations

import asyncio
import gc
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognitora import APITimeoutError, Cognitora, CognitoraAsync, InvalidRequestError
from tests.facade.answers import executed
from tests.facade.conftest import KEY
from tests.facade.server import Server, silent


def test_a_closed_client_says_so(client: Any, server: Server) -> None:
    server.otherwise = executed()
    client.code_interpreter.execute("1")
    client.close()
    client.close()
    with pytest.raises(InvalidRequestError, match=r"closed\. Make a new one") as raised:
        client.code_interpreter.execute("1")
    assert not raised.value.may_have_run
    assert server.count == 1


def test_a_client_shows_where_it_points(client: Any, server: Server) -> None:
    assert repr(client) in (
        f"Cognitora(base_url={server.url!r})",
        f"CognitoraAsync(base_url={server.url!r})",
    )
    assert (client.base_url, client.timeout) == (server.url, 5)


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_a_client_that_was_not_made_can_be_shown(kind: Any) -> None:
    assert repr(kind.__new__(kind)) == f"<{kind.__name__}, not made>"


def test_an_async_client_works_on_one_loop_after_another(server: Server) -> None:
    server.otherwise = executed()
    client = CognitoraAsync(KEY, server.url)

    async def call() -> bool:
        return (await client.code_interpreter.execute("1")).ok

    assert asyncio.run(call())
    with warnings.catch_warnings():
        # Two loops were closed with a connection open: asyncio remarks on it, rightly.
        warnings.simplefilter("ignore", ResourceWarning)
        assert asyncio.run(call())
        asyncio.run(client.close())
        gc.collect()


async def test_an_async_client_on_two_loops_at_once_says_so(server: Server) -> None:
    server.otherwise = executed()
    async with CognitoraAsync(KEY, server.url) as client:
        await client.code_interpreter.execute("1")

        def elsewhere() -> None:
            asyncio.run(client.code_interpreter.execute("1"))

        with pytest.raises(InvalidRequestError, match="one CognitoraAsync for each event loop"):
            await asyncio.to_thread(elsewhere)
        assert (await client.code_interpreter.execute("1")).ok


async def test_a_sync_client_works_inside_a_running_loop(server: Server) -> None:
    server.otherwise = executed()
    with Cognitora(KEY, server.url) as client:
        assert client.code_interpreter.execute("1").ok


async def test_the_wrong_kind_of_block_is_told(server: Server) -> None:
    wrong: Any = CognitoraAsync(KEY, server.url)
    with pytest.raises(TypeError, match="CognitoraAsync is for `async with`"), wrong:
        pass
    with pytest.raises(TypeError, match="for `async with`"), wrong.code_interpreter.session():
        pass
    await wrong.close()
    with Cognitora(KEY, server.url) as client:
        wrong = client
        with pytest.raises(TypeError, match="Cognitora is for `with`"):
            async with wrong:
                pass


async def test_an_async_client_needs_no_block(server: Server) -> None:
    server.otherwise = executed()
    client = CognitoraAsync(KEY, server.url)
    assert (await client.code_interpreter.execute("1")).ok
    await client.close()


def test_a_fork_opens_connections_of_its_own(server: Server) -> None:
    server.otherwise = executed()
    with Cognitora(KEY, server.url) as client:
        client.code_interpreter.execute("1")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if client.code_interpreter.execute("2").ok else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        assert status == 0
        client.code_interpreter.execute("3")
    assert server.connections == 2
    assert [r.connection for r in server.received] == [1, 2, 1]


async def test_a_cancelled_call_gives_its_connection_up(server: Server) -> None:
    hung_up = threading.Event()

    def hold(connection: Any, _: Any) -> None:
        if connection.recv(1) == b"":
            hung_up.set()

    server.answers(hold, executed())
    async with CognitoraAsync(KEY, server.url) as client:
        task = asyncio.create_task(client.code_interpreter.execute("1"))
        assert await asyncio.to_thread(server.arrived.acquire, timeout=10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(hung_up.wait, 10)
        assert (await client.code_interpreter.execute("1")).ok
    assert server.connections == 2


class Late:
    """Answers when it is told to, and sees whether the connection is closed then."""

    def __init__(self) -> None:
        self.go, self.hung_up = threading.Event(), threading.Event()

    def __call__(self, connection: Any, received: Any) -> None:
        assert self.go.wait(10)
        executed()(connection, received)
        if connection.recv(1) == b"":
            self.hung_up.set()


async def test_a_connection_in_use_is_closed_after_its_client(server: Server) -> None:
    late = Late()
    server.answers(late)
    client = CognitoraAsync(KEY, server.url)
    call = asyncio.create_task(client.code_interpreter.execute("1"))
    assert await asyncio.to_thread(server.arrived.acquire, timeout=10)
    await client.close()
    late.go.set()
    assert (await call).ok
    assert await asyncio.to_thread(late.hung_up.wait, 1)  # not as one that was idle for 4 s


def test_a_connection_in_use_by_a_thread_is_closed_after_its_client(server: Server) -> None:
    late = Late()
    server.answers(late)
    client = Cognitora(KEY, server.url)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.code_interpreter.execute, "1")
        assert server.arrived.acquire(timeout=10)
        client.close()
        late.go.set()
        assert call.result().ok
    assert late.hung_up.wait(1)


async def test_many_calls_at_once_wait_for_a_free_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora._async.connections.MAX_CONNECTIONS", 4)
    server.otherwise = executed({"type": "stdout", "data": "x"})
    async with CognitoraAsync(KEY, server.url) as client:
        calls = (client.code_interpreter.execute("1") for _ in range(100))
        assert [r.stdout for r in await asyncio.gather(*calls)] == ["x"] * 100
    assert server.connections == 4


async def test_a_call_that_found_no_connection_free_can_be_repeated(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora._async.connections.MAX_CONNECTIONS", 1)
    server.otherwise = silent
    async with CognitoraAsync(KEY, server.url) as client:
        first = asyncio.create_task(client.code_interpreter.execute("1"))
        assert await asyncio.to_thread(server.arrived.acquire, timeout=10)
        with pytest.raises(APITimeoutError, match="No connection was free") as raised:
            await client.code_interpreter.execute("2", request_timeout=0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert raised.value.is_retryable
    assert not raised.value.may_have_run


def test_threads_wait_for_a_free_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora._sync.connections.MAX_CONNECTIONS", 2)
    server.otherwise = executed({"type": "stdout", "data": "x"})
    with Cognitora(KEY, server.url) as client:
        results = list(client.code_interpreter.map(["1"] * 50, concurrency=10))
    assert len(results) == 50
    assert server.connections == 2
