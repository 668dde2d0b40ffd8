"""Attacks over the network: on this machine with networking on, on anybody with it off."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator

import pytest

from tests.processes import children, with_arguments
from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.conftest import Service
from tests.security.containers.conftest import Tenant
from tests.security.test_network import KNOCK


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


@pytest.fixture(scope="module")
def networked(tenant: Tenant, world: World) -> Iterator[str]:
    with tenant.container(networking=True) as container_id:
        yield container_id


def test_there_is_no_network_unless_it_is_asked_for(
    tenant: Tenant, cell: str, networked: str, world: World
) -> None:
    code = (
        KNOCK
        + f"""
print("reached" if reached([("{worlds.OUTSIDE}", 80)]) else "nothing")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    tried(sender.sendto, b"x", ("{worlds.OUTSIDE}", 9))
print(sorted(os.listdir("/sys/class/net")))
"""
    )
    assert tenant.printed(networked, code) == "reached\n['lo', 'tap0']"
    sent = world.packets_sent()
    assert tenant.printed(cell, code) == "nothing\n['lo']"
    found, logs = tenant.once("python3", "-c", "import os; print(os.listdir('/sys/class/net'))")
    assert (found["status"], logs) == ("COMPLETED", "['lo']\n")
    assert world.packets_sent() == sent


def test_with_networking_this_machine_and_the_runtime_are_out_of_reach(
    service: Service, tenant: Tenant, networked: str, world: World
) -> None:
    outside = (worlds.OUTSIDE, 80)
    addresses = {*world.addresses, "127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.2.2", "10.0.2.3"}
    ours = [(address, port) for address in addresses for port in (world.port, service.port)]
    for address in world.addresses:  # the control: from this machine each is reached
        socket.create_connection((address, service.port), timeout=5).close()
    ours += [("::1", service.port), (f"::ffff:{worlds.HERE}", service.port)]
    ours += [("169.254.169.254", 80)]

    world.visitors()
    code = KNOCK + f"print(reached({[outside, *ours]}))"
    assert tenant.printed(networked, code) == f"[{outside}]"
    assert world.visitors() == 0


def test_its_routes_cant_be_changed(tenant: Tenant, networked: str) -> None:
    code = """
import fcntl
SIOCADDRT, SIOCDELRT = 0x890B, 0x890C
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
    print(*[tried(fcntl.ioctl, any, request, bytes(120)) for request in (SIOCADDRT, SIOCDELRT)])
"""
    assert tenant.printed(networked, code) == "EPERM EPERM"


def test_connections_take_no_more_of_the_machine_than_is_allowed(
    service: Service, tenant: Tenant, networked: str, world: World
) -> None:
    code = f"""
import time
held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3000)]
for each in held:
    tried(each.sendto, b"x", ("{worlds.OUTSIDE}", 9))
print(len(held))
"""
    assert tenant.printed(networked, code) == "3000"
    until = time.monotonic() + 60  # what was sent may have yet to be looked at
    while (most := max(map(descriptors, ways_out(service)))) <= 500 and time.monotonic() < until:
        time.sleep(0.01)
    assert 500 < most <= 1024


def ways_out(service: Service) -> list[int]:
    """The runtime's processes that make containers' connections."""
    started = children(service.process.pid)
    return [way_out.pid for way_out in with_arguments("slirp4netns") if way_out in started]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_containers_dont_reach_each_other(
    tenant: Tenant, networked: str, neighbour_container: str
) -> None:
    serve = """
if os.fork() == 0:
    listener = socket.create_server(("0.0.0.0", 8765))
    abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0neighbour"); abstract.listen()
    os.close(1), os.close(2)
    signal.pause()
import time
while tried(socket.create_connection, ("127.0.0.1", 8765)) != "done":
    time.sleep(0.01)
print("serves")
"""
    assert tenant.printed(neighbour_container, serve) == "serves"
    code = (
        KNOCK
        + """
print(reached([("127.0.0.1", 8765), ("10.0.2.100", 8765)]),
      tried(socket.socket(socket.AF_UNIX).connect, "\\0neighbour"))
"""
    )
    assert tenant.printed(networked, code) == "[] ECONNREFUSED"


def test_unix_sockets_of_the_machine_are_out_of_reach(
    tenant: Tenant, cell: str, networked: str
) -> None:
    name = f"\0cognitora-test-{secrets.token_hex(4)}"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as control:
        server.bind(name)
        server.listen()
        control.connect(name)
        for container_id in (cell, networked):
            code = f"print(tried(socket.socket(socket.AF_UNIX).connect, {name!r}))"
            assert tenant.printed(container_id, code) == "ECONNREFUSED"
