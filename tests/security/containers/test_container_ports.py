"""Exposed ports of containers: they lead from this machine into one container, and nowhere else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.conftest import Service
from tests.security.containers.conftest import API, Tenant
from tests.security.test_network import KNOCK

PORT = 8766
GREET = f"""
if os.fork() == 0:
    listener = socket.create_server(("0.0.0.0", {PORT}))
    os.close(1), os.close(2)
    while True:
        listener.accept()[0].sendall(b"hello")
while tried(socket.create_connection, ("127.0.0.1", {PORT})) != "done":
    pass
print("serves")
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


def expose(tenant: Tenant, container_id: str, port: int = PORT) -> int:
    answer = tenant.http.put(f"{API}/containers/{container_id}/ports", params={"port": str(port)})
    assert answer.status_code == 200, answer.text
    host, _, number = answer.json()["address"].partition(":")
    assert host == "127.0.0.1"
    return int(number)


def greeted(number: int) -> bytes:
    with socket.create_connection(("127.0.0.1", number), timeout=30) as client:
        return client.recv(5, socket.MSG_WAITALL)


def test_anothers_port_is_out_of_reach(tenant: Tenant, cell: str, world: World) -> None:
    with (
        tenant.container(memoryMb=64) as served,
        tenant.container(memoryMb=64, networking=True) as networked,
    ):
        assert tenant.printed(served, GREET) == "serves"
        number = expose(tenant, served)
        assert greeted(number) == b"hello"  # the control
        addresses = {*world.addresses, "127.0.0.1", "0.0.0.0", "10.0.2.2", "10.0.2.3"}
        targets: list[Any] = [(address, number) for address in addresses]
        targets += [("::1", number), ("::ffff:127.0.0.1", number)]
        for container_id in (cell, networked):
            assert tenant.printed(container_id, KNOCK + f"print(reached({targets}))") == "[]"
        for address in world.addresses:
            if not address.startswith("127."):
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection((address, number), timeout=5)


def test_a_port_leads_to_its_container_and_not_to_this_machine(
    tenant: Tenant, service: Service, cell: str
) -> None:
    number = expose(tenant, cell, service.port)
    with pytest.raises(ConnectionResetError):
        greeted(number)
