"""A runtime whose containers attack it, each other and the machine; and a neighbour among them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.engines import EngineUnderTest
from tests.security.conftest import PREFACE, Address, Service, address_of, serve

API = "/api/v1/compute"
FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}


class Tenant:
    """A user of the runtime's containers, by its HTTP interface."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def create(self, *command: str, **more: Any) -> str:
        """A new container; its id."""
        body = {
            "image": "python:3.11",
            "cpuCores": 1,
            "memoryMb": 128,
            "storageGb": 0.1,
            "maxCostCredits": 50,
            **({"command": list(command)} if command else {"persistent": True}),
            **more,
        }
        answer = self.http.post(f"{API}/containers", json=body)
        assert answer.status_code == 201, answer.text
        container_id: str = answer.json()["id"]
        return container_id

    @contextmanager
    def container(self, **more: Any) -> Iterator[str]:
        """A container that stays up for the length of the block."""
        container_id = self.create(**more)
        try:
            yield container_id
        finally:
            assert self.http.delete(f"{API}/containers/{container_id}").status_code == 200

    def get(self, container_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"{API}/containers/{container_id}").json()
        return found

    def ended(self, container_id: str) -> dict[str, Any]:
        found: dict[str, Any] = {"status": "PENDING"}
        while found["status"] not in FINAL:
            query = {"wait_seconds": "30"}
            found = self.http.get(f"{API}/containers/{container_id}", params=query).json()
        return found

    def once(self, *command: str, **more: Any) -> tuple[dict[str, Any], str]:
        """A one-shot, from its start to its end: how it ended, and its logs."""
        container_id = self.create(*command, **more)
        found = self.ended(container_id)
        logs: str = self.http.get(f"{API}/containers/{container_id}/logs").json()["logs"]
        return found, logs

    def run(self, container_id: str, *command: str, **more: Any) -> dict[str, Any]:
        """Run a command, whatever becomes of it."""
        body = {"command": list(command), "timeout_seconds": 30, **more}
        answer = self.http.post(f"{API}/containers/{container_id}/exec", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def code(self, container_id: str, code: str, **more: Any) -> dict[str, Any]:
        return self.run(container_id, "python3", "-c", PREFACE + code, **more)

    def printed(self, container_id: str, code: str, **more: Any) -> str:
        """What Python code prints that ends well."""
        found = self.code(container_id, code, **more)
        assert found["status"] == "COMPLETED", found
        text: str = found["output"]
        return text.strip()

    def upload(self, container_id: str, path: str, content: Any) -> httpx.Response:
        url = f"{API}/containers/{container_id}/files"
        headers = {"Content-Type": "application/octet-stream"}
        return self.http.put(url, params={"path": path}, content=content, headers=headers)

    def download(self, container_id: str, path: str) -> httpx.Response:
        return self.http.get(f"{API}/containers/{container_id}/files", params={"path": path})


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, engine: EngineUnderTest) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp(f"security-{engine.name}")
    with serve(folder, folder / "data", *engine.arguments) as service:
        yield service


@pytest.fixture(scope="session")
def attacked(request: pytest.FixtureRequest, engine: EngineUnderTest) -> Address:
    """That runtime, or the one of `--base-url`."""
    return address_of(request)


@pytest.fixture(scope="session")
def tenant(attacked: Address) -> Iterator[Tenant]:
    with attacked.client(120) as http:
        yield Tenant(http)


@pytest.fixture(scope="session")
def cell(tenant: Tenant) -> Iterator[str]:
    """The attackers' container, for attacks that it survives."""
    with tenant.container() as container_id:
        yield container_id


@pytest.fixture(scope="session")
def neighbour_container(tenant: Tenant) -> Iterator[str]:
    """Another user's container, with a file that is nobody else's affair."""
    with tenant.container(memoryMb=64, networking=True) as container_id:
        assert tenant.upload(container_id, "treasure.txt", b"the neighbour's").is_success
        yield container_id


@pytest.fixture(autouse=True)
def the_next_user_is_unharmed(tenant: Tenant, neighbour_container: str) -> Iterator[None]:
    """After each attack: the neighbour's container is as it was, and runs commands at once."""
    yield
    began = time.monotonic()
    found = tenant.run(neighbour_container, "cat", "treasure.txt")
    assert (found["status"], found["output"]) == ("COMPLETED", "the neighbour's"), found
    assert time.monotonic() - began < 10
