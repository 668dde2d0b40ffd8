"""A runtime of the attackers' own, on all of this machine's addresses, and its other users."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import KEYS

API = "/api/v1/interpreter"
SECRET = f"secret-{secrets.token_hex(8)}"
"""In the runtime's environment, as other programs' secrets are."""

# What attacks begin with: `tried` says how an attempt ended.
PREFACE = """
import errno, os, signal, socket, sys
def tried(action, *arguments):
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, repr(error))
    return "done"
"""


class User:
    """A user of the runtime, by its HTTP interface."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def run(self, code: str, **more: Any) -> dict[str, Any]:
        """Run code, whatever becomes of it: `data` of the answer."""
        body = {"code": PREFACE + code, "networking": False, "timeout_seconds": 30, **more}
        if more.get("language", "python") != "python":
            body["code"] = code
        answer = self.http.post(f"{API}/execute", json=body)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data | {"errors": answer.json().get("errors") or []}

    def printed(self, code: str, **more: Any) -> str:
        """What code prints that ends well."""
        data = self.run(code, **more)
        assert data["status"] == "completed", data
        return text(data).strip()

    def open_session(self, **more: Any) -> str:
        answer = self.http.post(f"{API}/sessions", json={"networking": False, **more})
        assert answer.status_code == 200, answer.text
        session_id: str = answer.json()["data"]["session_id"]
        return session_id

    def close_session(self, session_id: str) -> None:
        assert self.http.delete(f"{API}/sessions/{session_id}").status_code == 200

    def upload(self, session_id: str, path: str, content: bytes) -> httpx.Response:
        url = f"{API}/sessions/{session_id}/files"
        headers = {"Content-Type": "application/octet-stream"}
        return self.http.put(url, params={"path": path}, content=content, headers=headers)

    def download(self, session_id: str, path: str) -> httpx.Response:
        return self.http.get(f"{API}/sessions/{session_id}/files", params={"path": path})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a runtime is, and a key of it."""

    base_url: str
    key: str

    def client(self, seconds: float) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=seconds)


@dataclass(frozen=True, slots=True)
class Service:
    """The runtime, as the machine it runs on sees it."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    data: Path

    @property
    def address(self) -> Address:
        return Address(f"http://127.0.0.1:{self.port}", self.key)

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def serve(folder: Path, data: Path, *options: str) -> Iterator[Service]:
    """Runs a runtime, which is to end as one should; its messages are in `folder`."""
    key = f"cgk_{secrets.token_hex(16)}"
    command = [sys.executable, "-P", "-m", "cognitora_local", "--host", "0.0.0.0", "--port", "0"]
    command += ["--data-dir", str(data), "--parent", str(os.getpid()), *options]
    environment = {**os.environ, "COGNITORA_LOCAL_API_KEY": key, "OTHERS_SECRET": SECRET}
    with (folder / "stderr").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
        assert line, (folder / "stderr").read_text()
        port = httpx.URL(json.loads(line)["base_url"]).port
        assert port is not None
        try:
            yield Service(process, port, key, data)
        finally:
            process.terminate()
            status = process.wait(timeout=30)
    assert status == 0, (folder / "stderr").read_text()[-2000:]


@contextmanager
def user_of(service: Service) -> Iterator[User]:
    with service.address.client(90) as http:
        yield User(http)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("security")
    with serve(folder, folder / "data") as service:
        yield service


@pytest.fixture(scope="session")
def attacked(request: pytest.FixtureRequest) -> Address:
    """That runtime, or the one of `--base-url`."""
    return address_of(request)


def address_of(request: pytest.FixtureRequest) -> Address:
    if elsewhere := request.config.getoption("--base-url"):
        return Address(elsewhere, KEYS[0])
    service: Service = request.getfixturevalue("service")
    return service.address


@pytest.fixture(scope="session")
def attacker(attacked: Address) -> Iterator[User]:
    with attacked.client(90) as http:
        yield User(http)


@pytest.fixture(scope="session")
def victim(attacked: Address) -> Iterator[User]:
    with attacked.client(90) as http:
        yield User(http)


@pytest.fixture(scope="session")
def neighbour(victim: User) -> Iterator[str]:
    """Another user's session, with a variable and a file that are nobody else's affair."""
    session_id = victim.open_session()
    assert victim.upload(session_id, "treasure.txt", b"a file of the neighbour's").is_success
    assert victim.printed("treasure = 'a variable'", session_id=session_id) == ""
    yield session_id
    victim.close_session(session_id)


@pytest.fixture(autouse=True)
def the_next_user_is_unharmed(attacker: User, victim: User, neighbour: str) -> Iterator[None]:
    """After each attack: the neighbour has all that was his, and a new user is served."""
    yield
    code = "print(treasure, '|', open('treasure.txt').read(), '|', sorted(os.listdir()))"
    assert victim.printed(code, session_id=neighbour) == (
        "a variable | a file of the neighbour's | ['treasure.txt']"
    )
    assert victim.download(neighbour, "treasure.txt").content == b"a file of the neighbour's"
    # A Python environment that lies under /tmp is shown there, and nothing else is.
    code = (
        "print(6 * 7, os.listdir('/work'), [f for f in os.listdir('/tmp') if f not in sys.prefix])"
    )
    assert victim.printed(code) == "42 [] []"


def text(data: dict[str, Any], kind: str = "stdout") -> str:
    return "".join(output["data"] for output in data["outputs"] if output["type"] == kind)
