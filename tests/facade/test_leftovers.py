"""What clean-up could not remove is told: by a note on what stopped the caller, and in the log."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from cognitora import CognitoraAsync
from tests.facade.answers import container, executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Received, Server, raw, reply

Work = Callable[[CognitoraAsync], Coroutine[Any, Any, object]]

SESSION = "Session ses_1: It could not be deleted, and lives until its time is over: not now"
CONTAINER = "Container ctr_1: It could not be cancelled, and may go on and cost credits: not now"


async def make_session(client: CognitoraAsync) -> object:
    return await client.code_interpreter.create_session()


async def use_session(client: CognitoraAsync) -> object:
    async with client.code_interpreter.session() as live:
        return await live.run("1")


async def make_container(client: CognitoraAsync) -> object:
    return await client.containers.create_container("i", ["a"], 1, 512, 5)


async def use_container(client: CognitoraAsync) -> object:
    async with client.containers.container("i", 1, 512, 5) as box:
        return await box.run(["a"])


async def run_and_wait(client: CognitoraAsync) -> object:
    return await client.containers.run_and_wait("i", ["a"], 1, 512, 5)


def serve(server: Server, stops_at: int) -> threading.Event:
    """All goes well but what is deleted; the answer to one request waits for the event."""
    release = threading.Event()

    def answer(connection: socket.socket, request: Received) -> None:
        number = server.count
        made = session() if "interpreter" in request.path else container(status="RUNNING")
        if request.path.endswith("/execute"):
            made = executed()
        if number == stops_at:
            assert release.wait(20)
        (reply(400, {"error": "not now"}) if request.method == "DELETE" else made)(
            connection, request
        )

    server.otherwise = answer
    return release


@pytest.mark.parametrize(
    ("work", "stops_at", "note"),
    [
        (make_session, 1, SESSION),
        (use_session, 1, SESSION),
        (use_session, 2, SESSION),
        (use_session, 3, "Clean-up failed as well: not now"),
        (make_container, 1, CONTAINER),
        (use_container, 1, CONTAINER),
        (use_container, 2, CONTAINER),
        (use_container, 3, "Clean-up failed as well: not now"),
        (run_and_wait, 1, CONTAINER),
        (run_and_wait, 2, CONTAINER),
    ],
)
async def test_a_cancelled_task_is_told(
    server: Server, caplog: pytest.LogCaptureFixture, work: Work, stops_at: int, note: str
) -> None:
    release = serve(server, stops_at)
    async with CognitoraAsync(KEY, server.url, 10) as client:
        task = asyncio.ensure_future(work(client))
        for _ in range(stops_at):
            assert await asyncio.to_thread(server.arrived.acquire, timeout=20)
        task.cancel()
        await asyncio.sleep(0)
        release.set()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
    assert [text.partition(" [")[0] for text in raised.value.__notes__] == [note]
    assert [record.levelname for record in caplog.records if "not now" in record.message] == [
        "WARNING"
    ]


@pytest.mark.parametrize("work", [make_session, make_container])
async def test_whether_it_was_made_at_all_may_not_be_known(
    server: Server, caplog: pytest.LogCaptureFixture, work: Work
) -> None:
    release = threading.Event()

    def hang_up(connection: socket.socket, request: Received) -> None:
        assert release.wait(20)
        raw(b"")(connection, request)

    server.answers(hang_up)
    async with CognitoraAsync(KEY, server.url, 10) as client:
        task = asyncio.ensure_future(work(client))
        assert await asyncio.to_thread(server.arrived.acquire, timeout=20)
        task.cancel()
        await asyncio.sleep(0)
        release.set()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
    assert "It isn't known whether what was asked for was made" in raised.value.__notes__[0]
    assert "It isn't known whether" in caplog.text
