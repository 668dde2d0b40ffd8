from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress

import pytest

from cognitora_local.engine import CommandError, Engine, EngineOptions, users
from cognitora_local.engine.memory import MemoryWatch
from cognitora_local.engine.proc import entered
from tests.engine.containers.world import WITH_VOLUME, World, execute

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 1024 * 1024


async def test_memory(world: World) -> None:
    """In pieces that grow: so much, and no more."""
    fill = "dd if=/dev/zero of=/dev/shm/x bs=1M count={} 2>/dev/null && echo kept"
    ran = await world.run("sh", "-c", fill.format(24), memory_mb=48)
    assert ran.output == "kept\n"
    ran = await world.run("sh", "-c", fill.format(60), memory_mb=48)
    assert "kept" not in ran.output
    assert ran.state.exit_code == 137


async def test_memory_that_is_used_up_ends_what_wants_more_and_not_the_container(
    world: World, options: EngineOptions
) -> None:
    if options.host is not None:
        pytest.skip("the engine isn't ours")
    container = await world.stay()
    (first,) = entered(container.engine_id)
    memory = MemoryWatch(first)
    await execute(container, "dd", "if=/dev/zero", "of=/dev/shm/x", "bs=64k")  # which stays
    for _ in range(3):
        with suppress(CommandError):  # nor can it always begin
            assert (await execute(container, "ls", "/"))[1] in (0, 137)
    assert memory.kills() > 0
    assert (await container.state()).running
    memory.close()


async def test_processes(world: World) -> None:
    script = "for i in $(seq 40); do sleep 100 & done; echo all"
    ran = await world.run("timeout", "5", "sh", "-c", script, processes=20)
    assert "can't fork" in ran.output
    assert "all" not in ran.output
    ran = await world.run("sh", "-c", script, processes=60)
    assert ran.output == "all\n"


async def test_a_fork_bomb_ends_with_its_container(world: World) -> None:
    container = await world.create("sh", "-c", "f() { f | f & }; echo up; f; while :; do :; done")
    await container.start()
    await anext(container.output)
    async with asyncio.timeout(10):
        await container.kill()
        assert (await container.wait()).exit_code == 137


async def test_cpu(world: World) -> None:
    """Half a core for a second and a half, which is 0.75 s of CPU time."""
    script = "exec 2>/dev/null; timeout 1.5 sh -c 'while :; do :; done'; times | tail -n 1"
    ran = await world.run("sh", "-c", script, cpu_cores=0.5)
    user, system = (float(word.split("m")[1].rstrip("s")) for word in ran.output.split()[-2:])
    assert user + system < 1.1


@pytest.mark.parametrize("place", ["/file", "/dir/file"])
async def test_disk(world: World, place: str) -> None:
    script = (
        f"exec 2>&1; mkdir -p /dir; dd if=/dev/zero of={place} bs=1M count=100; wc -c < {place}"
    )
    ran = await world.run("sh", "-c", script, storage_gb=0.03)
    written = int(ran.output.split()[-1])
    assert "quota exceeded" in ran.output or "No space left" in ran.output
    assert 28 * MIB < written < 36 * MIB


async def test_disk_of_many_small_files(world: World) -> None:
    filling = "for i in $(seq 2000); do head -c 65536 /dev/zero > /$i || break; done 2>/dev/null"
    ran = await world.run("sh", "-c", f"{filling}; du -sm /", storage_gb=0.03)
    assert int(ran.output.split()[-2]) < 40


async def test_nothing_is_written_beyond_its_disk(world: World) -> None:
    """Every folder that a container can write to is on its disk, or in its memory."""
    ran = await world.run("cat", "/proc/self/mountinfo")
    in_memory = {"tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2"}
    nodes = {f"/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    for line in ran.output.splitlines():
        mount, _, filesystem = line.partition(" - ")
        root, point, options = mount.split()[3:6]
        kind = filesystem.split()[0]
        node = kind == "devtmpfs" and root in nodes
        assert "ro" in options.split(",") or point == "/" or kind in in_memory or node, line
    for file in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
        ran = await world.run("sh", "-c", f"echo x > {file}")
        assert ran.state.exit_code != 0


async def test_an_image_s_volumes_are_within_its_limits(world: World, engine: Engine) -> None:
    script = "dd if=/dev/zero of=/volume/file bs=1M count=100 2>&1; echo $?"
    ran = await world.run("sh", "-c", script, image=WITH_VOLUME, storage_gb=0.03, memory_mb=32)
    assert ran.state.exit_code == 137 or ran.output.splitlines()[-1] in ("1", "137")
    assert not (await engine._api.get("volumes"))["Volumes"]


async def test_rights(world: World, engine: Engine) -> None:
    told = (await world.run("cat", "/proc/self/status")).output
    status = dict(line.split(":\t") for line in told.splitlines() if ":\t" in line)
    some = sum(1 << users.CAPABILITIES[name] for name in engine._factory.users.capabilities)
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {some}
    assert {int(status[name], 16) for name in ("CapInh", "CapAmb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize(
    "command",
    [
        "mount -t tmpfs none /bin",
        "mknod /disk b 7 0",
        "unshare -m true",
        "hostname mine",
        "echo 1 > /proc/sys/kernel/panic",
        "echo 1 > /sys/fs/cgroup/memory/memory.limit_in_bytes",
        "ip link set lo down",
        "chown 100000 /bin/busybox",
        "nice -n -5 true",
    ],
)
async def test_what_needs_rights_is_refused(world: World, command: str) -> None:
    ran = await world.run("sh", "-c", command)
    assert ran.state.exit_code != 0


async def test_no_network(world: World) -> None:
    """Nothing but a loopback, and that its own: nothing of this machine answers there."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        accepted = threading.Event()

        def accept() -> None:
            try:
                server.accept()
            except OSError:
                return
            accepted.set()

        threading.Thread(target=accept, daemon=True).start()
        script = f"cat /proc/net/dev | tail -n +3; nc -w 2 127.0.0.1 {port} </dev/null"
        ran = await world.run("sh", "-c", script)
        server.shutdown(socket.SHUT_RDWR)
    assert [line.split(":")[0].strip() for line in ran.output.splitlines()[:1]] == ["lo"]
    assert ran.state.exit_code != 0
    assert not accepted.is_set()


async def test_it_is_not_told_where_it_is(world: World) -> None:
    name = os.uname().nodename
    script = "hostname; cat /etc/hosts /etc/hostname /etc/resolv.conf; env"
    told = (await world.run("sh", "-c", script)).output
    assert "container" in told
    assert name == "container" or f"{name}\n" not in told.replace(" ", "\n")


async def test_what_is_left_by_one_is_not_found_by_the_next(world: World) -> None:
    await world.run("sh", "-c", "echo left > /left; echo left > /dev/shm/left")
    ran = await world.run("ls", "/left", "/dev/shm/left")
    assert ran.output.count("No such file") == 2


async def test_commands_in_it_have_its_limits(world: World) -> None:
    container = await world.stay(processes=20)
    script = "for i in $(seq 40); do sleep 100 & done; echo all"
    output, _ = await execute(container, "timeout", "5", "sh", "-c", script)
    assert "can't fork" in output
    container = await world.stay()
    output, code = await execute(container, "dd", "if=/dev/zero", "of=/f", "bs=1M", "count=200")
    assert code != 0
