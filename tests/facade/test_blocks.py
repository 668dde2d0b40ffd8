"""Sessions and containers in `with` blocks: cleaned up on every way out."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cognitora import (
    APIError,
    Cognitora,
    CognitoraAsync,
    Execution,
    FileUpload,
    InvalidRequestError,
    NotFoundError,
    ServerError,
)
from tests.facade.answers import DELETED, container, executed, session
from tests.facade.conftest import KEY
from tests.facade.server import Behaviour, Received, Server, reply


def calls(server: Server) -> list[str]:
    return [f"{r.method} {r.path.rsplit('/', 1)[-1]}" for r in server.received]


def test_a_session_is_created_used_and_deleted(client: Any, server: Server) -> None:
    server.answers(session(), executed(), executed(), DELETED)
    with client.code_interpreter.session(timeout_seconds=600) as live:
        assert (live.id, live.info.status) == ("ses_1", "active")
        live.run("x = 1")
        live.run_python("x", timeout_seconds=5)
    assert calls(server) == ["POST sessions", "POST execute", "POST execute", "DELETE ses_1"]
    assert server.received[1].json["session_id"] == "ses_1"
    assert server.received[2].json["timeout_seconds"] == 5


def test_a_session_speaks_its_language(client: Any, server: Server) -> None:
    server.answers(session(), executed(), executed(), DELETED)
    with client.code_interpreter.session("bash") as live:
        live.run("ls")
        live.execute("ls", networking=False)
    assert {r.json["language"] for r in server.received[:3]} == {"bash"}
    assert server.received[2].json["networking"] is False


def test_a_session_is_deleted_when_the_block_fails(client: Any, server: Server) -> None:
    server.answers(session(), DELETED)
    with pytest.raises(RuntimeError, match="the block"), client.code_interpreter.session():
        raise RuntimeError("the block")
    assert calls(server) == ["POST sessions", "DELETE ses_1"]


def test_a_session_that_ended_by_itself_is_no_trouble(client: Any, server: Server) -> None:
    server.answers(session(), reply(404, {"error": "expired"}))
    with client.code_interpreter.session():
        pass
    assert server.count == 2


def test_what_failed_in_the_block_is_told_before_the_failed_clean_up(
    client: Any, server: Server
) -> None:
    server.answers(session(), reply(400, {"error": "no"}), session(), reply(400, {"error": "no"}))
    with (
        pytest.raises(RuntimeError, match="the block") as raised,
        client.code_interpreter.session(),
    ):
        raise RuntimeError("the block")
    assert [note[:52] for note in raised.value.__notes__] == [
        "Session ses_1: It could not be deleted, and lives un"
    ]
    with pytest.raises(APIError, match="no"), client.code_interpreter.session():
        pass


def test_a_session_that_cannot_be_created_is_not_deleted(client: Any, server: Server) -> None:
    server.answers(reply(500, {"error": "full"}))
    with pytest.raises(ServerError, match="full"), client.code_interpreter.session():
        pass
    assert calls(server) == ["POST sessions"]


def test_a_session_is_unusable_before_and_after(client: Any, server: Server) -> None:
    live = client.code_interpreter.session()
    with pytest.raises(InvalidRequestError, match="not open"):
        live.run("1")
    server.answers(session(), DELETED)
    live.open()
    live.close()
    live.close()
    with pytest.raises(InvalidRequestError, match="closed"):
        live.run("1")
    with pytest.raises(InvalidRequestError, match="closed"):
        live.open()
    assert server.count == 2
    assert "closed" in repr(live)


def test_a_clean_up_that_failed_can_be_repeated(client: Any, server: Server) -> None:
    server.answers(session(), reply(400, {"error": "no"}), executed(), DELETED)
    live = client.code_interpreter.session().open()
    with pytest.raises(APIError, match="no"):
        live.close()
    assert live.id == "ses_1"
    assert live.run("1").ok  # it is still there
    live.close()
    live.close()
    assert calls(server) == ["POST sessions", "DELETE ses_1", "POST execute", "DELETE ses_1"]


def test_the_name_of_what_was_closed_is_still_known(client: Any, server: Server) -> None:
    server.answers(session(), DELETED, container(), DELETED)
    with client.code_interpreter.session() as live:
        pass
    with client.containers.container("image", 1, 512, 5) as box:
        pass
    assert (live.id, live.session_id, live.info.status) == ("ses_1", "ses_1", "active")
    assert (box.id, box.info.status) == ("ctr_1", "PENDING")
    with pytest.raises(InvalidRequestError, match=r"session \(ses_1\) is closed"):
        live.run("1")


def test_run_python_takes_what_run_takes(client: Any, server: Server) -> None:
    server.answers(session(), *[executed()] * 3, DELETED)
    options = {
        "files": [FileUpload("a", "b")],
        "timeout_seconds": 7,
        "environment": {"A": "b"},
        "networking": False,
    }
    with client.code_interpreter.session() as live:
        for run in (live.run, live.run_python, live.execute):
            run("1", request_timeout=5, **options)
    assert server.received[1].body == server.received[2].body == server.received[3].body
    assert server.received[1].json["timeout_seconds"] == 7


def test_a_session_object_in_the_place_of_an_id_is_explained(client: Any, server: Server) -> None:
    server.answers(session(), session(), DELETED)
    created = client.code_interpreter.create_session()
    for thing in (created, client.code_interpreter.session().open()):
        with pytest.raises(InvalidRequestError, match=r"pass its \.session_id\.$"):
            client.code_interpreter.execute("1", session_id=getattr(thing, "inner", thing))
    with pytest.raises(InvalidRequestError, match=r"Execution; pass its \.id\.$"):
        client.containers.get_container(Execution(id="c", status="RUNNING"))


def test_a_container_is_started_used_and_cancelled(client: Any, server: Server) -> None:
    exec_answer = reply(200, {"output": "hi\n", "exitCode": 0})
    server.answers(container(), exec_answer, reply(200, {"logs": "log"}))
    server.answers(reply(200, {"id": "ctr_1"}), DELETED)
    with client.containers.container("image", 1, 512, 5, timeout_seconds=60) as live:
        assert live.run(["echo", "hi"], working_directory="/tmp").output == "hi\n"
        assert live.logs() == "log"
        assert live.update(timeout_seconds=120).id == "ctr_1"
    assert calls(server) == [
        "POST containers",
        "POST exec",
        "GET logs",
        "PATCH ctr_1",
        "DELETE ctr_1",
    ]
    assert server.received[1].json == {"command": ["echo", "hi"], "working_directory": "/tmp"}
    with pytest.raises(InvalidRequestError, match="closed"):
        live.logs()


def test_a_container_that_ended_by_itself_is_no_trouble(client: Any, server: Server) -> None:
    server.answers(container(), reply(404, {"error": "gone"}))
    with client.containers.container("image", 1, 512, 5):
        pass
    assert server.count == 2


def held(answer: Behaviour, release: threading.Event) -> Behaviour:
    """An answer that waits for the test."""

    def behave(connection: Any, request: Received) -> None:
        assert release.wait(10)
        answer(connection, request)

    return behave


@pytest.fixture
async def async_client(server: Server) -> AsyncIterator[CognitoraAsync]:
    async with CognitoraAsync(KEY, server.url, 5) as client:
        yield client


async def arrived(server: Server) -> None:
    assert await asyncio.to_thread(server.arrived.acquire, timeout=10)


async def test_a_cancelled_block_deletes_its_session(
    async_client: CognitoraAsync, server: Server
) -> None:
    release = threading.Event()
    server.answers(session(), held(executed(), release), DELETED)

    async def work() -> None:
        async with async_client.code_interpreter.session() as live:
            await live.run("while True: pass")

    task = asyncio.create_task(work())
    await arrived(server)
    await arrived(server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    assert calls(server)[-1] == "DELETE ses_1"


async def test_a_cancellation_during_the_clean_up_does_not_cut_it_short(
    async_client: CognitoraAsync, server: Server
) -> None:
    release = threading.Event()
    server.answers(session(), held(DELETED, release))

    async def work() -> None:
        async with async_client.code_interpreter.session():
            pass

    task = asyncio.create_task(work())
    await arrived(server)
    await arrived(server)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls(server) == ["POST sessions", "DELETE ses_1"]


async def test_a_session_whose_creation_is_cancelled_is_deleted(
    async_client: CognitoraAsync, server: Server
) -> None:
    release = threading.Event()
    server.answers(held(session(), release), DELETED)

    async def work() -> None:
        async with async_client.code_interpreter.session():
            raise AssertionError("never entered")

    task = asyncio.create_task(work())
    await arrived(server)
    task.cancel()
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls(server) == ["POST sessions", "DELETE ses_1"]


async def test_a_cancelled_run_and_wait_cancels_its_container(
    async_client: CognitoraAsync, server: Server
) -> None:
    release = threading.Event()
    server.answers(container(), held(container(), release), DELETED)
    running = async_client.containers.run_and_wait("image", ["sleep", "9"], 1, 512, 5)
    task = asyncio.create_task(running)
    await arrived(server)
    await arrived(server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    assert raised.value.__notes__ == ["Container ctr_1: It was cancelled."]
    release.set()
    assert calls(server) == ["POST containers", "GET ctr_1", "DELETE ctr_1"]


async def test_a_run_and_wait_whose_start_is_cancelled_cancels_its_container(
    async_client: CognitoraAsync, server: Server
) -> None:
    release = threading.Event()
    server.answers(held(container(), release), DELETED)
    running = async_client.containers.run_and_wait("image", ["sleep", "9"], 1, 512, 5)
    task = asyncio.create_task(running)
    await arrived(server)
    task.cancel()
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls(server) == ["POST containers", "DELETE ctr_1"]


def interrupt(server: Server, after: int) -> threading.Thread:
    """Sends Ctrl-C to this process when so many requests have arrived."""

    def wait_and_interrupt() -> None:
        for _ in range(after):
            assert server.arrived.acquire(timeout=10)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=wait_and_interrupt)
    thread.start()
    return thread


def test_ctrl_c_in_a_block_deletes_its_session(server: Server) -> None:
    release = threading.Event()
    server.answers(session(), held(executed(), release), DELETED)
    with Cognitora(KEY, server.url, 5) as client:
        thread = interrupt(server, after=2)
        with pytest.raises(KeyboardInterrupt), client.code_interpreter.session() as live:
            live.run("while True: pass")
        thread.join()
    release.set()
    assert calls(server) == ["POST sessions", "POST execute", "DELETE ses_1"]


def test_ctrl_c_in_run_and_wait_cancels_its_container(server: Server) -> None:
    release = threading.Event()
    server.answers(container(), held(container(), release), DELETED)
    with Cognitora(KEY, server.url, 5) as client:
        thread = interrupt(server, after=2)
        with pytest.raises(KeyboardInterrupt):
            client.containers.run_and_wait("image", ["sleep", "9"], 1, 512, 5)
        thread.join()
    release.set()
    assert calls(server) == ["POST containers", "GET ctr_1", "DELETE ctr_1"]


def test_a_missing_session_in_a_block_is_told(client: Any, server: Server) -> None:
    server.answers(session(), reply(404, {"error": "ses_1 is gone"}), DELETED)
    with pytest.raises(NotFoundError, match="ses_1"), client.code_interpreter.session() as live:
        live.run("1")
