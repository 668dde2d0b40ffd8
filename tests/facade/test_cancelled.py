"""Cancellation of every kind, at any moment: what was made is undone, and nobody goes on before that."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from cognitora import CognitoraAsync, CognitoraError
from cognitora._async.cleanup import undone
from tests.facade.answers import DELETED, container, executed, process, session
from tests.facade.conftest import KEY
from tests.facade.server import Behaviour, Received, Server

Work = Callable[[CognitoraAsync], Coroutine[Any, Any, None]]
Ready = Callable[[], Awaitable[object]]
How = Callable[[Coroutine[Any, Any, None], Ready], Coroutine[Any, Any, None]]


async def in_a_session(client: CognitoraAsync) -> None:
    async with client.code_interpreter.session() as live:
        await live.run("while True: pass")


async def in_a_stream(client: CognitoraAsync) -> None:
    async with client.code_interpreter.session() as live, live.stream("while True: pass") as stream:
        async for _ in stream:
            pass


async def in_a_map(client: CognitoraAsync) -> None:
    async with client.code_interpreter.session() as live:
        async for _ in client.code_interpreter.map(["1", "2"], session_id=live.id):
            pass


async def in_a_container(client: CognitoraAsync) -> None:
    async with client.containers.container("image", 1, 512, 5) as box:
        await box.run(["sleep", "9"])


async def in_run_and_wait(client: CognitoraAsync) -> None:
    await client.containers.run_and_wait("image", ["sleep", "9"], 1, 512, 5)


async def making_a_container(client: CognitoraAsync) -> None:
    await client.containers.create_container("image", ["sleep", "9"], 1, 512, 5)


async def making_a_session(client: CognitoraAsync) -> None:
    await client.code_interpreter.create_session()


async def starting_a_process(client: CognitoraAsync) -> None:
    await client.processes.start_session_process("ses_1", ["sleep", "9"])


async def starting_a_process_in_a_container(client: CognitoraAsync) -> None:
    await client.processes.start_container_process("ctr_1", ["sleep", "9"])


class Stop(Exception):
    """What fails beside the work."""


async def by_a_time_out(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(None) as time_out, asyncio.TaskGroup() as beside:

            async def ring() -> None:
                await ready()
                time_out.reschedule(asyncio.get_running_loop().time())

            beside.create_task(ring())
            await work


async def by_a_scope(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    scope = anyio.CancelScope()

    async def cancel() -> None:
        await ready()
        scope.cancel()

    beside = asyncio.create_task(cancel())
    with scope:
        await work
    await beside


async def by_a_task_group_of_anyio(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: work)
        await ready()
        group.cancel_scope.cancel()


async def by_a_task_group(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    with suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(work)
            await ready()
            raise Stop


async def by_cancelling_often(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    task = asyncio.create_task(work)
    await ready()
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_the_end_of_the_program(work: Coroutine[Any, Any, None], ready: Ready) -> None:
    task = asyncio.create_task(work)
    await ready()
    assert not task.done()  # and asyncio.run cancels all that is left


HOWS = [
    by_a_time_out,
    by_a_scope,
    by_a_task_group_of_anyio,
    by_a_task_group,
    by_cancelling_often,
    by_the_end_of_the_program,
]
INSIDE = [in_a_session, in_a_stream, in_a_map, in_a_container, in_run_and_wait]
MAKING = [
    *(in_a_session, in_a_container, in_run_and_wait, making_a_container, making_a_session),
    *(starting_a_process, starting_a_process_in_a_container),
]


MADE: dict[str, Callable[[], Behaviour]] = {
    "sessions": session,
    "containers": container,
    "processes": process,
}


def is_end(request: Received) -> bool:
    """Whether it ends what was made."""
    return request.method == "DELETE" or request.path.endswith("/signal")


class Scene:
    """A server that holds back what it is asked until the cancellation has had time to come again."""

    def __init__(self, server: Server, *, making: bool) -> None:
        self.server = server
        self.left = threading.Event()
        self.too_early = False
        self._making = making
        self._cancelled = threading.Event()
        self._delete = threading.Event()
        server.otherwise = self._answer

    def _answer(self, connection: socket.socket, request: Received) -> None:
        kind = request.path.rsplit("/", 1)[-1]
        if is_end(request):
            assert self._delete.wait(20)
            (process() if kind == "signal" else DELETED)(connection, request)
        elif kind in MADE:
            assert not self._making or self._cancelled.wait(20)
            MADE[kind]()(connection, request)
        else:
            connection.recv(1)  # until the client hangs up

    async def ready(self) -> None:
        """Until the request has come that is to be cut short; then it is seen to the rest."""
        for _ in range(1 if self._making else 2):
            assert await asyncio.to_thread(self.server.arrived.acquire, timeout=20)
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._go_on, args=(loop,), daemon=True).start()

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        steps(loop)
        self._cancelled.set()
        while not any(map(is_end, list(self.server.received))):
            self.server.arrived.acquire(timeout=20)
        steps(loop)
        self.too_early = self.left.is_set()
        self._delete.set()


def steps(loop: asyncio.AbstractEventLoop) -> None:
    """Waits until an event loop has taken some steps."""
    for _ in range(20):
        taken = threading.Event()
        loop.call_soon_threadsafe(taken.set)
        assert taken.wait(10)


def cut_short(server: Server, work: Work, how: How, *, making: bool) -> None:
    scene = Scene(server, making=making)

    async def whole() -> None:
        async with CognitoraAsync(KEY, server.url, 10) as client:
            try:
                await work(client)
            finally:
                scene.left.set()

    asyncio.run(how(whole(), scene.ready))
    ended = [request for request in server.received if is_end(request)]
    paths = [request.path.removesuffix("/signal").rsplit("/", 1)[-1] for request in ended]
    assert paths in (["ses_1"], ["ctr_1"], ["proc_1"])
    assert paths != ["proc_1"] or json.loads(ended[0].body) == {"signal": "KILL"}
    assert not scene.too_early


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("work", INSIDE)
def test_what_is_there_is_undone(server: Server, work: Work, how: How) -> None:
    cut_short(server, work, how, making=False)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("work", MAKING)
def test_what_is_being_made_is_undone(server: Server, work: Work, how: How) -> None:
    cut_short(server, work, how, making=True)


async def test_a_client_that_is_closed_next_still_undoes_what_was_being_made(
    server: Server,
) -> None:
    release = threading.Event()

    def make(connection: socket.socket, request: Received) -> None:
        assert release.wait(20)
        session()(connection, request)

    server.answers(make, DELETED)
    client = CognitoraAsync(KEY, server.url, 10)
    task = asyncio.create_task(in_a_session(client))
    assert await asyncio.to_thread(server.arrived.acquire, timeout=20)
    task.cancel()
    await client.close()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.last.method == "DELETE"


async def test_a_stream_whose_caller_leaves_leaves_no_session(server: Server) -> None:
    """As Starlette and FastAPI do it: a scope of anyio's is cancelled when the caller has gone."""

    def serve(connection: socket.socket, request: Received) -> None:
        made = session() if request.path.endswith("/sessions") else executed()
        (DELETED if request.method == "DELETE" else made)(connection, request)

    server.otherwise = serve
    over = asyncio.Event()

    async def pieces() -> AsyncIterator[str]:
        try:
            async with (
                CognitoraAsync(KEY, server.url, 10) as client,
                client.code_interpreter.session() as live,
            ):
                while True:
                    yield str((await live.run("1")).ok)
        finally:
            over.set()

    async def answer(_: Request) -> StreamingResponse:
        return StreamingResponse(pieces())

    app = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/", answer)]), log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(app.serve([listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with (
            httpx.AsyncClient(trust_env=False) as caller,
            caller.stream("GET", url) as answered,
        ):
            async for _ in answered.aiter_text():
                break
        async with asyncio.timeout(20):
            await over.wait()
        app.should_exit = True
        await serving
    assert [r.method for r in server.received].count("DELETE") == 1


async def test_a_new_kind_of_thing_is_undone_without_words_of_its_own() -> None:
    """As an operation has it that was just added to the contract."""

    async def end(name: str, *, request_timeout: float) -> bool:
        assert request_timeout > 0
        if name == "stuck":
            raise CognitoraError("It holds on.")
        return True

    assert await undone(end, "note", "done") == "It was ended."
    assert await undone(end, "note", "stuck") == "It could not be ended: It holds on."
