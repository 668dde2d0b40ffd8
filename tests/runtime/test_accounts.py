"""Accounts of one runtime: what one has is nobody else's, and nobody can tell that it is there."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cognitora_local.accounts import AccountsError, read
from cognitora_local.settings import Settings
from tests.runtime.conftest import EXECUTE, SESSIONS, Process, Start, open_session, printed, refusal

KEYS = {"alice": "cgk_of_alice", "bob": "cgk_of_bob"}
CONTAINERS = "/api/v1/compute/containers"
CONTRACT = yaml.load(
    (Path(__file__).parents[2] / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader
)

ANY_PARAMETERS = {"path": "x", "port": 80, "offset": 0}
BODIES: dict[str, Any] = {
    "update_session": {"timeout_seconds": 60},
    "update_container": {"timeout_seconds": 60},
    "change_session_file": {"mode": 0o600},
    "change_container_file": {"mode": 0o600},
    "make_session_folder": {"path": "x"},
    "make_container_folder": {"path": "x"},
    "move_session_file": {"source": "x", "target": "y"},
    "move_container_file": {"source": "x", "target": "y"},
    "set_session_egress": {"egress": []},
    "set_container_egress": {"egress": []},
    "execute_in_container": {"command": ["true"]},
    "start_session_process": {"command": ["true"]},
    "start_container_process": {"command": ["true"]},
    "signal_process": {"signal": "TERM"},
    "resize_process": {"rows": 24, "columns": 80},
}


def digest(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.toml"
    quotas = {"alice": "max_sessions = 2", "bob": ""}
    tables = [f'[{name}]\napi_keys = ["{digest(KEYS[name])}"]\n{quotas[name]}' for name in KEYS]
    file.write_text("\n".join(tables))
    return file


HttpFor = Callable[[Process, str], httpx.AsyncClient]


@pytest.fixture
async def http_for() -> AsyncIterator[HttpFor]:
    made: list[httpx.AsyncClient] = []

    def make(runtime: Process, name: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {KEYS[name]}"}
        made.append(
            httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers, timeout=90)
        )
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def test_what_one_has_is_not_there_for_others(
    start: Start, http_for: HttpFor, accounts: Path, images: list[str], container_store: Path
) -> None:
    store = ["--container-store", container_store]
    runtime = await start("--accounts", accounts, *images, *store)
    alice, bob = http_for(runtime, "alice"), http_for(runtime, "bob")
    ids = await everything(alice)
    await nothing_is_told(bob, ids)
    assert await printed(alice, "print(x)", session_id=ids["session_id"]) == "1\n"


async def nothing_is_told(bob: httpx.AsyncClient, ids: dict[str, str]) -> None:
    """Ask for another's with each operation: it isn't there, by the words for what never was."""
    for method, path, operation in operations():
        (name,) = re.findall(r"\{(\w+)\}", path)
        told = []
        for ident in (ids[name], re.sub("[0-9a-f]{8}$", "0" * 8, ids[name])):
            answer = await bob.request(
                method, path.replace(f"{{{name}}}", ident), **asked(operation)
            )
            assert answer.status_code == 404, (operation, answer.text)
            body = {key: value for key, value in answer.json().items() if key != "request_id"}
            told.append(json.dumps(body).replace(ident, "…"))
        assert told[0] == told[1], "it can be told that it is there"
    for path in (SESSIONS, "/api/v1/interpreter/executions", CONTAINERS):
        assert ids["execution_id"] not in (listed := (await bob.get(path)).text)
        assert ids["session_id"] not in listed
        assert ids["container_id"] not in listed
    code = {"code": "print(x)", "session_id": ids["session_id"]}
    refusal(await bob.post(EXECUTE, json=code), 404, "session_not_found")


async def everything(http: httpx.AsyncClient) -> dict[str, str]:
    """One of each, with what its path is called by."""
    session = await open_session(http)
    ran = await http.post(EXECUTE, json={"code": "x = 1", "session_id": session})
    begun = await http.post(f"{SESSIONS}/{session}/processes", json={"command": ["sleep", "1000"]})
    image = {"image": "docker.io/library/python:3.11", "persistent": True}
    limits = {"cpuCores": 0.5, "memoryMb": 128, "maxCostCredits": 10}
    container = await http.post(CONTAINERS, json={**image, **limits})
    assert container.is_success, container.text
    return {
        "session_id": session,
        "execution_id": ran.json()["data"]["execution_id"],
        "process_id": begun.json()["id"],
        "container_id": container.json()["id"],
    }


def operations() -> Iterator[tuple[str, str, str]]:
    """All that are about one thing, by their method, path and name."""
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if "{" in path and method != "parameters":
                yield method, path, operation["operationId"]


def asked(operation: str) -> dict[str, Any]:
    body = {"json": BODIES[operation]} if operation in BODIES else {"content": b""}
    return {"params": ANY_PARAMETERS, **(body if takes_body(operation) else {})}


def takes_body(operation: str) -> bool:
    return any(
        each["operationId"] == operation and "requestBody" in each
        for item in CONTRACT["paths"].values()
        for name, each in item.items()
        if name != "parameters"
    )


async def test_each_has_its_own_limits_and_idempotency_keys(
    start: Start, http_for: HttpFor, accounts: Path
) -> None:
    runtime = await start("--accounts", accounts, "--max-sessions", "3")
    alice, bob = http_for(runtime, "alice"), http_for(runtime, "bob")
    for http, most in ((alice, 2), (bob, 3)):
        for _ in range(most):
            await open_session(http)
        refused = await http.post(SESSIONS, json={})
        assert str(most) in refusal(refused, 429, "too_many_sessions")
    same = {"Idempotency-Key": "the-same"}
    ran = [
        await each.post(EXECUTE, json={"code": "1"}, headers=same) for each in (alice, bob, alice)
    ]
    first, other, again = (each.json()["data"]["execution_id"] for each in ran)
    assert again == first != other


async def test_records_are_kept_for_each(
    start: Start, http_for: HttpFor, accounts: Path, tmp_path: Path
) -> None:
    options = ("--accounts", accounts, "--data-dir", tmp_path / "data")
    runtime = await start(*options)
    await printed(http_for(runtime, "alice"), "print('alice')")
    await runtime.stop()
    runtime = await start(*options)
    listed = "/api/v1/interpreter/executions"
    assert "alice" in (await http_for(runtime, "alice").get(listed)).text
    assert (await http_for(runtime, "bob").get(listed)).json()["executions"] == []


async def test_without_a_key_of_the_start_there_is_no_account_but_those(
    start: Start, http_for: HttpFor, accounts: Path
) -> None:
    runtime = await start("--accounts", accounts)
    assert "api_key" not in runtime.ready
    assert (await http_for(runtime, "alice").get("/metrics")).status_code == 404
    async with httpx.AsyncClient(base_url=runtime.ready["base_url"]) as http:
        wrong = {"Authorization": f"Bearer {digest(KEYS['alice'])}"}
        refusal(await http.get(SESSIONS, headers=wrong), 401, "invalid_api_key")


async def test_an_account_of_the_start_is_there_beside_them(
    start: Start, http_for: HttpFor, accounts: Path
) -> None:
    runtime = await start("--accounts", accounts, "--api-key", "cgk_operator", "--metrics")
    await open_session(http_for(runtime, "alice"))
    headers = {"Authorization": "Bearer cgk_operator"}
    async with httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers) as http:
        assert (await http.get(SESSIONS)).json()["data"]["sessions"] == []
        metrics = (await http.get("/metrics")).text
    assert 'cognitora_sessions{account="alice"} 1.0' in metrics
    assert (await http_for(runtime, "alice").get("/metrics")).status_code == 404


async def test_a_key_in_common_is_refused(start: Start, accounts: Path) -> None:
    runtime = await start("--accounts", accounts, "--api-key", KEYS["bob"], ready=False)
    assert await runtime.process.wait() == 125
    assert "bob and the account of --api-key have an API key in common." in runtime.log
    assert KEYS["bob"] not in runtime.log


def test_a_new_key_is_said_with_what_to_write_of_it() -> None:
    command = [sys.executable, "-m", "cognitora_local", "--new-api-key"]
    made = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert made["api_key"].startswith("cgk_local_")
    assert made["digest"] == digest(made["api_key"])


SOME = f'api_keys = ["{digest("some")}"]'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "There is no account in"),
        ("[alice", "no TOML"),
        ("[Alice]", "'Alice' is no name of an account"),
        ('["../alice"]', "is no name of an account"),
        ("alice = 1", "alice must be a table"),
        ("[alice]", "alice needs api_keys"),
        ("[alice]\napi_keys = []", "alice needs api_keys"),
        ('[alice]\napi_keys = "sha256:0"', "alice needs api_keys"),
        ('[alice]\napi_keys = ["cgk_secret"]', "Keys themselves don't belong into the file"),
        (f"[alice]\n{SOME}\nmax_session = 1", "'max_session'; there are api_keys, max_running"),
        (f"[alice]\n{SOME}\nmax_sessions = 0", "max_sessions of alice must be a whole number"),
        (f"[alice]\n{SOME}\nmax_sessions = true", "max_sessions of alice must be a whole number"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(text)
    with pytest.raises(AccountsError) as raised:
        read(file, Settings())
    assert why in str(raised.value)
    assert str(file) in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match="can't be read: No such file or directory"):
        read(tmp_path / "none", Settings())


def test_the_accounts_of_the_page_can_be_used(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "local-runtime.md").read_text()
    found = re.search(r"^```toml\n(.*?)^```", page, re.M | re.S)
    assert found
    (tmp_path / "accounts.toml").write_text(found[1])
    names = [account.name for account in read(tmp_path / "accounts.toml", Settings())]
    assert names == ["alice", "bob"]
