from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from cognitora_local.engine import CommandError, ContainerGone, Engine, ImageError
from tests.engine.containers.world import (
    BARE,
    WITH_ENTRYPOINT,
    WITH_FOLDERS,
    WITH_INIT,
    World,
    add_images,
    execute,
    image_of,
    text,
)
from tests.processes import commands, with_arguments

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 1024 * 1024
LINE = "x" * 1000


async def test_a_command_prints_and_ends_with_its_exit_code(world: World) -> None:
    before = datetime.now(UTC)
    ran = await world.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert sorted(ran.output.splitlines()) == ["err", "out"]
    state = ran.state
    assert (state.running, state.exit_code, state.out_of_memory) == (False, 3, False)
    assert state.started_at is not None
    assert state.finished_at is not None
    # An engine reads the end off a clock of the kernel's that ticks less often.
    assert before - timedelta(seconds=0.1) <= state.started_at <= state.finished_at
    assert state.finished_at <= datetime.now(UTC)


async def test_before_its_start_it_is_not_running(world: World) -> None:
    container = await world.create("true")
    state = await container.state()
    assert not state.running
    assert (state.exit_code, state.started_at, state.finished_at) == (None, None, None)


async def test_while_it_runs_it_has_no_exit_code(world: World) -> None:
    container = await world.start("sleep", "100")
    state = await container.state()
    assert state.running
    assert state.started_at is not None
    assert (state.exit_code, state.finished_at) == (None, None)


@pytest.mark.parametrize(
    ("command", "exit_code", "named"),
    [
        (["nowhere"], 127, "nowhere"),
        (["/no/such/file"], 127, "/no/such/file"),
        (["/etc"], 126, "/etc"),
        ([], 127, "no command"),
    ],
)
async def test_a_command_that_cannot_start_is_told(
    world: World, command: list[str], exit_code: int, named: str
) -> None:
    with pytest.raises(CommandError) as caught:
        assert not (await world.run(*command)).output
    assert caught.value.exit_code == exit_code
    assert named in str(caught.value)


async def test_a_command_is_given_to_the_image_s_entrypoint(world: World) -> None:
    assert (await world.run(image=WITH_ENTRYPOINT)).output == "hey /bin/sh -c you\n"
    assert (await world.run("--me", image=WITH_ENTRYPOINT)).output == "hey --me\n"


async def test_arguments_and_variables_arrive_as_they_are(world: World) -> None:
    odd = ["--privileged", "-v=/:/host", "a b", "$(id)", "`id`", "'\"", "a\nb", "", "ü"]
    ran = await world.run("printf", "%s|", *odd)
    assert ran.output == "".join(f"{word}|" for word in odd)
    variables = {"A": "a b=c\nd", "B": "", "OF": "mine", "Ü": "ü"}
    told = (await world.run("env", "-0", environment=variables)).output.split("\0")
    assert {f"{name}={value}" for name, value in variables.items()} <= set(told)


async def test_nothing_of_the_runtime_s_environment_is_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://secret.example")
    told = (await world.run("env")).output
    names = {line.partition("=")[0] for line in told.splitlines()}
    usual = {"PATH", "OF", "HOME", "HOSTNAME", "TERM", "container", "SHLVL", "PWD"}
    assert names <= usual
    assert "HOSTNAME=container\n" in told


async def test_the_root_folder_is_its_own(world: World) -> None:
    """An image needn't say who may write there, and root has no more rights than the files say."""
    ran = await world.run("/busybox", "touch", "/file", image=BARE)
    assert (ran.output, ran.state.exit_code) == ("", 0)


async def test_it_is_killed_at_once(world: World) -> None:
    container = await world.start("sh", "-c", "trap '' TERM INT; while :; do sleep 1; done")
    ended = asyncio.create_task(container.wait())
    await container.kill()
    async with asyncio.timeout(5):
        state = await ended
    assert (state.exit_code, state.out_of_memory) == (137, False)
    await container.kill()
    await container.remove()
    await container.kill()


async def test_what_is_killed_before_its_start_never_runs(world: World) -> None:
    container = await world.create("true")
    await container.kill()
    await container.remove()
    with pytest.raises(ContainerGone):
        await container.state()


async def test_who_needs_more_memory_than_there_is_ends_out_of_memory(world: World) -> None:
    ran = await world.run("sh", "-c", "x=a; while :; do x=$x$x; done", memory_mb=32)
    assert (ran.state.exit_code, ran.state.out_of_memory) == (137, True)


async def test_it_is_waited_for_though_it_prints_no_more(world: World) -> None:
    container = await world.start("sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 4")
    async with asyncio.timeout(10):
        states = await asyncio.gather(*(container.wait() for _ in range(3)))
    assert [state.exit_code for state in states] == [4, 4, 4]


async def test_who_stops_waiting_leaves_nothing_behind(world: World) -> None:
    container = await world.start("sleep", "100")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await container.wait()
    ended = asyncio.create_task(container.wait())
    await container.kill()
    assert (await ended).exit_code == 137


async def test_a_removed_one_is_gone(world: World, engine: Engine) -> None:
    container = await world.start("sleep", "100")
    assert container.id in await engine.find()
    await container.remove()
    assert container.id not in await engine.find()
    for asked in (container.state(), container.wait(), execute(container, "true")):
        with pytest.raises(ContainerGone):
            await asked
    await container.remove()


async def test_a_persistent_one_stays_up_in_any_image(world: World) -> None:
    container = await world.stay(image=BARE)
    assert (await execute(container, "/busybox", "echo", "there")) == ("there\n", 0)
    assert (await container.state()).running


async def test_a_persistent_one_ends_when_it_is_killed(world: World) -> None:
    container = await world.stay()
    await container.kill()
    async with asyncio.timeout(30):
        assert (await container.wait()).exit_code == 137
    with pytest.raises(ContainerGone):
        await execute(container, "true")


async def test_a_command_called_init_is_given_no_more_than_others(world: World) -> None:
    ordinary = await world.run("mount", image=WITH_INIT)
    special = await world.run("/sbin/init", image=WITH_INIT)
    assert _mounts(special.output) == _mounts(ordinary.output)


def _mounts(listed: str) -> set[str]:
    return {line.partition(" on ")[2] for line in listed.splitlines() if " on / " not in line}


async def test_the_way_out_is_there_before_it_runs(world: World) -> None:
    container = await world.create("cat", "/proc/net/dev", "/etc/resolv.conf", networking=True)
    await container.start()
    printed = await text(container.output)
    assert "tap0:" in printed
    assert printed.endswith("nameserver 10.0.2.3\n")


async def test_a_found_one_gets_its_way_out_again(world: World, engine: Engine) -> None:
    container = await world.create(networking=True, persistent=True)
    await container.start()
    assert container._network is not None
    await container._network.disconnect()  # as when the runtime that had attached it is no more
    assert "tap0" not in (await execute(container, "cat", "/proc/net/dev"))[0]
    found = (await engine.find())[container.id]
    await found.reconnect()
    assert "tap0" in (await execute(found, "cat", "/proc/net/dev"))[0]
    await found.remove()


async def test_the_end_of_one_leaves_what_others_are_set_up_on(
    world: World, engine: Engine
) -> None:
    """Podman has a mount in its store that every container's disk is on."""
    container = await world.create("true")
    store = _mounts_of_the_store()
    assert store or not engine._api.podman
    await container.start()
    await container.wait()
    while _works_on(container.engine_id):  # which clears up after it
        await asyncio.sleep(0.05)
    assert _mounts_of_the_store() == store


def _mounts_of_the_store() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [point for line in lines if (point := line.split()[4]).endswith("/graph/btrfs")]


def _works_on(engine_id: str) -> bool:
    return any(engine_id in arguments for _, arguments in commands())


async def test_output_comes_as_it_is_printed(world: World) -> None:
    container = await world.start("sh", "-c", "echo first; sleep 100")
    async with asyncio.timeout(30):
        assert await anext(container.output) == b"first\n"


async def test_who_prints_waits_for_who_reads(world: World) -> None:
    """300 MB through 20: so they aren't kept anywhere on their way."""
    size = 300 * MIB
    container = await world.start("sh", "-c", f"yes {LINE} | /bin/head -c {size}")
    await anext(container.output)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (head,) = with_arguments("/bin/head", "-c", str(size))
    assert await written_by(head) < size
    assert (await container.state()).running
    read = 2 * MIB
    async for piece in container.output:
        read += len(piece)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert size <= read <= size + 2 * MIB
    assert grown_kib < 20 * 1024
    assert (await container.wait()).exit_code == 0


async def written_by(process: psutil.Process) -> int:
    """How many bytes it has written when it writes no more: when one look finds what the last one did."""
    last, now = -1, 0
    while now != last:
        await asyncio.sleep(0.1)
        last, now = now, process.io_counters().write_chars
    return now


async def test_logs_are_kept_up_to_a_limit(world: World) -> None:
    container = await world.start("sh", "-c", f"yes {LINE} | head -c {40 * MIB}; echo end")
    await text(container.output)
    await container.wait()
    logs = await container.logs()
    assert len(logs) <= 17 * MIB
    assert logs.endswith(b"end\n")


async def test_logs_are_what_was_printed(world: World) -> None:
    container = await world.start("sh", "-c", "printf 'no end of line'; echo; printf 'ü\\t\\r\\nx'")
    printed = await text(container.output)
    await container.wait()
    assert (await container.logs()).decode() == printed


async def test_an_image_that_was_removed_meanwhile_is_told(world: World, engine: Engine) -> None:
    api = engine._api
    assert (await world.run("true", image=WITH_ENTRYPOINT)).state.exit_code == 0
    image = await image_of(engine, WITH_ENTRYPOINT)
    await world.close()
    await api.delete(f"images/{image.id}", force="true")
    try:
        with pytest.raises(ImageError) as caught:
            await world.create("true", image=image)
        assert caught.value.code == "image_not_found"
    finally:
        await add_images(engine, WITH_ENTRYPOINT)


async def test_ten_at_once(world: World) -> None:
    ran = await asyncio.gather(*(world.run("echo", str(number)) for number in range(10)))
    assert [one.output for one in ran] == [f"{number}\n" for number in range(10)]
    assert {one.state.exit_code for one in ran} == {0}


async def test_orphans_are_reaped(world: World) -> None:
    script = "for i in $(seq 400); do (true &); done; sleep 0.3; ps -o stat | grep -c '^Z'; echo on"
    # Fewer than the orphans, and more than a busy machine leaves unreaped for a moment.
    ran = await world.run("sh", "-c", script, processes=256)
    assert ran.output == "0\non\n"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -TERM $$", 143),
        ("kill -ABRT $$", 134),
        ("kill -KILL $$", 137),
        ("timeout -s KILL 0.1 sleep 9", 137),
    ],
)
async def test_a_signal_to_oneself_is_no_want_of_memory(
    world: World, script: str, code: int
) -> None:
    ran = await world.run("sh", "-c", script)
    assert (ran.state.exit_code, ran.state.out_of_memory) == (code, False)


async def test_an_image_s_folders_are_there(world: World, engine: Engine) -> None:
    if not engine._api.podman:
        pytest.skip("Docker makes an image's volumes itself")
    script = "pwd; for each in . .. /made/data; do touch $each/file; stat -c %u $each; done"
    told = "/made/here\n0\n0\n0\n"
    assert (await world.run("sh", "-c", script, image=WITH_FOLDERS)).output == told
    container = await world.stay(image=WITH_FOLDERS)
    assert await execute(container, "sh", "-c", script) == (told, 0)


@pytest.mark.parametrize("folder", ["/no/such", "/bin/busybox", "/bin/busybox/sub"])
async def test_a_folder_that_is_none_is_told(world: World, folder: str) -> None:
    container = await world.stay()
    with pytest.raises(CommandError, match=f"The folder {folder} can't be entered"):
        await execute(container, "pwd", folder=folder)
