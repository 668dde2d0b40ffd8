"""The way out: none unless it is attached, and then outside only."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from cognitora_local.forwarding.machine import addresses_of_this_machine
from cognitora_local.sandbox import Host, Limits, SandboxError, namespace, network
from tests.sandbox import world as worlds
from tests.sandbox.programs import Live, Outside, Run, Start
from tests.sandbox.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Tries the targets it is told, all at once, in a way that it is told, until it is told no more.
KNOCK = """
import errno, select, time
SO_BINDTODEVICE, IP_UNICAST_IF = 25, 50
def client(target, way):
    kind = socket.SOCK_DGRAM if "udp" in way else socket.SOCK_STREAM
    client = socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET, kind)
    client.setblocking(False)
    if "device" in way:
        client.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, b"tap0")
    if "interface" in way:
        index = socket.htonl(socket.if_nametoindex("tap0"))
        client.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, index)
    return client
def knock(targets, way):
    clients = [client(target, way) for target in targets]
    results = [knocker.connect_ex(tuple(target)) for knocker, target in zip(clients, targets)]
    until = time.monotonic() + 1.5
    for at, knocker in enumerate(clients):
        if results[at] == 0 and "udp" in way:
            results[at] = 0 if tried(knocker.send, b"x")[0] == "done" else errno.EHOSTUNREACH
        if results[at] == errno.EINPROGRESS:
            ready = select.select([], [knocker], [], max(0, until - time.monotonic()))[1]
            error = knocker.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            results[at] = error if ready else errno.ETIMEDOUT
        knocker.close()
    return results
say("ready")
while True:
    targets, way = hear()
    say([result == 0 for result in knock(targets, way)])
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


async def knock(live: Live, *targets: tuple[str, int], way: str = "") -> list[bool]:
    """Whether each was reached; of a datagram, whether it was sent."""
    live.say([targets, way])
    return list(await live.hear())


async def test_without_a_network_nothing_leaves(start: Start, world: World) -> None:
    outside = (worlds.OUTSIDE, 80)
    async with start(KNOCK) as live:
        await live.hear()
        before = world.packets_sent()
        assert await knock(live, outside, (worlds.HERE, world.port)) == [False, False]
        assert await knock(live, outside, ("255.255.255.255", 9), way="udp") == [False, False]
        assert world.packets_sent() == before

        await live.sandbox.connect_network()  # the control: the same packets, and they leave
        assert await knock(live, outside) == [True]
        assert await knock(live, outside, way="udp") == [True]
        assert world.packets_sent() > before


async def test_with_a_network_the_outside_is_reached_and_then_no_more(
    start: Start, world: World
) -> None:
    async with start(KNOCK) as live:
        await live.hear()
        for _ in range(2):
            await live.sandbox.connect_network()
            await live.sandbox.connect_network()
            assert await knock(live, (worlds.OUTSIDE, 80)) == [True]
            await live.sandbox.disconnect_network()
            await live.sandbox.disconnect_network()
            before = world.packets_sent()
            assert await knock(live, (worlds.OUTSIDE, 80)) == [False]
            assert await knock(live, (worlds.OUTSIDE, 80), way="udp") == [False]
            assert world.packets_sent() == before


async def test_what_is_sent_arrives(start: Start, world: World) -> None:
    program = f"""
hear()
with socket.create_connection(("{worlds.OUTSIDE}", 80), 5) as server:
    say(server.makefile().read())
"""
    async with start(program) as live:
        await live.sandbox.connect_network()
        live.say(None)
        assert await live.hear() == "hello from outside"


def forbidden(world: World) -> list[tuple[str, int]]:
    """Every way to a server of this machine that a sandbox could think of."""
    slirp = [f"10.0.2.{last}" for last in (1, 2, 3, 4, 100, 255)]
    special = ["127.0.0.1", "127.0.0.53", "0.0.0.0", "255.255.255.255", "169.254.169.254"]
    mapped = [f"::ffff:{address}" for address in world.addresses]
    hosts = [*slirp, *special, *world.addresses, *mapped, "::1", "fd00::2"]
    return [(host, world.port) for host in hosts]


@pytest.mark.parametrize("way", ["", "bound to the device", "by the interface"])
async def test_this_machine_is_never_reached(start: Start, world: World, way: str) -> None:
    async with start(KNOCK) as live:
        await live.hear()
        await live.sandbox.connect_network()
        assert await knock(live, (worlds.OUTSIDE, 80), way=way) == [True]
        targets = forbidden(world)
        world.visitors()
        reached = await knock(live, *targets, way=way)
        await knock(live, *targets, way=way + " udp")
        assert await knock(live, (worlds.OUTSIDE, 80), way=way) == [True]
        assert not [target for target, was in zip(targets, reached, strict=True) if was]
        assert world.visitors() == 0


async def test_without_our_routes_this_machine_is_reached(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_ALWAYS_UNREACHABLE", frozenset[str]())
    monkeypatch.setattr(network, "addresses_of_this_machine", frozenset)
    async with start(KNOCK) as live:
        await live.hear()
        await live.sandbox.connect_network()
        world.visitors()
        assert await knock(live, (worlds.HERE, world.port)) == [True]
        assert world.visitors() == 1
        # slirp4netns' own flag doesn't cover this: what is sent arrives, though no answer returns.
        await knock(live, ("127.0.0.1", world.port), way="bound to the device")
        assert world.visitors() == 1
        await knock(live, ("127.0.0.1", world.port), way="bound to the device, udp")
        async with asyncio.timeout(30):
            while world.visitors() == 0:
                await asyncio.sleep(0.01)


async def test_an_address_that_the_machine_gets_later_is_closed_off_too(
    start: Start, world: World
) -> None:
    async with start(KNOCK) as live:
        await live.hear()
        await live.sandbox.connect_network()
        await live.sandbox.disconnect_network()
        worlds._ip(f"addr add 198.51.100.77/32 dev {world.cable}")
        try:
            await live.sandbox.connect_network()
            assert await knock(live, ("198.51.100.77", world.port)) == [False]
        finally:
            worlds._ip(f"addr delete 198.51.100.77/32 dev {world.cable}")


@pytest.mark.parametrize(
    ("kind", "address"), [("addr", "198.51.100.78/32"), ("route", "local 203.0.113.0/25")]
)
async def test_what_the_machine_answers_to_while_code_runs_is_closed_off(
    start: Start, world: World, kind: str, address: str
) -> None:
    target = (address.split()[-1].replace("0/25", "9").removesuffix("/32"), world.port)
    async with start(KNOCK) as live, asyncio.timeout(20):
        await live.hear()
        await live.sandbox.connect_network()
        worlds._ip(f"{kind} add {address} dev {world.cable}")
        try:
            with socket.create_connection(target, 5):  # the control: the machine answers there
                pass
            while await knock(live, target) == [True]:
                pass
            assert await knock(live, (worlds.OUTSIDE, 80)) == [True]
        finally:
            worlds._ip(f"{kind} delete {address} dev {world.cable}")


async def test_a_sandbox_whose_new_addresses_cant_be_closed_off_loses_its_way_out(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(KNOCK) as live, asyncio.timeout(20):
        await live.hear()
        await live.sandbox.connect_network()
        assert await knock(live, (worlds.OUTSIDE, 80)) == [True]

        async def fails(*_: object) -> None:
            raise SandboxError("this machine stays reachable")

        monkeypatch.setattr(network.Network, "_make_unreachable", fails)
        worlds._ip(f"addr add 198.51.100.79/32 dev {world.cable}")
        try:
            while await knock(live, (worlds.OUTSIDE, 80)) == [True]:
                pass
        finally:
            worlds._ip(f"addr delete 198.51.100.79/32 dev {world.cable}")


async def test_a_paused_way_out_leads_nowhere_and_keeps_its_connections(
    start: Start, world: World
) -> None:
    program = KNOCK.replace(
        "while True:",
        f"""
hear()
kept = socket.create_connection(("{worlds.OUTSIDE}", 81))
say(kept.getsockname()[0])
while True:
    if hear() == "talk":
        kept.send(b"echo")
        say(kept.recv(4).decode())
        continue
""",
    )
    async with start(program) as live:
        await live.hear()
        await live.sandbox.connect_network()
        live.say(None)
        await live.hear()
        for _ in range(2):
            live.say("talk")
            assert await live.hear() == "echo"
            await live.sandbox.pause_network()
            await live.sandbox.pause_network()
            before = world.packets_sent()
            live.say("knock")
            assert await knock(live, (worlds.OUTSIDE, 80)) == [False]
            live.say("knock")
            await knock(live, (worlds.OUTSIDE, 80), way="udp")
            assert world.packets_sent() == before
            await live.sandbox.connect_network()


async def test_every_address_of_this_machine_is_known(world: World) -> None:
    expected = {IPv4Network(each) for each in world.addresses if not each.startswith("127.")}
    assert addresses_of_this_machine() == expected


async def test_routes_cant_be_changed_from_inside(start: Start, outside: Outside) -> None:
    program = """
import fcntl
SIOCADDRT, SIOCDELRT = 0x890B, 0x890C
hear()
say(tried(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 0))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
    for request in (SIOCADDRT, SIOCDELRT):
        say(tried(fcntl.ioctl, any, request, bytes(120)))
"""
    assert outside(program.replace("hear()", ""))[0] == "done"  # the control
    async with start(program) as live:
        await live.sandbox.connect_network()
        live.say(None)
        assert await live.hear() == ["failed", "EAFNOSUPPORT"]
        for _ in range(2):
            assert await live.hear() == ["failed", "EPERM"]


async def test_names_are_looked_up_by_the_machines_name_server(
    start: Start, world: World, tmp_path: Path
) -> None:
    program = f"""
hear()
say(socket.gethostbyname("{worlds.NAME}"))
"""
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {worlds.OUTSIDE}\n")
    etc = Path("/etc/resolv.conf")
    namespace.bind(resolver, etc.resolve())  # in the tests' own mount namespace
    try:
        async with start(program) as live:
            await live.sandbox.connect_network()
            live.say(None)
            assert await live.hear() == worlds.OUTSIDE
    finally:
        namespace.unmount(etc.resolve())


async def test_a_name_server_on_the_loopback_leads_to_nothing_else_there(
    start: Start, world: World, tmp_path: Path
) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    etc = Path("/etc/resolv.conf")
    namespace.bind(resolver, etc.resolve())
    try:
        async with start(KNOCK) as live:
            await live.hear()
            await live.sandbox.connect_network()
            assert await knock(live, ("10.0.2.3", world.port)) == [False]
    finally:
        namespace.unmount(etc.resolve())


async def test_abstract_unix_sockets_of_the_machine_are_out_of_reach(
    run: Run, outside: Outside
) -> None:
    name = f"\0cognitora-test-{time.monotonic_ns()}"
    program = f"""
def connect():
    with socket.socket(socket.AF_UNIX) as client:
        client.connect({name!r})
say(tried(connect))
"""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        assert outside(program) == ["done", "None"]
        assert await run(program) == ["failed", "ECONNREFUSED"]


async def test_sandboxes_dont_reach_each_other(start: Start, world: World) -> None:
    server = """
server = socket.create_server(("0.0.0.0", 8000))
say([line.split()[-1] for line in open("/proc/net/fib_trie") if "|--" in line])
server.accept()
"""
    async with start(server) as one, start(KNOCK) as other:
        await one.sandbox.connect_network()
        await other.sandbox.connect_network()
        await asyncio.gather(one.hear(), other.hear())
        targets = [("10.0.2.100", 8000), ("10.0.2.2", 8000), ("127.0.0.1", 8000)]
        assert await knock(other, *targets) == [False] * 3


async def test_slirp4netns_ends_with_the_sandbox_and_with_the_network(start: Start) -> None:
    def slirps(live: Live) -> list[int]:
        return [
            pid
            for pid in live.sandbox.processes()
            if Path(f"/proc/{pid}/comm").read_text() == "slirp4netns\n"
        ]

    async with start("say(); hear()") as live:
        await live.hear()
        assert slirps(live) == []
        await live.sandbox.connect_network()
        (first,) = slirps(live)
        status = Path(f"/proc/{first}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        assert (
            Path(f"/proc/{first}").stat().st_uid == Path(f"/proc/{live.sandbox.pid}").stat().st_uid
        )
        await live.sandbox.disconnect_network()
        assert slirps(live) == []
        assert not Path(f"/proc/{first}").exists()
        await live.sandbox.connect_network()
        (second,) = slirps(live)
        await live.sandbox.kill()
        assert not Path(f"/proc/{second}").exists()


async def test_a_slirp4netns_that_died_is_started_again(start: Start, world: World) -> None:
    async with start(KNOCK) as live:
        await live.hear()
        await live.sandbox.connect_network()
        process = live.sandbox._network._process
        assert process is not None
        process.kill()
        await process.wait()
        assert await knock(live, (worlds.OUTSIDE, 80)) == [False]
        await live.sandbox.connect_network()
        assert await knock(live, (worlds.OUTSIDE, 80)) == [True]


@pytest.mark.alone
async def test_connecting_takes_milliseconds(host: Host, tmp_path: Path) -> None:
    sandbox = await host.start(
        ["/bin/sleep", "1000"], folder=tmp_path, limits=Limits(), environment={}, name="test"
    )
    try:
        fastest = 1.0
        for _ in range(10):
            began = time.monotonic()
            await sandbox.connect_network()
            fastest = min(fastest, time.monotonic() - began)
            await sandbox.disconnect_network()
        assert fastest < 0.05, json.dumps(fastest)
    finally:
        await sandbox.kill()
        sandbox.socket.close()
