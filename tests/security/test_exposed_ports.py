"""Exposed ports: they lead from this machine into one session, and nowhere else."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.conftest import API, Service, User
from tests.security.test_network import KNOCK

PORT = 8765
GREET = f"""
import threading
listener = socket.create_server(("127.0.0.1", {PORT}), backlog=1000)
def greet():
    while True:
        try:
            listener.accept()[0].sendall(b"hello")
        except OSError:
            return
threading.Thread(target=greet, daemon=True).start()
"""
UNGREET = "listener.shutdown(socket.SHUT_RDWR); listener.close()"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


def expose(user: User, session: str, port: int = PORT) -> int:
    answer = user.http.put(f"{API}/sessions/{session}/ports", params={"port": str(port)})
    assert answer.status_code == 200, answer.text
    host, _, number = answer.json()["address"].partition(":")
    assert host == "127.0.0.1"
    return int(number)


def greeted(number: int) -> bytes:
    with socket.create_connection(("127.0.0.1", number), timeout=30) as client:
        return client.recv(5, socket.MSG_WAITALL)


@pytest.fixture
def exposed(victim: User, neighbour: str) -> Iterator[int]:
    """A port of the neighbour's, with a server behind it."""
    victim.printed(GREET, session_id=neighbour)
    number = expose(victim, neighbour)
    assert greeted(number) == b"hello"  # the control
    yield number
    victim.http.delete(f"{API}/sessions/{neighbour}/ports", params={"port": str(PORT)})
    victim.printed(UNGREET, session_id=neighbour)


@pytest.mark.parametrize("networking", [True, False])
def test_anothers_port_is_out_of_reach(
    attacker: User, world: World, exposed: int, networking: bool
) -> None:
    addresses = {*world.addresses, "127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.2.2", "10.0.2.3"}
    targets: list[Any] = [(address, exposed) for address in addresses]
    targets += [("::1", exposed), ("::ffff:127.0.0.1", exposed)]
    code = KNOCK + f"print(reached({targets}))"
    assert attacker.printed(code, networking=networking) == "[]"


def test_ones_own_port_isnt_reached_from_inside_either(attacker: User, world: World) -> None:
    session = attacker.open_session(networking=True)
    attacker.printed(GREET, session_id=session)
    number = expose(attacker, session)
    assert greeted(number) == b"hello"
    code = KNOCK + f"print(reached([('127.0.0.1', {number}), ('10.0.2.2', {number})]))"
    assert attacker.printed(code, networking=True, session_id=session) == "[]"
    attacker.close_session(session)


def test_a_port_is_on_the_loopback_alone(world: World, exposed: int) -> None:
    """The runtime of these tests listens on all addresses."""
    for address in world.addresses:
        if not address.startswith("127."):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, exposed), timeout=5)


def test_a_port_leads_to_its_session_and_not_to_this_machine(
    attacker: User, service: Service, world: World
) -> None:
    """Whatever port is named, of the session's own network."""
    session = attacker.open_session()
    for port in (service.port, world.port):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()  # the control
        number = expose(attacker, session, port)
        with pytest.raises(ConnectionResetError):
            greeted(number)
    attacker.close_session(session)


def test_what_carries_connections_is_out_of_sight(attacker: User) -> None:
    session = attacker.open_session()
    expose(attacker, session)
    code = """
print(sum("forwarding" in open(f"/proc/{pid}/cmdline").read()
          for pid in os.listdir("/proc") if pid.isdigit()))
"""
    assert attacker.printed(code, session_id=session) == "0"
    attacker.close_session(session)


def test_a_server_that_floods_and_never_reads_costs_others_nothing(
    attacker: User, victim: User, service: Service
) -> None:
    """All connections that it may have, with a flood in each, that nobody takes."""
    session = attacker.open_session(resources={"memory_mb": 256})
    flood = f"""
import selectors, threading
listener = socket.create_server(("127.0.0.1", {PORT}), backlog=1000)
def serve():
    watched = selectors.DefaultSelector()
    watched.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in watched.select():
            if key.fileobj is listener:
                client, _ = listener.accept()
                client.setblocking(False)
                watched.register(client, selectors.EVENT_WRITE)
            else:
                tried(key.fileobj.send, bytes(2**20))
threading.Thread(target=serve, daemon=True).start()
"""
    attacker.printed(flood, session_id=session)
    number = expose(attacker, session)
    before = service.memory_mb()
    held = [socket.create_connection(("127.0.0.1", number), timeout=30) for _ in range(300)]
    assert held[0].recv(1) == b"\0"
    marker = secrets.token_hex(4)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: victim.printed(f"print({marker!r})"), range(8)))
    assert said == [marker] * 8
    assert service.memory_mb() < before + 64
    for each in held:
        each.close()
    attacker.close_session(session)
