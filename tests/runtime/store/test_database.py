"""The records' file in the hands of others: locked, damaged, set aside."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from cognitora_local.kernel import Output
from cognitora_local.store.connection import Unusable
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys
from cognitora_local.store.interpreter import LOG, InterpreterStore
from cognitora_local.store.models import ExecutionRecord, SessionRecord
from cognitora_local.store.schema import VERSIONS
from cognitora_local.store.sqlite import SqliteConnection
from tests.runtime.conftest import EXECUTIONS, Process, Start, printed

HttpOf = Callable[[Process], httpx.AsyncClient]
PAGE = 4096


async def refused(start: Start, data: Path, *options: str) -> str:
    """The sentence by which a runtime doesn't start."""
    runtime = await start("--data-dir", data, *options, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 20) == 125
    (sentence,) = runtime.log.splitlines()
    assert isinstance(sentence, str)
    return sentence


async def test_nobody_else_can_lock_the_records(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    runtime = await start("--data-dir", data)
    async with http_of(runtime) as http:
        assert await printed(http, "print(1)") == "1\n"
        with closing(sqlite3.connect(data / "records.db", timeout=0)) as other:
            for lock in ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "SELECT * FROM sessions"):
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute(lock)
            assert await printed(http, "print(2)") == "2\n"


async def test_records_that_another_program_has_are_told(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "records.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        sentence = await refused(start, data)
    assert "are used by another program" in sentence
    assert str(data / "records.db") in sentence


def zeroed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[PAGE * 3 :] = bytes(len(content) - PAGE * 3)
    file.write_bytes(content)


def truncated(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // PAGE // 2 * PAGE + 1000)


def lacking(what: str) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute(what)

    return damage


def overwritten(file: Path) -> None:
    file.write_bytes(b"something else entirely" * 1000)


DAMAGES = {
    "zeroed pages": zeroed,
    "cut within a page": truncated,
    "a missing table": lacking("DROP TABLE outputs"),
    "a missing column": lacking("ALTER TABLE containers DROP COLUMN reason"),
    "no database": overwritten,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
async def test_damaged_records_are_told_and_set_aside_when_asked_to(
    start: Start, http_of: HttpOf, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "data" / "records.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(f"{''.join(VERSIONS)} PRAGMA user_version = {len(VERSIONS)}")
        database.executemany(
            "INSERT INTO sessions (id, language, status, one_shot, resources, created_at)"
            " VALUES (?, 'python', 'ended', 1, '{}', 1)",
            ((f"ses_{number}",) for number in range(1000)),
        )
    damage(file)
    before = file.read_bytes()[
        100:
    ]  # the file's header says how it is written, in a journal or not
    sentence = await refused(start, file.parent)
    assert f"The records in {file} are damaged" in sentence
    assert "--set-aside-damaged-records" in sentence
    assert file.read_bytes()[100:] == before

    runtime = await start("--data-dir", file.parent, "--set-aside-damaged-records")
    (kept,) = file.parent.glob("records.db.damaged-*[0-9]")
    assert kept.read_bytes()[100:] == before
    assert str(kept) in runtime.log
    async with http_of(runtime) as http:
        assert await printed(http, "print(1)") == "1\n"
        assert len((await http.get(EXECUTIONS)).json()["executions"]) == 1


async def test_records_that_are_whole_are_never_set_aside(
    start: Start, http_of: HttpOf, tmp_path: Path
) -> None:
    options = ("--data-dir", tmp_path / "data", "--set-aside-damaged-records")
    first = await start(*options)
    async with http_of(first) as http:
        await printed(http, "print(1)")
    first.process.kill()
    await first.process.wait()
    async with http_of(await start(*options)) as http:
        assert len((await http.get(EXECUTIONS)).json()["executions"]) == 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        yield database


async def rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    return await database.do(lambda: list(database.execute(statement)))


async def full(database: Database, *, room: int = 0) -> None:
    """Let the file have room for so many more pages, as on a disk that is full."""
    await rows(database, "VACUUM")
    ((pages,),) = await rows(database, "PRAGMA page_count")
    assert isinstance(pages, int)
    await rows(database, f"PRAGMA max_page_count = {pages + room}")


def keeping(database: Database, name: str) -> Callable[[], None]:
    def keep() -> None:
        database.execute("INSERT INTO kept VALUES (?, ?)", (name, bytes(PAGE * 2)))

    return keep


KEPT = "CREATE TABLE kept (name TEXT PRIMARY KEY, data BLOB)"


async def test_a_change_that_can_never_be_made_keeps_no_other_waiting(tmp_path: Path) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        await rows(database, KEPT)
        await full(database)
        names = ("first", "first", "second")  # which can be there but once
        for number, name in enumerate(names):
            await database.eventually(str(number), keeping(database, name))
        assert await rows(database, "SELECT name FROM kept") == []
        await full(database, room=100)
    with closing(sqlite3.connect(tmp_path / "records.db")) as closed:
        assert closed.execute("SELECT name FROM kept").fetchall() == [("first",), ("second",)]


async def test_nothing_new_begins_while_what_has_happened_waits_to_be_written(
    database: Database,
) -> None:
    """So what waits in memory is never more than what had begun before."""
    records = InterpreterStore(database, IdempotencyKeys(database))
    await records.add_session(session("ses_1"))
    await rows(database, KEPT)
    await full(database, room=1)  # enough for a small record, not for what waits
    await database.eventually("large", keeping(database, "large"))
    with pytest.raises(Unusable, match="full"):
        await records.add_session(session("ses_2"))
    await full(database, room=100)
    await records.add_session(session("ses_2"))
    assert await rows(database, "SELECT name FROM kept") == [("large",)]


async def test_work_is_done_in_its_order_however_soon_its_callers_go(database: Database) -> None:
    held, done = threading.Event(), list[int]()
    waiting: list[asyncio.Future[None]] = []
    database.do(held.wait)
    waiting += [database.do(partial(done.append, number)) for number in range(100)]
    begun = time.monotonic()
    while time.monotonic() < begun + 0.2:  # the loop goes on, whatever keeps the disk
        await asyncio.sleep(0.01)
    assert not done
    for each in waiting[::2]:
        each.cancel()
    held.set()
    await waiting[-1]
    await database.do(lambda: None)
    assert done == list(range(100))


async def test_forgetting_a_key_late_never_lets_its_code_run_again(
    database: Database, tmp_path: Path
) -> None:
    """It is freed when nothing can be written; then the runtime dies, or the key is used again."""
    keys = IdempotencyKeys(database)
    records = InterpreterStore(database, keys)
    await records.add_session(session("ses_1"))
    await records.add_execution(execution("exec_1"), Claim("key", b"call", seen=0))
    await rows(database, "PRAGMA query_only = ON")  # as on a full disk
    await keys.forget("key", "exec_1")
    died = tmp_path / "died"
    died.mkdir()
    for file in tmp_path.glob("records.db*"):
        shutil.copy(file, died)
    with closing(Database(SqliteConnection(died / "records.db"))) as later:
        known = await IdempotencyKeys(later).claim(Claim("key", b"call", seen=0), recorded=True)
    assert known is not None
    assert known.execution_id == "exec_1"  # whose record says that it wasn't run

    def later_and_writable() -> None:
        database.execute("PRAGMA query_only = OFF")
        database.execute("UPDATE idempotency_keys SET created_at = 0")
        keys.keep_execution(Claim("key", b"call", seen=0), "exec_2")

    await database.do(later_and_writable)
    await records.add_session(session("ses_2"))  # not before what waited was written
    known = await keys.claim(Claim("key", b"call", seen=0), recorded=True)
    assert known is not None
    assert known.execution_id == "exec_2"


async def test_a_page_of_a_log_reads_no_more_than_the_page(database: Database) -> None:
    records = InterpreterStore(database, IdempotencyKeys(database))
    await records.add_session(session("ses_1"))
    ran = execution("exec_1")
    now = datetime.now(UTC)
    ran.outputs = [Output("stdout", str(n), None, now) for n in range(2)] * 5000
    await records.add_execution(ran)
    await records.finish_execution(ran)
    for number in range(100):
        await records.add_event("ses_1", "note", str(number))
    values = {"session": "ses_1", "created": 2**62, "kind": 0, "number": 0, "position": 0}
    values |= {"many": 51, "limit": 51, "offset": 0}
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    def count() -> int:
        assert isinstance(database._connection, SqliteConnection)
        file = database._connection._file
        file.set_progress_handler(step, 100)
        list(database.execute(LOG, values))
        file.set_progress_handler(None, 0)
        return steps

    assert await database.do(count) < 100  # of 100 instructions each; a sort of all takes thousands
    seen, after = list[str](), None
    while True:
        page = await records.logs("ses_1", limit=997, after=after)
        seen += [each.place for each in page.rows]
        if (after := page.next) is None:
            break
    assert len(seen) == len(set(seen)) == 10_100
    order = [tuple(map(int, each.split("."))) for each in seen]
    assert order == sorted(order, reverse=True)


def session(id: str) -> SessionRecord:
    return SessionRecord(id=id, language="python", created_at=datetime.now(UTC))


def execution(id: str) -> ExecutionRecord:
    return ExecutionRecord(
        id=id,
        session_id="ses_1",
        language="python",
        code="1",
        networking=False,
        timeout_seconds=1,
        created_at=datetime.now(UTC),
    )


async def test_short_work_waits_for_one_piece_of_long_work_at_most(tmp_path: Path) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        done: list[str] = []
        go_on = threading.Event()
        waiting = database.do(go_on.wait)
        asked = [database.do(partial(done.append, "long"), long=True) for _ in range(3)]
        asked += [database.do(partial(done.append, "short")) for _ in range(2)]
        go_on.set()
        await asyncio.gather(waiting, *asked)
    assert done == ["short", "short", "long", "long", "long"]


async def test_what_was_asked_for_is_done_before_the_records_are_closed(tmp_path: Path) -> None:
    database = Database(SqliteConnection(tmp_path / "records.db"))
    done: list[int] = []
    for number in range(100):
        database.do(partial(done.append, number), long=number % 2 == 0)
    database.close()
    assert sorted(done) == list(range(100))
