"""What sessions and one-shots may reach, by the API: said at the start, changed meanwhile, told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora_local.sandbox import Refusal, namespace
from cognitora_local.sandbox.refusals import added
from tests.runtime.conftest import (
    EXECUTE,
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    until,
)
from tests.sandbox import world as worlds
from tests.sandbox.world import World

REACHED = """
import socket
def reached(host, port=80):
    try:
        with socket.create_connection((host, port), timeout=10) as client:
            return client.recv(5, socket.MSG_WAITALL) == b"hello"
    except OSError:
        return False
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The outside, whose name server this machine asks."""
    with worlds.world() as built:
        resolver = tmp_path_factory.mktemp("world") / "resolv.conf"
        resolver.write_text(f"nameserver {worlds.OUTSIDE}\n")
        etc = Path("/etc/resolv.conf").resolve()
        namespace.enter_private()
        namespace.bind(resolver, etc)
        yield built
        namespace.unmount(etc)


@pytest.fixture
async def http(world: World, start: Start, http_of: Any) -> Any:
    """A client of a runtime that was started in this world."""
    runtime: Process = await start()
    async with http_of(runtime) as made:
        yield made


async def egress_of(http: httpx.AsyncClient, session: str) -> dict[str, Any]:
    answer = await http.get(f"{SESSIONS}/{session}/egress")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change(http: httpx.AsyncClient, session: str, *rules: str) -> dict[str, Any]:
    answer = await http.put(f"{SESSIONS}/{session}/egress", json={"egress": rules})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_one_shot_reaches_what_it_is_let(http: httpx.AsyncClient) -> None:
    code = REACHED + "print(reached('outside.test'), reached('other.test'))"
    options = {"networking": True, "egress": ["outside.test:80"]}
    assert await printed(http, code, **options) == "True False\n"
    assert await printed(http, code, networking=True) == "True True\n"
    executions = (await http.get("/api/v1/interpreter/executions")).json()["executions"]
    logs = (await http.get(f"{SESSIONS}/{executions[1]['session_id']}/logs")).json()["data"]["logs"]
    refused = [each for each in logs if each["type"] == "egress_refused"]
    assert [each["execution_id"] for each in refused] == [executions[1]["id"]]
    assert "other.test" in refused[0]["message"]


async def test_a_session_reaches_what_it_is_let(http: httpx.AsyncClient) -> None:
    session = await open_session(http, networking=True, egress=["outside.test:80"])
    code = REACHED + "print(reached('outside.test'), reached('other.test'))"
    assert await printed(http, code, networking=True, session_id=session) == "True False\n"
    assert await printed(http, code, networking=False, session_id=session) == "False False\n"
    found = await egress_of(http, session)
    assert found["egress"] == ["outside.test:80"]
    assert [(each["protocol"], each["target"]) for each in found["refused"]] == [
        ("dns", "other.test")
    ]
    own = {"egress": ["other.test"], "session_id": session, "networking": True}
    assert await printed(http, code, **own) == "False True\n"
    assert (await change(http, session, "other.test"))["egress"] == ["other.test"]
    assert await printed(http, code, networking=True, session_id=session) == "False True\n"


async def test_a_list_holds_at_once_for_what_runs(http: httpx.AsyncClient) -> None:
    """Also where there was none before."""
    session = await open_session(http, networking=True)
    code = (
        REACHED
        + """
import pathlib, time
assert reached("outside.test")
pathlib.Path("begun").touch()
while not pathlib.Path("changed").exists():
    time.sleep(0.01)
print(reached("outside.test"), reached("other.test"))
"""
    )
    running = asyncio.create_task(printed(http, code, networking=True, session_id=session))
    files = f"{SESSIONS}/{session}/files"

    async def has_begun() -> bool:
        return (await http.get(files, params={"path": "begun"})).status_code == 200

    await until(has_begun)
    await change(http, session, "other.test")
    headers = {"Content-Type": "application/octet-stream"}
    await http.put(files, params={"path": "changed"}, content=b"", headers=headers)
    assert await running == "False True\n"


async def test_between_executions_nothing_is_reached(http: httpx.AsyncClient, world: World) -> None:
    session = await open_session(http, networking=True, egress=["outside.test"])
    code = (
        REACHED
        + """
import threading
tries = 0
def go_on():
    global tries
    while True:
        reached("outside.test")
        tries += 1
threading.Thread(target=go_on, daemon=True).start()
while not tries:
    pass
"""
    )
    await printed(http, code, networking=True, session_id=session)
    await change(http, session, "outside.test:80")
    before = world.packets_sent(paused=True)
    await asyncio.sleep(0.3)
    assert world.packets_sent(paused=True) == before
    shown = "before = tries\nwhile tries == before: pass\nprint('on')"
    assert await printed(http, shown, networking=True, session_id=session) == "on\n"


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        (["pypi.org:0"], "`egress[0]`"),
        (["pypi.org", "10.0.0.0/33"], "`egress[1]`"),
        (["10.0.0.1/8"], "host bits"),
        (["300.1.1.1"], "no address"),
        (["a..b"], "no host name"),
        (["*"], "no host name"),
        (["https://pypi.org"], "with a port"),
        (["x:90-80"], "the lower one first"),
        (["::1"], "`egress[0]`"),
    ],
)
async def test_what_is_no_list_is_refused(
    http: httpx.AsyncClient, rules: list[str], wrong: str
) -> None:
    body = {"code": "1", "networking": True, "egress": rules}
    sentence = refusal(await http.post(EXECUTE, json=body), 400, "invalid_request")
    assert wrong in sentence
    refusal(await http.post(SESSIONS, json={"egress": rules}), 400, "invalid_request")


async def test_a_list_without_networking_is_refused(http: httpx.AsyncClient) -> None:
    body = {"code": "1", "networking": False, "egress": []}
    assert "`networking`" in refusal(await http.post(EXECUTE, json=body), 400, "invalid_request")


async def test_without_nftables_a_list_is_refused_and_nothing_is_run_without(
    world: World, start: Start, http_of: Any, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing"
    empty.touch()
    nft = Path("/usr/sbin/nft").resolve()
    namespace.bind(empty, nft)  # it is no program then
    try:
        async with http_of(await start()) as http:
            body = {"code": "print(1)", "networking": True, "egress": []}
            answer = await http.post(EXECUTE, json=body)
            sentence = refusal(answer, 503, "sandbox_unavailable")
            assert "apt install nftables" in sentence
            answer = await http.post(SESSIONS, json={"egress": []})
            refusal(answer, 503, "sandbox_unavailable")
            session = await open_session(http, networking=True)
            answer = await http.put(f"{SESSIONS}/{session}/egress", json={"egress": []})
            refusal(answer, 503, "sandbox_unavailable")
            assert await printed(http, "print(1)", networking=True) == "1\n"
    finally:
        namespace.unmount(nft)


async def test_a_session_that_isnt_there_has_no_list(http: httpx.AsyncClient) -> None:
    url = f"{SESSIONS}/ses_none/egress"
    refusal(await http.get(url), 404, "session_not_found")
    refusal(await http.put(url, json={"egress": []}), 404, "session_not_found")


async def test_what_waited_while_the_way_was_shut_is_held_to_the_new_list(
    http: httpx.AsyncClient, world: World
) -> None:
    session = await open_session(http, networking=True, egress=["outside.test"])
    code = (
        REACHED
        + """
import threading
address = socket.gethostbyname("outside.test")
results = []
def go_on():
    while True:
        results.append(reached(address))
threads = [threading.Thread(target=go_on, daemon=True) for _ in range(8)]
[thread.start() for thread in threads]
while not any(results):
    pass
"""
    )
    await printed(http, code, networking=True, session_id=session)
    world.packets_sent(paused=True)  # all that was begun is over
    await change(http, session, "other.test:81")
    shown = """
results.clear()
while len(results) < 50:
    pass
print(sum(results[8:]))  # of each thread one may have been told already
"""
    assert await printed(http, shown, networking=True, session_id=session) == "0\n"


def test_an_execution_is_told_how_often_it_was_refused_itself() -> None:
    before = [Refusal("tcp", "192.0.2.1", 80, 5), Refusal("dns", "other.test", None, 1)]
    after = [Refusal("tcp", "192.0.2.1", 80, 7), Refusal("dns", "other.test", None, 1)]
    other = Refusal("tcp", "192.0.2.1", 81, 1)
    assert added(before, [*after, other]) == [Refusal("tcp", "192.0.2.1", 80, 2), other]
