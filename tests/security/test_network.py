"""Attacks over the network: on this machine with networking on, on anybody with it off."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.conftest import Service, User


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


KNOCK = """
def knock(target):
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        client.connect(target)
from concurrent.futures import ThreadPoolExecutor
def reached(targets):
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda target: tried(knock, target), targets))
    return [target for target, result in zip(targets, results) if result == "done"]
"""


def test_with_networking_this_machine_and_the_runtime_are_out_of_reach(
    service: Service, attacker: User, world: World
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
    assert attacker.printed(code, networking=True) == f"[{outside}]"
    assert world.visitors() == 0


@pytest.mark.parametrize("language", ["python", "bash"])
def test_without_networking_no_packet_leaves(attacker: User, world: World, language: str) -> None:
    outside = (worlds.OUTSIDE, 80)
    session = attacker.open_session(networking=True, language=language)
    code = {
        "python": KNOCK
        + f"""
print("reached" if reached([{outside}]) else "nothing")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    tried(sender.sendto, b"x", ("{worlds.OUTSIDE}", 9))
""",
        "bash": f"(echo > /dev/tcp/{worlds.OUTSIDE}/80) 2>/dev/null && echo reached "
        f"|| echo nothing; (echo > /dev/udp/{worlds.OUTSIDE}/9) 2>/dev/null || true",
    }[language]
    options = {"session_id": session, "language": language}
    assert attacker.printed(code, networking=True, **options) == "reached"
    attacker.printed("", networking=False, **options)  # its connections end with the way out
    sent = world.packets_sent()
    assert attacker.printed(code, networking=False, **options) == "nothing"
    assert world.packets_sent() == sent
    attacker.close_session(session)


def test_what_an_execution_leaves_behind_reaches_nothing(attacker: User, world: World) -> None:
    code = f"""
import threading, time
def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while True:
            tried(sender.sendto, b"x", ("{worlds.OUTSIDE}", 9))
            open("tries", "a").write("x")
            time.sleep(0.001)
threading.Thread(target=send, daemon=True).start()
while not os.path.exists("arrived"):
    time.sleep(0.01)
"""
    session = attacker.open_session(networking=True)
    before = world.packets_sent()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(attacker.printed, code, networking=True, session_id=session)
        while world.packets_sent() == before and not running.done():
            pass
        attacker.upload(session, "arrived", b"")
        assert running.result() == ""
    after = world.packets_sent()
    assert after > before
    tries = len(attacker.download(session, "tries").content)
    while len(attacker.download(session, "tries").content) < tries + 50:
        pass  # the thread goes on
    assert world.packets_sent() == after
    attacker.close_session(session)


@pytest.mark.parametrize("networking", [True, False])
def test_abstract_unix_sockets_of_the_machine_are_out_of_reach(
    attacker: User, networking: bool
) -> None:
    name = f"\0cognitora-test-{secrets.token_hex(4)}"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as control:
        server.bind(name)
        server.listen()
        control.connect(name)
        code = f"print(tried(socket.socket(socket.AF_UNIX).connect, {name!r}))"
        assert attacker.printed(code, networking=networking) == "ECONNREFUSED"


def test_sandboxes_dont_reach_each_other(attacker: User, victim: User, neighbour: str) -> None:
    serve = """
listener = socket.create_server(("0.0.0.0", 8765))
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0neighbour"); abstract.listen()
"""
    victim.printed(serve, session_id=neighbour)
    control = "print(tried(socket.create_connection, ('127.0.0.1', 8765)))"
    assert victim.printed(control, session_id=neighbour) == "done"
    code = (
        KNOCK
        + """
print(reached([("127.0.0.1", 8765), ("10.0.2.100", 8765)]),
      tried(socket.socket(socket.AF_UNIX).connect, "\\0neighbour"))
"""
    )
    assert attacker.printed(code, networking=True) == "[] ECONNREFUSED"
    victim.printed("listener.close(); abstract.close()", session_id=neighbour)
