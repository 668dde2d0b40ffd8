"""Accounts and keys that are made and revoked in the database while runtimes go on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora_local.accounts_database import accounts_of
from cognitora_local.store.accounts import AccountStore, NameTaken
from cognitora_local.store.connection import Connection, RecordsError
from tests.runtime.conftest import (
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
)
from tests.runtime.test_accounts import digest

As = Callable[[Process, str], httpx.AsyncClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The options that say where records are."""
    if request.param == "sqlite":
        return ["--data-dir", str(tmp_path / "data")]
    return ["--database", request.getfixturevalue("database_url")]


@pytest.fixture
async def http_as() -> AsyncIterator[As]:
    async with AsyncExitStack() as stack:
        made = []

        def make(runtime: Process, key: str) -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {key}"}
            made.append(
                httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers, timeout=90)
            )
            stack.push_async_callback(made[-1].aclose)
            return made[-1]

        yield make


async def tried(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cognitora_local", "accounts", *words]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)


async def told(*words: str, status: int = 0) -> list[dict[str, Any]]:
    """What the command tells."""
    done = await tried(*words)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def answered(http: httpx.AsyncClient, *statuses: int) -> httpx.Response:
    """Ask until it is answered with one of these: what is made and revoked elsewhere is known soon."""
    async with asyncio.timeout(60):
        while (answer := await http.get(SESSIONS)).status_code not in statuses:
            await asyncio.sleep(0.05)
    return answer


async def test_a_key_is_let_in_from_its_making_to_its_end(
    start: Start, http_as: As, place: list[str], tmp_path: Path
) -> None:
    await told("add", "before", *place)
    runtime = await start(*place, "--api-key", "cgk_operator", "--log-level", "debug")
    [made] = await told("add", "alice", "--max-sessions", "1", *place)
    [more] = await told("new-key", "alice", *place)
    alice, same = http_as(runtime, made["api_key"]), http_as(runtime, more["api_key"])
    await answered(alice, 200)
    await open_session(alice)
    refusal(await same.post(SESSIONS, json={}), 429, "too_many_sessions")
    operator = http_as(runtime, "cgk_operator")
    assert (await operator.get(SESSIONS)).json()["data"]["sessions"] == []
    session = (await alice.get(SESSIONS)).json()["data"]["sessions"][0]["session_id"]
    code = "print('begun', flush=True)\nwhile not __import__('os').path.exists('go'): pass\nprint('end')"
    streaming = alice.stream(
        "POST",
        "/api/v1/interpreter/execute",
        json={"code": code, "session_id": session},
        headers={"Accept": "text/event-stream"},
    )
    async with streaming as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if "begun" in line:
                break
        await told("revoke", made["id"], *place)
        refusal(await answered(alice, 401), 401, "invalid_api_key")
        put = await same.put(f"{SESSIONS}/{session}/files?path=go", content=b"")
        assert put.status_code == 200, put.text
        assert any("end" in line for line in [line async for line in lines])
    keys = await told("keys", "alice", *place)
    assert [each["revoked_at"] is None for each in keys] == [False, True]
    assert [(each["account"], each["keys"]) for each in await told("list", *place)] == [
        ("alice", 1),
        ("before", 1),
    ]
    for key in (made["api_key"], more["api_key"]):
        assert key not in runtime.log
        assert key not in json.dumps(await told("keys", *place))
        kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
        assert not any(key.encode() in each for each in kept)


async def test_what_an_account_has_is_kept_for_it(
    start: Start, http_as: As, place: list[str]
) -> None:
    [alice] = await told("add", "alice", *place)
    [bob] = await told("add", "bob", *place)
    for name in ("first", "then"):
        runtime = await start(*place)
        await answered(http := http_as(runtime, alice["api_key"]), 200)
        await answered(other := http_as(runtime, bob["api_key"]), 200)
        await printed(http, f"print('{name}')")
        assert (await other.get("/api/v1/interpreter/executions")).json()["executions"] == []
        found = (await http.get("/api/v1/interpreter/executions")).json()["executions"]
        await runtime.stop()
    assert len(found) == 2


async def test_the_file_says_what_an_account_may_that_is_in_both(
    start: Start, http_as: As, place: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(f'[alice]\napi_keys = ["{digest("cgk_of_the_file")}"]\nmax_sessions = 1\n')
    runtime = await start(*place, "--accounts", file)
    [made] = await told("add", "alice", "--max-sessions", "5", *place)
    ours, same = http_as(runtime, "cgk_of_the_file"), http_as(runtime, made["api_key"])
    await open_session(ours)
    sessions = (await answered(same, 200)).json()["data"]["sessions"]
    assert len(sessions) == 1
    refusal(await same.post(SESSIONS, json={}), 429, "too_many_sessions")


async def test_an_account_that_cant_be_served_here_is_told(
    start: Start, http_as: As, place: list[str]
) -> None:
    runtime = await start(*place)
    [made] = await told("add", "alice", "--namespace", "hers", *place)
    answer = await answered(http_as(runtime, made["api_key"]), 503)
    refusal(answer, 503, "account_not_ready")
    why = "The account alice can't be served yet. Its pods are to be in hers"
    async with asyncio.timeout(60):
        while why not in runtime.log:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "Alice"),
        ("add", "alice", "--namespace", "A"),
        ("new-key", "nobody"),
        ("revoke", "key_0"),
        ("add", "twice"),
    ],
)
async def test_what_cant_be_done_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = ("--data-dir", str(tmp_path / "data"))
    await told("add", "twice", *place)
    await told(*words, *place, status=1)
    assert len(await told("list", *place)) == len(await told("keys", *place)) == 1


@pytest.fixture
def connect_accounts(place: list[str], tmp_path: Path) -> Callable[[], Connection]:
    """Opens the same accounts, of each kind of database."""
    url = place[1] if place[0] == "--database" else None
    return lambda: accounts_of(url, tmp_path)


async def test_programs_at_once_make_an_account_once_and_a_key_each(place: list[str]) -> None:
    made = await asyncio.gather(*(tried("add", "alice", *place) for _ in range(4)))
    refused = [done.stderr for done in made if done.returncode]
    assert len(refused) == 3
    assert set(refused) == {"There is an account alice already. `new-key` makes it another key.\n"}
    more = await asyncio.gather(*(told("new-key", "alice", *place) for _ in range(4)))
    ids = {json.loads(done.stdout)["id"] for done in made if not done.returncode}
    ids |= {key["id"] for [key] in more}
    assert len(ids) == 5
    await asyncio.gather(*(told("revoke", id, *place) for id in ids for _ in range(2)))
    keys = await told("keys", *place)
    assert {key["id"] for key in keys if key["revoked_at"]} == ids


async def test_a_name_that_another_is_just_making_is_taken_once_that_has(database_url: str) -> None:
    with (
        closing(accounts_of(database_url, Path())) as first,
        closing(accounts_of(database_url, Path())) as other,
    ):
        with first.transaction():
            first.execute("INSERT INTO accounts VALUES ('alice', NULL, '{}', 0)")
            adding = asyncio.create_task(
                asyncio.to_thread(AccountStore(other).add, "alice", None, {}, b"digest")
            )
            await waits_for_a_lock(first)
        with pytest.raises(NameTaken):
            await adding
        assert AccountStore(other).api_keys() == []


async def waits_for_a_lock(connection: Connection) -> None:
    asked = "SELECT 1 FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(60):
        while not list(connection.execute(asked)):
            await asyncio.sleep(0.01)


def test_an_account_whose_key_cant_be_kept_is_not_made(
    connect_accounts: Callable[[], Connection],
) -> None:
    with closing(connect_accounts()) as connection:
        store = AccountStore(connection)
        store.add("alice", None, {}, b"the same")
        with pytest.raises(RecordsError):
            store.add("bob", None, {}, b"the same")
        assert [each.name for each in store.accounts()] == ["alice"]
        assert store.changes() == 1
