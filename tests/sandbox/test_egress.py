"""A way out to what a list names alone: what is in it is reached, and nothing else."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitora_local.sandbox import egress, namespace
from cognitora_local.sandbox.refusals import of_program, of_set
from tests.sandbox import world as worlds
from tests.sandbox.programs import Live, Start
from tests.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each request is a list: what to try, and with what. Each answer: what came of it, in words.
TRY = """
import errno, struct, time
def greeting(host, port):
    with socket.create_connection((host, port), timeout=10) as client:
        return client.recv(100, socket.MSG_WAITALL).decode()
def datagram(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect((host, port))
        client.send(b"x")
        return client.recv(100).decode()
def name(host):
    return socket.gethostbyname(host)
def question(server, host, kind=1):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        labels = b"".join(bytes([len(part)]) + part.encode() for part in host.split("."))
        head, tail = b"ab\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0", struct.pack("!BHH", 0, kind, 1)
        client.sendto(head + labels + tail, (server, 53))
        answer = client.recv(1000)
        return [answer[3] & 15, struct.unpack("!H", answer[6:8])[0]]
def v6(host, port):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        client.connect((host, port))
        return client.recv(100, socket.MSG_WAITALL).decode()
def ping(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as client:
        client.settimeout(10)
        client.sendto(b"\\x08\\0\\xf7\\xff\\0\\0\\0\\0", (host, 0))
        return len(client.recv(100))
def raw(host):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
while True:
    what, *arguments = hear()
    began = time.monotonic()
    try:
        came = globals()[what](*arguments)
    except socket.gaierror as error:
        came = "no such name"
    except OSError as error:
        came = errno.errorcode.get(error.errno, repr(error))
    say([came, time.monotonic() - began])
"""
HELLO = "hello from outside"


async def tried(live: Live, what: str, *arguments: object) -> Any:
    live.say([what, *arguments])
    came, seconds = await live.hear()
    assert seconds < 5, "it wasn't told at once"
    return came


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


@pytest.fixture(autouse=True)
def resolver(world: World, tmp_path: Path) -> Iterator[None]:
    """This machine asks the outside's name server, which answers with its own address."""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {worlds.OUTSIDE}\n")
    etc = Path("/etc/resolv.conf").resolve()
    namespace.bind(resolver, etc)  # in the tests' own mount namespace
    yield
    namespace.unmount(etc)


async def test_what_is_listed_is_reached_and_nothing_else(start: Start, world: World) -> None:
    async with start(TRY) as live:
        await live.sandbox.connect_network(["outside.test:80", "*.good.test"])
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == "ECONNRESET"  # by its number
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == HELLO  # as was answered
        assert await tried(live, "greeting", "outside.test", 81) == "ECONNRESET"
        assert await tried(live, "greeting", "deep.down.good.test", 80) == HELLO
        for name in ("good.test", "other.test", "outside.test.evil.test", "xgood.test"):
            assert await tried(live, "name", name) == "no such name"
        refused = {(each.protocol, each.target, each.port) for each in await live.sandbox.refused()}
        assert refused == {
            ("tcp", worlds.OUTSIDE, 80),
            ("tcp", worlds.OUTSIDE, 81),
            *(
                ("dns", name, None)
                for name in ("good.test", "other.test", "outside.test.evil.test", "xgood.test")
            ),
        }


async def test_addresses_and_ports_are_listed_as_numbers(start: Start, world: World) -> None:
    async with start(TRY) as live:
        await live.sandbox.connect_network(["198.51.100.0/24:80"])
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == HELLO
        assert await tried(live, "greeting", worlds.OUTSIDE, 81) == "ECONNRESET"
        assert await tried(live, "name", "outside.test") == "no such name"
        await live.sandbox.connect_network([f"{worlds.OUTSIDE}:79-80"])
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == HELLO
        await live.sandbox.connect_network([])
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == "ECONNRESET"


async def test_nothing_goes_around(start: Start, world: World) -> None:
    async with start(TRY) as live:
        await live.sandbox.connect_network(["outside.test:80"])
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        before = world.packets_sent()
        for host in (worlds.OUTSIDE, "192.0.2.1", "10.0.2.2"):
            assert await tried(live, "datagram", host, 9) in ("EPERM", "EACCES", "ECONNREFUSED")
            assert await tried(live, "datagram", host, 53) in ("EPERM", "EACCES", "ECONNREFUSED")
            assert await tried(live, "question", host, "outside.test") in ("EPERM", "EACCES")
            assert await tried(live, "ping", host) in ("EPERM", "EACCES")
        assert await tried(live, "greeting", "192.0.2.1", 443) == "ECONNRESET"
        assert await tried(live, "v6", "2001:db8::1", 443) == "ENETUNREACH"
        assert await tried(live, "v6", f"::ffff:{worlds.OUTSIDE}", 443) == "ECONNRESET"
        assert await tried(live, "raw", worlds.OUTSIDE) == "EPERM"
        assert world.packets_sent() == before
        refused = {(each.protocol, each.target, each.port) for each in await live.sandbox.refused()}
        assert {("udp", "192.0.2.1", port) for port in (9, 53)} <= refused
        assert {("tcp", address, 443) for address in ("192.0.2.1", worlds.OUTSIDE)} <= refused


async def test_this_machine_stays_out_of_reach(start: Start, world: World) -> None:
    """Whatever is listed, and whatever a name server answers."""
    async with start(TRY) as live:
        await live.sandbox.connect_network(["0.0.0.0/0"])
        assert await tried(live, "greeting", worlds.OUTSIDE, 80) == HELLO
        world.visitors()
        for address in {*world.addresses, "127.0.0.1", "127.0.0.2", "10.0.2.2", "169.254.169.254"}:
            assert await tried(live, "greeting", address, world.port) in (
                "ECONNRESET",
                "ECONNREFUSED",
            )
        assert world.visitors() == 0


async def test_the_list_changes_while_it_lives(start: Start, world: World) -> None:
    program = TRY.replace(
        "while True:",
        """
hear()
kept = socket.create_connection(("outside.test", 81))
def talk():
    kept.send(b"echo")
    return kept.recv(4).decode()
say()
while True:""",
        1,
    )
    async with start(program) as live, asyncio.timeout(60):
        await live.sandbox.connect_network(["outside.test:81"])
        live.say(None)
        await live.hear()
        assert await tried(live, "talk") == "echo"
        await live.sandbox.connect_network(["outside.test:80-81", "more.test"])
        assert await tried(live, "talk") == "echo"
        assert await tried(live, "greeting", "more.test", 80) == HELLO
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        await live.sandbox.connect_network(["more.test"])
        assert await tried(live, "name", "outside.test") == "no such name"
        # more.test has the same address: what goes to it isn't told apart
        assert await tried(live, "talk") == "echo"
        await live.sandbox.connect_network(["more.test:80"])
        assert await tried(live, "talk") in ("ECONNRESET", "EPIPE", "")


async def test_ways_out_of_either_kind_take_turns(start: Start, world: World) -> None:
    async with start(TRY) as live:
        for _ in range(2):
            await live.sandbox.connect_network()
            assert await tried(live, "greeting", worlds.OUTSIDE, 81 - 1) == HELLO
            await live.sandbox.connect_network([])
            assert await tried(live, "greeting", worlds.OUTSIDE, 80) == "ECONNRESET"
            await live.sandbox.disconnect_network()
            assert await tried(live, "greeting", worlds.OUTSIDE, 80) == "ENETUNREACH"
            before = world.packets_sent()
            assert await tried(live, "datagram", worlds.OUTSIDE, 9) == "ENETUNREACH"
            assert world.packets_sent() == before


async def test_its_own_loopback_is_its_own(start: Start) -> None:
    program = TRY.replace(
        "while True:",
        """
import threading
for host, port in (("127.0.0.1", 8000), ("0.0.0.0", 8001)):
    server = socket.create_server((host, port))
    def serve(server=server):
        while True:
            with server.accept()[0] as client:
                client.sendall(b"mine")
    threading.Thread(target=serve, daemon=True).start()
while True:""",
        1,
    )
    async with start(program) as live:
        await live.sandbox.connect_network([])
        assert await tried(live, "greeting", "127.0.0.1", 8000) == "mine"
        assert await tried(live, "greeting", "127.0.0.1", 8001) == "mine"
        with socket.create_connection(
            ("127.0.0.1", await live.sandbox.ports.expose(8000)), 30
        ) as client:
            assert client.recv(4, socket.MSG_WAITALL) == b"mine"


async def test_a_program_that_answers_late_keeps_the_way_open(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does on a machine with too much to do: it loses nothing but what nobody waited for."""
    async with start(TRY) as live:
        await live.sandbox.connect_network(["outside.test"])
        program = live.sandbox._egress._process
        assert program is not None
        assert await tried(live, "name", "other.test") == "no such name"
        monkeypatch.setattr(egress, "_ANSWER_SECONDS", 0.0)
        signal.pidfd_send_signal(program._pidfd, signal.SIGSTOP)
        for _ in range(4):
            await live.sandbox.refused()
        signal.pidfd_send_signal(program._pidfd, signal.SIGCONT)
        monkeypatch.setattr(egress, "_ANSWER_SECONDS", 60.0)
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        assert await tried(live, "name", "another.test") == "no such name"
        await live.sandbox.refused()
        refused = {each.target for each in await live.sandbox.refused()}
        assert refused == {"other.test", "another.test"}
        await live.sandbox.connect_network([])  # which waits for the answer to just that
        assert await tried(live, "greeting", "outside.test", 80) == "no such name"
        assert live.sandbox._egress._process is program


async def test_a_program_that_doesnt_answer_keeps_no_way_open(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(TRY) as live:
        await live.sandbox.connect_network(["outside.test"])
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        assert await tried(live, "name", "other.test") == "no such name"
        assert [each.target for each in await live.sandbox.refused()] == ["other.test"]
        program = live.sandbox._egress._process
        assert program is not None
        monkeypatch.setattr(egress, "_ANSWER_SECONDS", 0.2)
        signal.pidfd_send_signal(program._pidfd, signal.SIGSTOP)
        pausing = asyncio.create_task(live.sandbox.pause_network())
        assert (await asyncio.wait({pausing}, timeout=20))[0], "it waits for ever"
        pausing.result()
        assert program.stopped
        monkeypatch.undo()
        await live.sandbox.connect_network(["outside.test"])
        assert await tried(live, "greeting", "outside.test", 80) == HELLO
        assert [each.target for each in await live.sandbox.refused()] == ["other.test"]


async def test_whatever_goes_wrong_with_a_look_the_way_is_shut(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("nobody has thought of this")

    async with start(TRY) as live:
        await live.sandbox.connect_network(["outside.test"])
        program = live.sandbox._egress._process
        assert program is not None
        monkeypatch.setattr(live.sandbox._egress, "_look", fail)
        with pytest.raises(RuntimeError):
            await live.sandbox.pause_network()
        monkeypatch.undo()
        assert program.stopped


async def test_what_was_refused_is_known_when_the_sandbox_has_ended(
    start: Start, world: World
) -> None:
    async with start(TRY) as live:
        await live.sandbox.connect_network([])
        assert await tried(live, "greeting", "192.0.2.1", 443) == "ECONNRESET"
        assert await tried(live, "datagram", "192.0.2.1", 9) in ("EPERM", "EACCES", "ECONNREFUSED")
        await live.sandbox.kill()
        refused = {(each.protocol, each.target, each.port) for each in await live.sandbox.refused()}
        assert refused == {("tcp", "192.0.2.1", 443), ("udp", "192.0.2.1", 9)}


async def test_what_was_refused_adds_up_over_ways_out(start: Start, world: World) -> None:
    async with start(TRY) as live:
        for times in (1, 2):
            await live.sandbox.connect_network([])
            assert await tried(live, "greeting", "192.0.2.1", 443) == "ECONNRESET"
            await live.sandbox.disconnect_network()
            refused = await live.sandbox.refused()
            assert [(each.target, each.times) for each in refused] == [("192.0.2.1", times)]


@pytest.mark.parametrize("said", ["", "{}", "[]", "1", '{"nftables": [{"set": {"elem": [{}]}}]}'])
async def test_what_nft_lists_otherwise_is_no_list(said: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # json says it in its own words
        of_set(said)


@pytest.mark.parametrize(
    "said", [b"", b"\xff", b"1", b"[1]", b'[["tcp"]]', b'[["tcp", "x", "y", 1]]']
)
async def test_what_the_program_answers_otherwise_is_no_answer(said: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        of_program(said)
