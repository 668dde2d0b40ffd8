"""What a gateway takes over from one that was lost, with its records in a database that fails meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest_asyncio

from cognitora_local.engine import ContainerBackend, Secret
from cognitora_local.http.contract import Contract
from cognitora_local.interpreter.execution import Execution, Job
from cognitora_local.interpreter.pool import KernelPool
from cognitora_local.interpreter.process_handlers import SessionLauncher
from cognitora_local.interpreter.session import Session
from cognitora_local.kernel import Kernel
from cognitora_local.sandbox import Limits, RunningCommand
from cognitora_local.service import Service
from cognitora_local.settings import Settings
from cognitora_local.store.connection import Unusable, Values
from cognitora_local.store.idempotency import Claim
from cognitora_local.store.models import NOT_RUN, ExecutionRecord, ProcessRecord, SessionRecord
from tests.agent.agents import RunningAgent
from tests.agent.test_kernels import AgentBackend
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server
from tests.runtime.conftest import until
from tests.runtime.store.conftest import Gateway
from tests.runtime.store.conftest import database_url as database_url
from tests.runtime.store.conftest import join as join

WAIT = "while [ ! -e go ]; do sleep 0.01; done; "


async def no_engine(folder: Path, secret: Secret) -> ContainerBackend:
    raise AssertionError


class Serving:
    """A gateway that serves the sessions of one agent."""

    def __init__(self, agent: RunningAgent, gateway: Gateway, folder: Path) -> None:
        self.gateway = gateway
        pool = KernelPool(AgentBackend(agent), folder, warm=0)
        self.service = Service(
            *(Contract(), gateway.database, gateway.gateways, folder, pool),
            *(no_engine, Settings()),
        )

    async def create(self) -> Session:
        record = SessionRecord("ses_1", "python", datetime.now(UTC))
        return await self.service._sessions.create(
            record, Limits(), {}, networking=False, egress=None
        )

    async def start(self, session: Session, script: str) -> ProcessRecord:
        command = ["sh", "-c", script]

        def begin(kernel: Kernel, id: str) -> Coroutine[Any, Any, RunningCommand]:
            return kernel.exec(command, folder="/", environment={}, terminal=None, id=id)

        launcher = SessionLauncher(session, await session.kernel(), begin)
        body = {"command": command}
        return await self.service._processes.start(body, launcher, None, session_id="ses_1")

    async def expire(self, lost: Serving) -> None:
        """Take another for dead, which goes on and doesn't know."""
        await lost.gateway.database.do(lambda: None)  # who is writing just now isn't
        await self.gateway.expire(lost.gateway)

    async def take_over(self) -> None:
        """Returns when that is done for which calls wait."""
        await self.service.recover()
        await asyncio.gather(*self.service._taking_over.values(), return_exceptions=True)

    def fail_at(self, part: str, *, after: int = 0) -> None:
        """Have its connection to the database break before a statement of which this is a part, once."""
        database, url = self.gateway.database, self.gateway.url
        execute, seen = database.execute, 0

        def breaking(statement: str, values: Values = ()) -> Iterator[Any]:
            nonlocal seen
            if part in statement:
                seen += 1
                if seen == after + 1:
                    ((pid,),) = execute("SELECT pg_backend_pid()")
                    with psycopg.connect(url) as other:
                        other.execute("SELECT pg_terminate_backend(%s, 60000)", (pid,))
            return execute(statement, values)

        database.execute = breaking  # type: ignore[method-assign]


Serve = Callable[[], Serving]


@pytest_asyncio.fixture
async def serve(
    agent: RunningAgent, join: Callable[[], Gateway], tmp_path: Path
) -> AsyncIterator[Serve]:
    (tmp_path / "work").mkdir()
    async with AsyncExitStack() as stack:

        def one() -> Serving:
            serving = Serving(agent, join(), tmp_path / "work")
            stack.push_async_callback(serving.service.stop)
            return serving

        yield one


async def test_processes_are_taken_over_whatever_the_database_does(
    serve: Serve, tmp_path: Path
) -> None:
    one, other = serve(), serve()
    session = await one.create()
    many = f"echo begun; cd {session_folder(session)}; {WAIT} yes | head -c 3000000"
    records = [await one.start(session, many) for _ in range(3)]
    for record in records:
        await until(partial(is_kept, one, record.id))
    other.fail_at("sum(length(data)) FILTER", after=1)
    await other.expire(one)
    await other.take_over()
    processes = [other.service._processes.live(record.id) for record in records]
    (session_folder(session) / "go").touch()
    for process in processes:
        assert process is not None
        await process.ended(60)
        assert (process.record.status, process.record.output_bytes) == ("COMPLETED", 3000006)


async def test_a_result_that_is_not_written_yet_is_not_lost_with_its_gateway(
    serve: Serve, postgresql_server: PostgresqlServer
) -> None:
    """Not even when that has taken it over itself."""
    one, other, third = serve(), serve(), serve()
    session = await one.create()
    folder = session_folder(session)
    code = f"import os, time\nos.chdir({str(folder)!r})\nopen('ran', 'a').write('x')\n"
    code += "while not os.path.exists('go'): time.sleep(0.01)\nprint('done')"
    execution = begun(session, code)
    await until(partial(is_there, folder / "ran"))
    (record,) = await one.gateway.records.running("ses_1")
    await other.expire(one)
    await other.take_over()
    postgresql_server.kill()
    (folder / "go").touch()
    await other.service._background_tasks.finish()  # what has become of it is known, there alone
    assert not other.gateway.records.is_written(record.id)
    release = threading.Event()
    held = other.gateway.database.do(release.wait)
    try:
        postgresql_server.start()
        await until(partial(reached, third))
        await third.gateway.expire(other.gateway)
        await third.take_over()
        await third.service._background_tasks.finish()
        found = await third.gateway.records.execution(record.id)
        assert found is not None
        assert (found.status, [each.data for each in found.outputs]) == ("completed", ["done\n"])
    finally:
        release.set()
    await held
    assert (folder / "ran").read_text() == "x"
    await asyncio.gather(execution.task, return_exceptions=True)


async def test_what_is_asked_for_after_a_session_was_taken_over_is_no_part_of_what_was_left(
    serve: Serve,
) -> None:
    """However late the database says what was."""
    one, other = serve(), serve()
    await one.create()
    keys, records = other.gateway.keys, other.gateway.records
    waiting = ExecutionRecord("exec_1", "ses_1", "python", "1", False, 1, datetime.now(UTC))
    before = Claim("before", b"call", 0)
    assert await one.gateway.keys.claim(before, recorded=True) is None
    await one.gateway.records.add_execution(waiting, before)
    await other.expire(one)
    other.fail_at("session_id = ? AND status = 'running'")
    await other.take_over()
    session = await other.service._sessions.find("ses_1")
    after = Claim("after", b"call", 0)
    assert await keys.claim(after, recorded=True) is None
    found = await begun(session, "print(1)", after).finish()
    assert found.status == "completed"
    again = await keys.claim(Claim("after", b"call", 0), recorded=True)
    assert again is not None
    assert again.execution_id == found.id
    never = await records.execution("exec_1")
    assert never is not None
    assert (never.status, never.errors) == ("failed", [NOT_RUN])
    assert await keys.claim(Claim("before", b"call", 0), recorded=True) is None


def begun(session: Session, code: str, claim: Claim | None = None) -> Execution:
    return Execution(Job(code, "python", 60, False, {}, []), session.execute, claim)


async def is_there(path: Path) -> bool:
    return path.exists()


async def reached(serving: Serving) -> bool:
    """Whether it has noticed that its database is back."""
    with suppress(Unusable):
        return bool(await serving.gateway.alive())
    return False


async def is_kept(serving: Serving, id: str) -> bool:
    return (await serving.service._process_store.outputs.kept(id)).printed > 0


def session_folder(session: Session) -> Path:
    assert session._folder is not None
    return session._folder


async def test_processes_end_with_a_session_that_is_gone_whatever_the_database_does(
    serve: Serve, agent: RunningAgent
) -> None:
    one, other = serve(), serve()
    record = await one.start(await one.create(), "sleep 600")
    await other.expire(one)  # else it tells of that end itself
    agent.process.kill()
    await agent.process.wait()
    other.fail_at("AND (session_id = ?)")
    await other.take_over()
    session = await other.gateway.records.session("ses_1")
    assert session is not None
    assert session.status == "ended"
    found = await other.service._process_store.get(record.id)
    assert found is not None
    assert found.status == "FAILED"
