"""Attacks on a list of what may be reached: by numbers, other resolvers, other protocols, forged answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora_local.sandbox import namespace
from tests.processes import commands
from tests.sandbox import world as worlds
from tests.sandbox.world import World
from tests.security.conftest import API, Service, User, serve, user_of

LIST = ["outside.test:80"]
TOOLS = """
import struct, threading, time
def greeting(target, bound=None):
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        if bound:
            client.bind(bound)
        client.connect(target)
        if client.recv(5, socket.MSG_WAITALL) != b"hello":
            raise OSError(errno.ECONNRESET, "no greeting")
def ask(server, name, kind=1, source=None):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(3)
        if source:
            asking.bind(source)
        labels = b"".join(bytes([len(part)]) + part for part in name)
        message = b"ab\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + labels + struct.pack("!BHH", 0, kind, 1)
        asking.sendto(message, (server, 53))
        answer = asking.recv(2000)
        return answer[3] & 15, struct.unpack("!H", answer[6:8])[0]
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


@pytest.fixture(scope="module")
def resolved(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """This machine asks a name server of the outside: of ours, which lies about one name."""
    folder = tmp_path_factory.mktemp("resolver")
    (folder / "resolv.conf").write_text("nameserver 127.0.0.9\n")
    etc = Path("/etc/resolv.conf").resolve()
    namespace.enter_private()
    namespace.bind(folder / "resolv.conf", etc)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.9", 53))
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        yield
    namespace.unmount(etc)


def answer(server: socket.socket) -> None:
    """Every name is the outside's; what begins with `here` is this machine's, with `twice` both."""
    while True:
        try:
            question, asker = server.recvfrom(512)
        except OSError:
            return
        if b"\0" not in question[12:]:  # no question: it is closed, or somebody tries something
            continue
        end = question.index(b"\0", 12) + 5
        addresses = [worlds.OUTSIDE]
        if question[13:17] == b"here":
            addresses = [worlds.HERE, "169.254.169.254", "127.0.0.1"]
        elif question[13:18] == b"twice":
            addresses = [worlds.HERE, worlds.OUTSIDE]
        records = b"".join(
            b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address) for address in addresses
        )
        header = question[:2] + b"\x81\x80\0\1" + struct.pack("!H", len(addresses)) + bytes(4)
        server.sendto(header + question[12:end] + records, asker)


@pytest.fixture(scope="module")
def held(resolved: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    """A user of a runtime that was started in this world."""
    folder = tmp_path_factory.mktemp("held")
    with serve(folder, folder / "data") as service, user_of(service) as user:
        yield user


def attacked(user: User, code: str, egress: list[str] = LIST) -> str:
    return user.printed(TOOLS + code, networking=True, egress=egress)


def test_the_list_is_kept_at_all(held: User) -> None:
    """The control."""
    code = "print(tried(greeting, ('outside.test', 80)), tried(greeting, ('outside.test', 81)))"
    assert attacked(held, code) == "done ECONNRESET"


def test_numbers_lead_nowhere(held: User, world: World) -> None:
    numbers = [worlds.OUTSIDE, "3325256706", "0xC6336402", "198.51.25602", "0306.063.0144.2"]
    targets = [(number, 80) for number in numbers] + [(f"::ffff:{worlds.OUTSIDE}", 80)]
    before = world.packets_sent()
    code = f"print({{tried(greeting, target) for target in {targets}}})"
    assert attacked(held, code, ["other.test"]) == "{'ECONNRESET'}"
    assert world.packets_sent() == before


def test_other_resolvers_and_dns_over_https_lead_nowhere(held: User, world: World) -> None:
    before = world.packets_sent()
    servers = [worlds.OUTSIDE, "8.8.8.8", "10.0.2.2"]
    code = f"""
print(*[tried(ask, server, [b"outside", b"test"]) for server in {servers}])
print(*[tried(greeting, (server, port)) for server in ("8.8.8.8", "1.1.1.1") for port in (53, 443, 853)])
"""
    by_datagram, by_stream = attacked(held, code).splitlines()
    assert set(by_datagram.split()) <= {"EPERM", "EACCES", "ECONNREFUSED"}
    assert set(by_stream.split()) == {"ECONNRESET"}
    assert world.packets_sent() == before


def test_names_that_only_look_like_it_arent_looked_up(held: User, world: World) -> None:
    names = [
        [b"outside.test"],
        [b"outside", b"test", b"evil"],
        [b"xoutside", b"test"],
        [b"outside\0", b"test"],
        [b"a" * 63] * 3,
        [b"*", b"test"],
    ]
    before = world.packets_sent()
    said = attacked(
        held,
        f"""
def said(name):
    try:
        return ask("10.0.2.3", name)[1]
    except OSError:
        return 0
print({{said(name) for name in {names}}})
""",
    )
    assert said == "{0}"
    assert world.packets_sent() == before


def test_questions_carry_nothing_out(held: User, world: World) -> None:
    """Only for what is listed is anybody asked, and only for addresses."""
    code = """
print(ask("10.0.2.3", [b"outside", b"test"], 16), ask("10.0.2.3", [b"outside", b"test"], 28),
      ask("10.0.2.3", [b"secret", b"evil", b"test"])[0], ask("10.0.2.3", [b"outside", b"test"])[1])
"""
    assert attacked(held, code) == "(0, 0) (0, 0) 3 1"


def test_a_listed_name_doesnt_lead_to_this_machine(
    held: User, world: World, service: Service
) -> None:
    """Whatever its name server says."""
    world.visitors()
    port = world.port
    code = f"""
print(tried(greeting, ("here.test", {port})), tried(greeting, ("here.test", 80)),
      {{tried(greeting, (address, port)) for address in ("127.0.0.1", "{worlds.HERE}", "169.254.169.254")
        for port in ({port}, {service.port}) if address != "127.0.0.1"}})
print(tried(greeting, ("{worlds.OUTSIDE}", 80)), tried(ask, "10.0.2.3", [b"twice", b"test"]),
      tried(greeting, ("{worlds.OUTSIDE}", 80)), tried(greeting, ("{worlds.HERE}", {port})))
"""
    first, second = attacked(held, code, ["here.test", "twice.test"]).splitlines()
    # 127.0.0.1 is the sandbox's own.
    assert set(first.split()) <= {"ECONNRESET", "ECONNREFUSED", "{'ECONNRESET'}"}
    assert second == "ECONNRESET done done ECONNRESET"
    assert world.visitors() == 0


def test_no_other_protocol_leads_out(held: User, world: World) -> None:
    before = world.packets_sent()
    code = f"""
def datagram(address, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((address, port))
        client.send(b"x")
def kind(*arguments):
    socket.socket(*arguments).close()
print({{tried(datagram, "{worlds.OUTSIDE}", port) for port in (9, 53, 80, 443)}})
print({{tried(kind, family, kind_, protocol) for family in (socket.AF_INET, socket.AF_INET6)
       for kind_, protocol in ((socket.SOCK_RAW, 6), (socket.SOCK_RAW, 255), (socket.SOCK_RAW, 1))}},
      tried(kind, socket.AF_PACKET, socket.SOCK_RAW, 3), tried(kind, socket.AF_NETLINK, socket.SOCK_RAW, 0))
print(tried(greeting, ("2001:db8::1", 80)), tried(greeting, ("fe80::1", 80)))
"""
    datagrams, raw, v6 = attacked(held, code).splitlines()
    assert set(eval(datagrams)) <= {"EPERM", "EACCES", "ECONNREFUSED"}
    assert raw == "{'EPERM'} EAFNOSUPPORT EAFNOSUPPORT"
    assert set(v6.split()) <= {"ENETUNREACH", "EINVAL", "EADDRNOTAVAIL"}
    assert world.packets_sent() == before


def test_forged_sources_and_the_door_itself_lead_nowhere(held: User, world: World) -> None:
    before = world.packets_sent()
    code = f"""
ports = [int(line.split()[1].split(":")[1], 16) for line in open("/proc/net/tcp").readlines()[1:]
         if line.split()[3] == "0A"]
print(len(ports), {{tried(greeting, ("127.0.0.1", port)) for port in ports}})
print({{tried(greeting, ("{worlds.OUTSIDE}", 80), (source, 0))
       for source in ("127.0.0.1", "{worlds.HERE}", "{worlds.OUTSIDE}", "10.0.2.3", "0.0.0.0")}})
"""
    ports, forged = attacked(held, code, ["other.test"]).splitlines()
    assert ports == "1 {'ECONNRESET'}"
    assert set(eval(forged)) <= {"ECONNRESET", "TimeoutError('timed out')", "EADDRNOTAVAIL"}
    assert world.packets_sent() == before


def test_a_flood_of_attempts_and_questions_harms_nobody(held: User, world: World) -> None:
    code = """
def flood(action, *arguments):
    until = time.monotonic() + 1
    while time.monotonic() < until:
        tried(action, *arguments)
def mutter():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.sendto(os.urandom(200), ("10.0.2.3", 53))
names = iter(range(10**9))
def wonder():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        name = b"n%d" % next(names)
        labels = bytes([len(name)]) + name + b"\\4evil\\4test\\0"
        asking.sendto(b"ab\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + labels + b"\\0\\1\\0\\1", ("10.0.2.3", 53))
threads = [threading.Thread(target=flood, args=arguments) for arguments in
           [(greeting, ("192.0.2.1", 80)), (mutter,), (wonder,)]]
[thread.start() for thread in threads], [thread.join() for thread in threads]
time.sleep(1)  # it is slowed down, so that it doesn't fill what the kernel keeps
print(tried(greeting, ("outside.test", 80)))
"""
    session = held.open_session(networking=True, egress=LIST)
    said = held.printed(TOOLS + code, networking=True, session_id=session)
    assert said == "done"
    found = held.http.get(f"{API}/sessions/{session}/egress").json()
    assert len(found["refused"]) < 600
    assert ("tcp", "192.0.2.1") in [(e["protocol"], e.get("target")) for e in found["refused"]]
    held.close_session(session)


def test_its_program_is_nobody_and_out_of_sight(held: User) -> None:
    session = held.open_session(networking=True, egress=LIST)
    code = TOOLS + "print(tried(greeting, ('outside.test', 80)))"
    assert held.printed(code, networking=True, session_id=session) == "done"
    seen = "print(len([pid for pid in os.listdir('/proc') if pid.isdigit()]))"
    assert held.printed(seen, session_id=session, networking=True) == "2"
    doors = [each for each, words in commands() if "forwarding.egress" in " ".join(words)]
    assert doors
    for door in doors:
        status = Path(f"/proc/{door.pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "CapEff:\t0000000000000000" in status
    held.close_session(session)
