"""Records come back from the database as they were written, field by field."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cognitora_local.kernel import Output
from cognitora_local.kernel.bundles import Bundle
from cognitora_local.store.containers import ContainerStore
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys, StoredKey
from cognitora_local.store.interpreter import InterpreterStore
from cognitora_local.store.models import (
    CommandRecord,
    ContainerRecord,
    ExecutionRecord,
    SessionRecord,
)
from cognitora_local.store.program_outputs import Piece, ProgramOutputs
from cognitora_local.store.schema import VERSIONS
from cognitora_local.store.sqlite import SqliteConnection
from cognitora_local.untrusted_json import RawJson

NOW = datetime(2030, 1, 31, 12, 0, 0, 123457, tzinfo=UTC)

SESSION = SessionRecord("ses_1", "python", NOW)
EXECUTION = ExecutionRecord("exec_1", "ses_1", "python", "x", True, 1.5, NOW)
CONTAINER = ContainerRecord("ctr_1", "image", None, False, 0.5, 64, None, 0, True, 5, NOW)
COMMAND = CommandRecord("exec_2", "ctr_1", ["a", "ü"], NOW)

LATER = [NOW + timedelta(microseconds=number) for number in range(3)]
FULL_SESSION = SessionRecord(
    *("ses_1", "python", NOW, LATER[0], 60, {"cpu_cores": 1.5, "storage_gb": None}, True),
    *("expired", "why", LATER[1]),
    metadata={"a": "b"},
    term=2,
    address="address",
    environment={"C": "d"},
    egress=["e"],
)
FULL_EXECUTION = replace(
    EXECUTION,
    uploaded_files=["a", "b/c"],
    status="completed",
    errors=["one", "two"],
    execution_time_ms=3,
    cpu_time_ms=2,
    peak_memory_mb=1.25,
)
FULL_CONTAINER = ContainerRecord(
    *("ctr_1", "image", ["sh", "-c", ""], True, 0.5, 64, 2.5, 1, False, 5, NOW, 60, LATER[0]),
    *("FAILED", "why", 0, 0, LATER[1], LATER[2]),
)
FULL_COMMAND = CommandRecord(
    *("exec_2", "ctr_1", ["a"], NOW, True, "engine", 2, "FAILED", "why", 0, LATER[1], LATER[2]),
)


def test_the_full_records_have_all() -> None:
    for record in (FULL_SESSION, FULL_CONTAINER, FULL_COMMAND):
        assert all(getattr(record, each.name) is not None for each in fields(record))


@pytest.mark.parametrize("session", [SESSION, FULL_SESSION])
async def test_sessions(database: Database, session: SessionRecord) -> None:
    records = InterpreterStore(database, IdempotencyKeys(database))
    await records.add_session(session)
    assert await records.session("ses_1") == session
    ended = replace(session)
    await records.end_session(ended, "deleted", "gone")
    assert await records.session("ses_1") == ended
    assert await records.active_sessions() == []


async def test_executions(database: Database) -> None:
    records = InterpreterStore(database, IdempotencyKeys(database))
    await records.add_session(SESSION)
    await records.add_execution(EXECUTION)
    assert await records.execution("exec_1") == EXECUTION
    ended = replace(FULL_EXECUTION)
    await records.finish_execution(ended)
    assert await records.execution("exec_1") == ended


async def test_outputs(database: Database) -> None:
    """Text of any length is one output, and others of the same stream stay others."""
    records = InterpreterStore(database, IdempotencyKeys(database))
    await records.add_session(SESSION)
    await records.add_execution(EXECUTION)
    bundle: Bundle = {"text/plain": "a", "x/y+json": RawJson('{"b": [1e2]}')}
    outputs = [
        Output("stdout", "ü" * 200_000, None, LATER[0]),
        Output("stdout", "another", None, LATER[1]),
        Output("display_data", bundle, None, LATER[1], RawJson('{"c": 1}'), "display"),
        Output("stderr", "", None, LATER[2]),
        Output("execution_result", "a", bundle, LATER[2]),
    ]
    await records.finish_execution(replace(FULL_EXECUTION, outputs=outputs))
    found = await records.execution("exec_1")
    assert found is not None
    assert found.outputs == outputs
    (listed,) = (await records.executions(limit=2)).rows
    assert listed.outputs == outputs


@pytest.mark.parametrize(
    ("container", "command"), [(CONTAINER, COMMAND), (FULL_CONTAINER, FULL_COMMAND)]
)
async def test_containers_and_commands(
    database: Database, container: ContainerRecord, command: CommandRecord
) -> None:
    records = ContainerStore(database, IdempotencyKeys(database))
    await records.add_container(container, command)
    assert await records.container("ctr_1") == container
    assert await records.command("exec_2") == command
    container = replace(container, status="TIMEOUT", exit_code=7, timeout_seconds=9)
    command = replace(command, status="CANCELLED", files_uploaded=3, completed_at=LATER[0])
    await records.update_container(container, [command])
    assert await records.unsettled_containers() == [container]
    assert (await records.commands(container_id="ctr_1", limit=2)).rows == [command]
    await records.mark_removed("ctr_1")
    assert await records.unsettled_containers() == []


PIECES = [Piece(0, "stdout", b"abc"), Piece(3, "stderr", b"\xffef"), Piece(6, "stdout", b"g")]


async def test_what_programs_print(database: Database) -> None:
    outputs = ProgramOutputs(database)
    said = Piece(7, "runtime", b"!")
    for piece in (*PIECES, said):
        await outputs.add("exec_1", piece)
    await outputs.add("proc_1", Piece(0, "stdout", b"another's"))
    assert await outputs.read("exec_1") == [*PIECES, said]
    assert await outputs.read("exec_1", 4, pieces=1) == [Piece(4, "stderr", b"ef")]
    assert await outputs.read("exec_1", 6) == [PIECES[2], said]
    assert await outputs.read("exec_1", 8) == []
    assert [await outputs.kept(each) for each in ("exec_1", "exec_2")] == [(8, 7), (0, 0)]


async def test_text_of_any_characters(database: Database) -> None:
    records = InterpreterStore(database, IdempotencyKeys(database))
    text = "a\0b\x10c\x10zd\x10pe?:name%s"
    await records.add_session(replace(SESSION, metadata={"a": text}))
    await records.add_execution(replace(EXECUTION, code=text))
    found = await records.execution("exec_1")
    assert found is not None
    assert found.code == text
    await records.add_event("ses_1", "note", text)
    assert [each.message for each in (await records.logs("ses_1", limit=5)).rows] == [text]
    session = await records.session("ses_1")
    assert session is not None
    assert session.metadata == {"a": text}


async def test_lists_are_filtered_and_paged(database: Database) -> None:
    records = ContainerStore(database, IdempotencyKeys(database))
    ids = [f"ctr_{n}" for n in range(5)]
    for n, id in enumerate(ids):
        labels = {"team": "a" if n % 2 else "b"}
        await records.add_container(replace(CONTAINER, id=id, metadata=labels), None)
    page = await records.containers(limit=2)
    assert ([each.id for each in page.rows], page.next) == (["ctr_4", "ctr_3"], "ctr_3")
    page = await records.containers(limit=3, after=page.next)
    assert ([each.id for each in page.rows], page.next) == (["ctr_2", "ctr_1", "ctr_0"], None)
    found = await records.containers(metadata={"team": "a"}, status="pending", limit=9)
    assert [each.id for each in found.rows] == ["ctr_3", "ctr_1"]
    assert (await records.containers(metadata={"team": "c"}, limit=9)).rows == []


async def test_a_key_is_what_its_last_use_has_made_of_it(database: Database) -> None:
    keys = IdempotencyKeys(database)
    await keys.keep_response("key", b"call", 200, b"first")
    await keys.keep_response("key", b"call", 201, b"\0second")
    assert await keys.claim(Claim("key", b"call", seen=0), recorded=True) == StoredKey(
        b"call", None, 201, b"\0second"
    )
    assert await keys.claim(Claim("other", b"call", seen=0), recorded=True) is None


async def test_what_programs_printed_under_older_runtimes_is_kept(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as older:
        older.executescript(f"{''.join(VERSIONS[:9])} PRAGMA user_version = 9")
        for number, (table, program) in enumerate(
            (("commands", "exec_1"), ("processes", "proc_1"))
        ):
            names = [row[1] for row in older.execute(f"PRAGMA table_info({table})") if row[3]]
            chosen = ", ".join(("number", *names))
            values = {"id": program, "container_id": "ctr_1", "command": "[]"}
            row = [number + 7, *(values.get(name, 0) for name in names)]
            older.execute(f"INSERT INTO {table} ({chosen}) VALUES ({'?, ' * len(names)} ?)", row)
        for position, stream, data in PIECES:
            statement = (
                "INSERT INTO printed (command_number, position, stream, data) VALUES (7, ?, ?, ?)"
            )
            older.execute(statement, (position, stream, data))
            older.execute(
                "INSERT INTO process_outputs VALUES (8, ?, ?, ?)", (position, stream, data)
            )
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        outputs = ProgramOutputs(database)
        assert await outputs.read("exec_1") == PIECES
        assert await outputs.read("proc_1") == PIECES
