"""The records' file in the hands of others: locked, damaged, set aside."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from cognitora_local.database import VERSIONS, Database
from tests.runtime.conftest import EXECUTIONS, Process, Start, printed

HttpOf = Callable[[Process], httpx.AsyncClient]
PAGE = 4096


async def refused(start: Start, data: Path, *options: str) -> str:
    """The sentence by which a runtime doesn't start."""
    runtime = await start("--data-dir", data, *options, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 20) == 2
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
            "INSERT INTO sessions VALUES (?, 'python', 'ended', NULL, 1, '{}', 1, 1, 1, 1)",
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


async def test_a_change_that_can_never_be_made_keeps_no_other_waiting(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db")
    database.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, data BLOB)")
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")  # as on a full disk

    def keep(name: str) -> None:
        database.execute("INSERT INTO kept VALUES (?, ?)", (name, bytes(PAGE * 2)))

    for number, name in enumerate(("first", "first", "second")):  # which can be there but once
        database.surely(str(number), partial(keep, name))
    assert database.execute("SELECT name FROM kept").fetchall() == []
    database.execute(f"PRAGMA max_page_count = {pages + 100}")
    database.close()
    with closing(sqlite3.connect(tmp_path / "records.db")) as closed:
        assert closed.execute("SELECT name FROM kept").fetchall() == [("first",), ("second",)]
