"""A container's way out: none unless it is attached, and then outside only."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cognitora_local.engine import ContainerGone, EngineError, seccomp
from cognitora_local.engine.api import Api
from cognitora_local.engine.create import empty_image, find_init
from cognitora_local.engine.images import Images
from cognitora_local.engine.network import Network, Nftables, Slirp, pause
from cognitora_local.sandbox import namespace, network
from tests.engine.parts import RawEngine
from tests.images import Registry
from tests.sandbox import world as worlds
from tests.sandbox.test_network import KNOCK, forbidden
from tests.sandbox.world import World

# The talk of the sandbox's test programs, by arguments and standard output.
PREFACE = """
import errno, json, socket, sys
requests = iter(sys.argv[1:])
def say(value=None):
    print(json.dumps(value), flush=True)
def hear():
    for request in requests:
        return json.loads(request)
    sys.exit()
def tried(action, *arguments):
    try:
        return ["done", repr(action(*arguments))]
    except OSError as error:
        return ["failed", errno.errorcode.get(error.errno, repr(error))]
"""


class Box:
    """A container with Python in it, and its network."""

    def __init__(self, api: Api, container: str, network: Network, holder: str, pid: int) -> None:
        self.api = api
        self.id = container
        self.network = network
        self.holder = holder
        self.pid = pid

    async def run(self, program: str, *requests: object) -> list[Any]:
        """All that a program in it says."""
        arguments = [json.dumps(request) for request in requests]
        command = ["python3", "-I", "-c", PREFACE + program, *arguments]
        container = self.api.docker.containers.container(self.id)
        execution = await container.exec(command)
        async with execution.start(detach=False) as output:
            pieces = []
            while (message := await output.read_out()) is not None:
                pieces.append(message.data)
        printed = b"".join(pieces).decode()
        try:
            return [json.loads(line) for line in printed.splitlines()]
        except ValueError:
            raise AssertionError(printed) from None

    async def knock(self, *targets: tuple[str, int], way: str = "") -> list[bool]:
        """Whether each was reached; of a datagram, whether it was sent."""
        _, reached = await self.run(KNOCK, [targets, way])
        return list(reached)

    def slirps(self) -> list[int]:
        """The programs that serve its network."""
        process = self.network._network._process
        return [] if process is None else [process._process.pid]


StartBox = Callable[[], Awaitable[Box]]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with worlds.world() as built:
        yield built


@pytest_asyncio.fixture
async def api(raw_engine: RawEngine) -> AsyncIterator[Api]:
    api = await Api.connect(raw_engine.socket)
    yield api
    await api.close()


@pytest_asyncio.fixture
async def start(
    api: Api, raw_engine: RawEngine, registry: Registry, tmp_path: Path
) -> AsyncIterator[StartBox]:
    """Starts a container whose network is there, and not attached."""
    image = await Images(api.docker, {}, podman=raw_engine.podman).get(
        f"{registry.address}/python:3.11"
    )
    slirp, nftables = await Slirp.find(), await Nftables.find()
    profile = tmp_path / "seccomp.json"
    profile.write_text(seccomp.profile())
    async with AsyncExitStack() as held:

        async def starting() -> Box:
            holder = None
            if not raw_engine.podman:
                holder = await pause(
                    api,
                    name=f"pause-{time.monotonic_ns()}",
                    image=await empty_image(api),
                    init=find_init(),
                    files={},
                    profile=profile,
                    labels={},
                )
                held.push_async_callback(remove, api, holder)
            config: Any = {
                "Image": image.id,
                "Cmd": ["sleep", "1000"],
                "HostConfig": {
                    "NetworkMode": f"container:{holder}" if holder else "none",
                    "CapDrop": ["ALL"],
                    "SecurityOpt": ["no-new-privileges"],
                },
            }
            made = await api.docker.containers.create(config)
            held.push_async_callback(remove, api, made.id)
            if raw_engine.podman:
                await api.libpod("POST", f"containers/{made.id}/init")
            pid = await pid_of(api, holder or made.id)
            way_out = Network(slirp, nftables, holder or made.id, pid)
            held.push_async_callback(way_out.disconnect)
            box = Box(api, made.id, way_out, holder or made.id, pid)
            await made.start()
            return box

        yield starting


async def remove(api: Api, container: str) -> None:
    await api.docker.containers.container(container).delete(force=True)


async def pid_of(api: Api, container: str) -> int:
    return int((await api.get(f"containers/{container}/json"))["State"]["Pid"])


async def test_without_a_network_nothing_leaves(start: StartBox, world: World) -> None:
    outside = (worlds.OUTSIDE, 80)
    box = await start()
    before = world.packets_sent()
    assert await box.knock(outside, (worlds.HERE, world.port)) == [False, False]
    assert await box.knock(outside, ("255.255.255.255", 9), way="udp") == [False, False]
    assert world.packets_sent() == before

    await box.network.connect()  # the control: the same packets, and they leave
    assert await box.knock(outside) == [True]
    assert await box.knock(outside, way="udp") == [True]
    assert world.packets_sent() > before


async def test_what_is_sent_arrives_until_it_is_disconnected(start: StartBox, world: World) -> None:
    box = await start()
    await box.network.connect()
    await box.network.connect()
    program = f"""
with socket.create_connection(("{worlds.OUTSIDE}", 80), 5) as server:
    say(server.makefile().read())
"""
    assert await box.run(program) == ["hello from outside"]
    (slirp,) = box.slirps()
    await box.network.disconnect()
    assert not Path(f"/proc/{slirp}").exists()
    before = world.packets_sent()
    assert await box.knock((worlds.OUTSIDE, 80)) == [False]
    assert world.packets_sent() == before


@pytest.mark.parametrize("way", ["", "bound to the device", "by the interface"])
async def test_this_machine_is_never_reached(start: StartBox, world: World, way: str) -> None:
    box = await start()
    await box.network.connect()
    outside = (worlds.OUTSIDE, 80)
    assert await box.knock(outside, way=way) == [True]
    targets = forbidden(world)
    world.visitors()
    reached = await box.knock(*targets, way=way)
    await box.knock(*targets, way=way + " udp")
    assert await box.knock(outside, way=way) == [True]
    assert not [target for target, was in zip(targets, reached, strict=True) if was]
    assert world.visitors() == 0


async def test_without_our_routes_this_machine_is_reached(
    start: StartBox, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_ALWAYS_UNREACHABLE", frozenset[str]())
    monkeypatch.setattr(network, "addresses_of_this_machine", frozenset)
    box = await start()
    await box.network.connect()
    world.visitors()
    assert await box.knock((worlds.HERE, world.port)) == [True]
    assert world.visitors() == 1


async def test_an_address_that_the_machine_gets_later_is_closed_off_too(
    start: StartBox, world: World
) -> None:
    box = await start()
    await box.network.connect()
    slirps = box.slirps()
    worlds._ip(f"addr add 198.51.100.77/32 dev {world.cable}")
    try:
        await box.network.connect()
        world.visitors()
        assert await box.knock(("198.51.100.77", world.port)) == [False]
        assert world.visitors() == 0
        assert box.slirps() == slirps
    finally:
        worlds._ip(f"addr delete 198.51.100.77/32 dev {world.cable}")


async def test_routes_cant_be_changed_from_inside(start: StartBox) -> None:
    program = """
import fcntl
SIOCADDRT, SIOCDELRT = 0x890B, 0x890C
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
    for request in (SIOCADDRT, SIOCDELRT):
        say(tried(fcntl.ioctl, any, request, bytes(120))[1])
say(tried(socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)[1])
say(tried(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 3)[1])
"""
    box = await start()
    await box.network.connect()
    assert await box.run(program) == ["EPERM"] * 4


async def test_names_are_looked_up_by_the_machines_name_server(
    start: StartBox, world: World, tmp_path: Path
) -> None:
    program = f"""
import struct
question = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + b"".join(
    bytes([len(part)]) + part.encode() for part in "{worlds.NAME}".split(".")
) + b"\\0\\0\\1\\0\\1"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.sendto(question, ("10.0.2.3", 53))
    say(socket.inet_ntoa(client.recv(512)[-4:]))
"""
    namespace.enter_private()
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {worlds.OUTSIDE}\n")
    etc = Path("/etc/resolv.conf").resolve()
    namespace.bind(resolver, etc)  # in the tests' own mount namespace
    try:
        box = await start()
        await box.network.connect()
        assert await box.run(program) == [worlds.OUTSIDE]
    finally:
        namespace.unmount(etc)


async def test_containers_dont_reach_each_other(start: StartBox, world: World) -> None:
    server = """
server = socket.create_server(("0.0.0.0", 8000))
say("ready")
server.accept()
"""
    one, other = await asyncio.gather(start(), start())
    await one.network.connect()
    await other.network.connect()
    running = asyncio.ensure_future(one.run(server))
    own = ("127.0.0.1", 8000)
    async with asyncio.timeout(10):
        while await one.knock(own) == [False]:
            pass
    targets = [("10.0.2.100", 8000), ("10.0.2.2", 8000), ("127.0.0.1", 8000)]
    assert await other.knock(*targets) == [False] * 3
    await running


async def test_what_serves_the_network_has_no_rights(start: StartBox) -> None:
    box = await start()
    await box.network.connect()
    (slirp,) = box.slirps()
    status = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{slirp}/status").read_text().splitlines()
        if ":\t" in line
    )
    bind_low_ports = 1 << 10
    assert int(status["CapEff"], 16) & ~bind_low_ports == 0
    assert int(status["CapPrm"], 16) & ~bind_low_ports == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert sorted(os.listdir(f"/proc/{slirp}/root")) == ["etc", "run"]


async def test_it_ends_with_the_runtime(start: StartBox) -> None:
    box = await start()
    await box.network.connect()
    (slirp,) = box.slirps()
    process = box.network._network._process
    lifeline = box.network._network._lifeline
    assert process is not None
    assert lifeline is not None
    lifeline.shutdown(socket.SHUT_RDWR)  # what the kernel does when the runtime is no more
    async with asyncio.timeout(10):
        await process.wait()
    assert await box.knock((worlds.OUTSIDE, 80)) == [False]
    await box.network.connect()
    assert box.slirps() != [slirp]


async def test_no_process_but_the_containers_is_touched(start: StartBox, api: Api) -> None:
    slirp, nftables = await Slirp.find(), await Nftables.find()
    box = await start()
    other = await start()
    with pytest.raises(EngineError, match="control groups"):
        Network(slirp, nftables, box.holder, os.getpid())
    with pytest.raises(EngineError, match="control groups"):
        Network(slirp, nftables, box.holder, other.pid)
    with pytest.raises(ContainerGone):
        Network(slirp, nftables, box.holder, 2**22 - 1)
    with pytest.raises(ContainerGone):
        Network(slirp, nftables, box.holder, 0)


async def test_a_container_in_the_machines_network_is_left_alone(api: Api, start: StartBox) -> None:
    box = await start()
    found = await api.get(f"containers/{box.id}/json")
    config: Any = {
        "Image": found["Image"],
        "Cmd": ["sleep", "1000"],
        "HostConfig": {"NetworkMode": "host"},
    }
    made = await api.docker.containers.create(config)
    try:
        await made.start()
        way_out = Network(
            await Slirp.find(), await Nftables.find(), made.id, await pid_of(api, made.id)
        )
        with pytest.raises(EngineError, match="no network of its own"):
            await way_out.connect()
        await way_out.disconnect()
    finally:
        await made.delete(force=True)


@pytest.mark.alone
async def test_connecting_takes_milliseconds(start: StartBox) -> None:
    box = await start()
    began = time.monotonic()
    await box.network.connect()
    assert time.monotonic() - began < 0.5
    began = time.monotonic()
    await box.network.connect()
    assert time.monotonic() - began < 0.05
