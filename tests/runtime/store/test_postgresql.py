"""Records in PostgreSQL: servers that die, answers that are lost, and runtimes that want the same."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest

from cognitora_local.command_line import DATABASE_VARIABLE
from cognitora_local.http.health import LIVE, READY
from cognitora_local.store import postgresql
from cognitora_local.store.connection import DatabaseError, Unusable
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import ExecutionRecord, SessionRecord
from cognitora_local.store.postgresql import PostgresqlConnection
from tests.postgresql import PostgresqlServer
from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    until,
)

HttpOf = Callable[[Process], httpx.AsyncClient]

SESSION = SessionRecord("ses_1", "python", datetime.now(UTC))
EXECUTION = ExecutionRecord("exec_1", "ses_1", "python", "1", False, 1, datetime.now(UTC))
NOTHING = b"what nobody says"
CLAIM = Claim("key", b"call", seen=0)


class Cutter:
    """A way to a server which cuts a connection when something is said, before or after it is heard."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.url = f"?host={folder}"
        self.word = NOTHING
        self.heard = True
        self.closed = False  # to new connections
        self._server = server
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        shut(self._listener)  # so that nobody waits for what has its number next
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.closed:
                    client.close()
                else:
                    threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            self._forward(client, server)
            back.join()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.word not in data:
                    server.sendall(data)
                    continue
                self.word = NOTHING  # once
                shut(client)
                if self.heard:
                    server.sendall(data)
                break
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                with suppress(OSError):
                    client.sendall(data)
        shut(client)


def shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cutter(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Cutter]:
    with closing(Cutter(postgresql_server.socket, tmp_path)) as made:
        yield made


def through(cutter: Cutter, url: str) -> str:
    return url.partition("?")[0] + cutter.url


@pytest.mark.parametrize("heard", [True, False], ids=["the answer is lost", "it isn't heard"])
async def test_what_was_committed_though_nobody_heard_of_it_is_begun_once(
    cutter: Cutter, database_url: str, heard: bool
) -> None:
    with closing(Database(PostgresqlConnection(through(cutter, database_url)))) as database:
        records = InterpreterStore(database, IdempotencyKeys(database))
        await records.add_session(SESSION)
        cutter.heard = heard
        cutter.word = b"COMMIT"
        if heard:
            await records.add_execution(EXECUTION, CLAIM)
        else:
            with pytest.raises(Unusable):
                await records.add_execution(EXECUTION, CLAIM)
        cutter.heard = True
        found = await records.execution("exec_1")
        known = await records.idempotency_keys.claim(Claim("key", b"call", seen=0), recorded=True)
        assert (found is not None, known is not None) == (heard, heard)


@pytest.mark.parametrize("heard", [True, False], ids=["committed", "not committed"])
async def test_what_nobody_can_be_asked_about_never_was(
    cutter: Cutter, database_url: str, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "DOUBT_SECONDS", 0.1)
    with closing(Database(PostgresqlConnection(through(cutter, database_url)))) as database:
        records = InterpreterStore(database, IdempotencyKeys(database))
        await records.add_session(SESSION)
        cutter.heard, cutter.closed = heard, True
        cutter.word = b"COMMIT"
        with pytest.raises(Unusable):
            await records.add_execution(EXECUTION, CLAIM)
        with pytest.raises(Unusable):
            await records.add_session(SessionRecord("ses_2", "python", datetime.now(UTC)))
        with psycopg.connect(database_url) as direct:
            rows = direct.execute("SELECT id FROM cognitora.executions").fetchall()
        assert rows == ([("exec_1",)] if heard else [])
        cutter.heard, cutter.closed = True, False

        async def is_gone() -> bool:
            with suppress(Unusable):
                return await records.execution("exec_1") is None
            return False

        await until(is_gone)
        assert (
            await records.idempotency_keys.claim(Claim("key", b"call", seen=0), recorded=True)
            is None
        )
        await records.add_execution(EXECUTION, CLAIM)  # it can be asked for again


async def test_a_transaction_whose_connection_is_lost_changes_nothing(
    cutter: Cutter, database_url: str
) -> None:
    with closing(Database(PostgresqlConnection(through(cutter, database_url)))) as database:
        records = InterpreterStore(database, IdempotencyKeys(database))
        await records.add_session(SESSION)
        cutter.word = b"INSERT INTO idempotency_keys"
        with pytest.raises(Unusable):
            await records.add_execution(EXECUTION, CLAIM)
        assert await records.execution("exec_1") is None
        assert (
            await records.idempotency_keys.claim(Claim("key", b"call", seen=0), recorded=True)
            is None
        )


def test_two_runtimes_never_have_the_same_records(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "START_SECONDS", 0.1)
    with (
        closing(PostgresqlConnection(database_url)),
        pytest.raises(DatabaseError, match="used by another runtime"),
    ):
        PostgresqlConnection(database_url)
    with closing(PostgresqlConnection(database_url)) as first:
        first._server.close()  # lost, and taken by another before it is made again
        with (
            closing(PostgresqlConnection(database_url)),
            pytest.raises(Unusable, match="used by another runtime"),
        ):
            first.execute("SELECT 1")


def test_each_schema_has_records_of_its_own(database_url: str) -> None:
    with (
        closing(PostgresqlConnection(database_url, "cognitora-alice")) as one,
        closing(PostgresqlConnection(database_url)) as other,
    ):
        one.execute("INSERT INTO idempotency_keys VALUES ('k', '', NULL, 200, '', 1)")
        asked = "SELECT count(*) FROM idempotency_keys"
        assert [list(each.execute(asked)) for each in (one, other)] == [[(1,)], [(0,)]]


async def test_accounts_have_a_schema_each(start: Start, database_url: str, tmp_path: Path) -> None:
    """And a second runtime, whole, is refused."""
    accounts = tmp_path / "accounts.toml"
    key = f"sha256:{hashlib.sha256(b'cgk_alice').hexdigest()}"
    accounts.write_text(f'[alice]\napi_keys = ["{key}"]')
    runtime = await start("--database", database_url, "--accounts", accounts)
    headers = {"Authorization": "Bearer cgk_alice"}
    async with httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers) as http:
        assert (await http.post(SESSIONS, json={})).status_code == 200
    second = await start("--database", database_url, "--accounts", accounts, ready=False)
    assert await asyncio.wait_for(second.process.wait(), 60) == 125
    assert "used by another runtime" in second.log
    await runtime.stop()
    with psycopg.connect(database_url) as direct:
        asked = 'SELECT count(*) FROM "cognitora-alice".sessions'
        assert direct.execute(asked).fetchone() == (1,)


def test_records_of_a_newer_runtime_are_left_alone(database_url: str) -> None:
    PostgresqlConnection(database_url).close()
    with psycopg.connect(database_url) as direct:
        direct.execute("INSERT INTO cognitora.versions VALUES (999)")
    with pytest.raises(DatabaseError, match="made by a newer runtime"):
        PostgresqlConnection(database_url)


async def test_a_runtime_says_why_it_has_no_records(start: Start, tmp_path: Path) -> None:
    url = f"postgresql://someone:s3cret@/none?host={tmp_path}"
    runtime = await start("--database", url, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 60) == 125
    assert "The runtime can't start. The records can't be had from PostgreSQL" in runtime.log
    assert "s3cret" not in runtime.log
    runtime = await start("--database", "mysql://s3cret@host/", ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 60) == 2
    assert "must begin with postgresql://" in runtime.log
    assert "s3cret" not in runtime.log


MISREAD = (
    "100%s3cret",
    "s3cret/1",
    "5432/s3cret",
    "a@s3cret",
    "a@b/s3cret",
    "a@b,c:s3cret",
    "s3 cret",
)


@pytest.mark.parametrize("password", MISREAD)
def test_of_a_url_that_cant_be_understood_nothing_is_told(password: str) -> None:
    url = f"postgresql://someone:{password}@127.0.0.1:1/records"
    with pytest.raises(DatabaseError, match="must be percent-encoded") as caught:
        PostgresqlConnection(url)
    assert "cret" not in "".join(traceback.format_exception(caught.value, chain=True))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    with pytest.raises(DatabaseError, match="Connection refused"):
        PostgresqlConnection(url.replace(password, quote(password, safe="")))


@pytest.mark.parametrize("command", [[], ["accounts", "list"]], ids=["runtime", "accounts"])
async def test_no_program_tells_the_password_of_such_a_url(command: list[str]) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cognitora_local", *command],
        env=os.environ | {DATABASE_VARIABLE: "postgresql://someone:100%s3cret@127.0.0.1:1/records"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "must be percent-encoded" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_a_database_may_be_called_by_an_at(postgresql_server: PostgresqlServer) -> None:
    name = f"records@{secrets.token_hex(4)}"
    url = postgresql_server.made(name).replace(name, quote(name))
    PostgresqlConnection(url).close()


async def test_a_key_outlives_the_runtime_and_the_server(
    start: Start, http_of: HttpOf, database_url: str, postgresql_server: PostgresqlServer
) -> None:
    body = {"code": "import uuid; print(uuid.uuid4())", "networking": False}
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    first = await start("--database", database_url)
    async with http_of(first) as http:
        answer = await http.post(EXECUTE, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
    await first.stop(signal.SIGKILL)
    postgresql_server.kill()
    postgresql_server.start()
    async with http_of(await start("--database", database_url)) as http:
        again = await http.post(EXECUTE, json=body, headers=headers)
        assert again.headers["X-Cognitora-Replayed"] == "true"
        assert again.json()["data"]["outputs"] == answer.json()["data"]["outputs"]
        assert len((await http.get(EXECUTIONS)).json()["executions"]) == 1


async def asked(http: httpx.AsyncClient, path: str) -> httpx.Response:
    """What somebody without a key is told."""
    async with httpx.AsyncClient(base_url=http.base_url, trust_env=False) as unkeyed:
        return await unkeyed.get(path)


async def test_what_ends_while_the_server_is_gone_is_written_down(
    start: Start, http_of: HttpOf, database_url: str, postgresql_server: PostgresqlServer
) -> None:
    async with http_of(await start("--database", database_url)) as http:
        session = await open_session(http)
        code = "import os, time\nopen('on', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.01)"
        running = asyncio.create_task(printed(http, code + "\nprint('over')", session_id=session))
        files = f"/api/v1/interpreter/sessions/{session}/files"

        async def has_begun() -> bool:
            return (await http.get(files, params={"path": "on"})).status_code == 200

        await until(has_begun)
        postgresql_server.kill()
        try:
            refused = await http.post(EXECUTE, json={"code": "1", "networking": False})
            told = refusal(refused, 503, "records_unavailable")
            assert str(postgresql_server.socket.parent) not in told
            unready = await asked(http, READY)
            assert unready.status_code == 503
            assert unready.json() == {"status": "unavailable", "failed": ["records"]}
            assert (await asked(http, LIVE)).status_code == 200
            binary = {"Content-Type": "application/octet-stream"}
            await http.put(files, params={"path": "go"}, content=b"", headers=binary)
            assert await running == "over\n"
        finally:
            postgresql_server.start()

        async def is_written() -> bool:
            answer = await http.get(EXECUTIONS)
            found: list[dict[str, Any]] = answer.json().get("executions", [])
            return [each["status"] for each in found] == ["completed"]

        await until(is_written)

        async def is_ready() -> bool:
            return (await asked(http, READY)).status_code == 200

        await until(is_ready)
        assert await printed(http, "print(1)", session_id=session) == "1\n"
