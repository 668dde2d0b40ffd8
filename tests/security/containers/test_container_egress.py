"""Attacks of a container's root on the list of what it may reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.containers.conftest import API, Tenant
from tests.security.test_egress import TOOLS


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


@pytest.fixture(scope="module")
def held(tenant: Tenant, world: World) -> Iterator[str]:
    with tenant.container(networking=True, egress=[f"{worlds.OUTSIDE}:80"]) as container_id:
        yield container_id


def test_what_is_listed_is_reached_and_nothing_else(
    tenant: Tenant, held: str, world: World
) -> None:
    targets = [(worlds.OUTSIDE, 81), (worlds.HERE, world.port), ("10.0.2.2", 22)]
    code = f"""
print(tried(greeting, ("{worlds.OUTSIDE}", 80)), {{tried(greeting, each) for each in {targets}}},
      sorted(os.listdir("/sys/class/net")))
"""
    world.visitors()
    assert tenant.printed(held, TOOLS + code) == "done {'ECONNRESET'} ['lo']"
    assert world.visitors() == 0


def test_raw_packets_and_pings_lead_nowhere(tenant: Tenant, held: str, world: World) -> None:
    """A container's root may send them."""
    before = world.packets_sent()
    code = f"""
def ping():
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.settimeout(1)
        raw.sendto(b"\\x08\\0\\xf7\\xff\\0\\0\\0\\0", ("{worlds.OUTSIDE}", 0))
        raw.recv(100)
def forged():
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        header = struct.pack("!BBHHHBBH4s4s", 69, 0, 40, 1, 0, 64, 6, 0,
                             socket.inet_aton("{worlds.HERE}"), socket.inet_aton("{worlds.OUTSIDE}"))
        for _ in range(10):
            raw.sendto(header + struct.pack("!HHLLBBHHH", 1234, 80, 1, 0, 80, 2, 1000, 0, 0),
                       ("{worlds.OUTSIDE}", 0))
def datagram(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("{worlds.OUTSIDE}", port))
        client.send(b"x")
print(tried(ping) != "done", tried(datagram, 53) != "done", tried(datagram, 443) != "done")
tried(forged)
"""
    assert tenant.printed(held, TOOLS + code) == "True True True"
    assert world.packets_sent() == before


def test_root_cant_change_it(tenant: Tenant, held: str) -> None:
    code = """
import fcntl
def netlink(kind):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, kind).close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
    print(*[tried(fcntl.ioctl, any, request, bytes(120)) for request in (0x890B, 0x890C)])
print(*[tried(netlink, kind) for kind in (0, 12)])
print(tried(os.unshare, 0x40000000) if hasattr(os, "unshare") else "EPERM")
"""
    routes, netlinks, unshared = tenant.printed(held, code).splitlines()
    assert routes == "EPERM EPERM"
    assert set(netlinks.split()) <= {"EAFNOSUPPORT", "EPERM"}
    assert unshared == "EPERM"


def test_a_list_that_is_emptied_lets_out_nothing(tenant: Tenant, world: World) -> None:
    with tenant.container(networking=True) as container_id:
        code = TOOLS + f"print(tried(greeting, ('{worlds.OUTSIDE}', 80)))"
        assert tenant.printed(container_id, code) == "done"
        answer = tenant.http.put(f"{API}/containers/{container_id}/egress", json={"egress": []})
        assert answer.status_code == 200, answer.text
        before = world.packets_sent()
        assert tenant.printed(container_id, code) == "ECONNRESET"
        assert world.packets_sent() == before
