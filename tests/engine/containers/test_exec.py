from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from cognitora_local.engine import CommandError, Container, ContainerGone, Engine, EngineOptions
from cognitora_local.engine.api import Api
from cognitora_local.engine.egress_lists import EgressLists
from cognitora_local.engine.exec import Exec
from cognitora_local.engine.monitors import Monitor
from cognitora_local.engine.podman_storage import PodmanStorage
from cognitora_local.engine.proc import entered
from cognitora_local.engine.service import Service
from cognitora_local.sandbox import Terminal
from tests.engine.containers.world import World, execute, text

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 1024 * 1024


async def test_a_command_prints_and_ends_with_its_exit_code(world: World) -> None:
    container = await world.stay()
    output, code = await execute(container, "sh", "-c", "echo out; echo err >&2; exit 5")
    assert sorted(output.splitlines()) == ["err", "out"]
    assert code == 5


async def test_folder_and_variables_are_its_own(world: World) -> None:
    container = await world.stay()
    variables = {"A": "a b=c\nd", "OF": "exec"}
    told, _ = await execute(container, "env", "-0", folder="/etc", environment=variables)
    assert {"A=a b=c\nd", "OF=exec"} <= set(told.split("\0"))
    assert await execute(container, "pwd", folder="/etc") == ("/etc\n", 0)
    assert await execute(container, "sh", "-c", "pwd; echo $A$OF") == ("/\nimage\n", 0)


async def test_what_one_leaves_the_next_finds(world: World) -> None:
    container = await world.stay()
    await execute(container, "sh", "-c", "echo kept > /file; sleep 100 & echo $! > /pid")
    assert await execute(container, "sh", "-c", "cat /file; kill -0 $(cat /pid)") == ("kept\n", 0)


@pytest.mark.parametrize(
    ("command", "folder", "exit_code", "named"),
    [
        (["nowhere"], None, 127, "nowhere"),
        (["/no/such/file"], None, 127, "/no/such/file"),
        (["/etc"], None, 126, "/etc"),
        (["true"], "/no/such/folder", None, "/no/such/folder"),
    ],
)
async def test_a_command_that_cannot_start_is_told(
    world: World, command: list[str], folder: str | None, exit_code: int | None, named: str
) -> None:
    container = await world.stay()
    with pytest.raises(CommandError) as caught:
        await execute(container, *command, folder=folder)
    assert exit_code in (None, caught.value.exit_code)
    assert named in str(caught.value)


async def test_a_program_s_own_words_are_not_taken_for_the_engine_s(world: World) -> None:
    container = await world.stay()
    for words in ("Error: exec failed", "OCI runtime error"):
        printed = await execute(container, "sh", "-c", f"echo {words}; exit 127")
        assert printed == (f"{words}\n", 127)


async def test_output_comes_as_it_is_printed(world: World) -> None:
    container = await world.stay()
    run = await container.execute(["sh", "-c", "echo a; sleep 100"], folder=None, environment={})
    async with asyncio.timeout(30):
        assert await anext(run.output) == ("stdout", b"a\n")
    await run.kill()


@pytest.mark.parametrize("terminal", [None, Terminal(24, 80)], ids=["pipes", "terminal"])
@pytest.mark.parametrize("stdin", [False, True], ids=["no stdin", "stdin"])
@pytest.mark.parametrize("user", ["", "1000"], ids=["root", "user"])
async def test_the_machines_devices_stay_its_own(
    world: World, terminal: Terminal | None, stdin: bool, user: str
) -> None:
    container = await world.stay()
    devices = [Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty")]
    owners = [(each.stat().st_uid, each.stat().st_mode) for each in devices]
    run = await container.execute(
        ["true"], folder=None, environment={}, user=user, stdin=stdin, terminal=terminal
    )
    await text(run.output)
    assert await run.wait() == 0
    assert [(each.stat().st_uid, each.stat().st_mode) for each in devices] == owners


@pytest.mark.parametrize("user", ["nope", "1:nope", "99999999999", "a b"])
async def test_a_user_who_isnt_there(world: World, user: str) -> None:
    container = await world.stay()
    with pytest.raises(CommandError, match="as the user") as refused:
        await container.execute(["id"], folder=None, environment={}, user=user)
    assert refused.value.exit_code == 126


async def test_a_command_runs_as_the_user_that_it_is_given(world: World) -> None:
    container = await world.stay()
    run = await container.execute(["id"], folder=None, environment={}, user="1000:1001")
    assert await text(run.output) == "uid=1000 gid=1001\n"


async def test_all_of_a_large_output_comes(world: World) -> None:
    container = await world.stay()
    run = await container.execute(
        ["sh", "-c", f"yes | head -c {50 * MIB}"], folder=None, environment={}
    )
    read = 0
    async for _, data in run.output:
        read += len(data)
    assert (read, await run.wait()) == (50 * MIB, 0)


TREE = """
sleep 1001 &
(sleep 1002; true) &
setsid sh -c 'sleep 1003 & sleep 1004' &
echo up
wait
"""


async def test_a_killed_one_takes_all_it_has_started_along(world: World) -> None:
    container = await world.stay()
    other = await container.execute(["sleep", "2000"], folder=None, environment={})
    run = await container.execute(["sh", "-c", TREE], folder=None, environment={})
    await anext(run.output)
    until = asyncio.get_running_loop().time() + 10
    while (await sleepers(container)) != {"1001", "1002", "1003", "1004", "2000"}:
        assert asyncio.get_running_loop().time() < until
    await run.kill()
    async with asyncio.timeout(30):
        assert await text(run.output) == ""
        assert await run.wait() == 137
    while await sleepers(container) != {"2000"}:
        assert asyncio.get_running_loop().time() < until
    await run.kill()
    await other.kill()


async def sleepers(container: Container) -> set[str]:
    listed, _ = await execute(container, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    words = listed.split("sleep ")[1:]
    return {word.split()[0] for word in words if word.split()[0].isdigit()}


async def test_a_fork_bomb_is_killed(world: World) -> None:
    container = await world.stay(processes=64)
    run = await container.execute(
        ["sh", "-c", "f() { f | f & }; echo up; f; while :; do sleep 1; done"],
        folder=None,
        environment={},
    )
    await anext(run.output)
    await asyncio.sleep(0.3)  # it is at its most
    async with asyncio.timeout(20):
        await run.kill()
        await run.wait()
    assert (await container.state()).running


async def test_many_at_once(world: World) -> None:
    container = await world.stay()
    ran = await asyncio.gather(*(execute(container, "echo", str(number)) for number in range(8)))
    assert ran == [(f"{number}\n", 0) for number in range(8)]


async def test_it_ends_with_its_container(world: World) -> None:
    container = await world.stay()
    run = await container.execute(["sleep", "100"], folder=None, environment={})
    await container.kill()
    async with asyncio.timeout(30):
        assert await text(run.output) == ""
    await container.remove()
    with pytest.raises(ContainerGone):
        await run.wait()
    await run.kill()


async def test_one_is_found_again(world: World, engine: Engine) -> None:
    container = await world.stay()
    run = await container.execute(["sleep", "100"], folder=None, environment={})
    found = (await engine.find())[container.id]
    again = await found.find_exec(run.engine_id)
    assert again is not None
    await again.kill()
    async with asyncio.timeout(30):
        assert await text(run.output) == ""
        assert await again.wait() == 137
    assert await found.find_exec("0" * 64) is None


Unnoted = Callable[..., Awaitable[tuple[Container, Exec, Path]]]


@pytest.fixture
def unnoted(
    world: World, engine: Engine, options: EngineOptions, store: Path, tmp_path: Path
) -> Unnoted:
    """A command that Podman was killed over, before it was noted down; it goes on once there is the file.

    It has begun, or waits before that, as `then` says: a shell's, with {go} for the file. Podman then tells
    of one that never ran. It says by a file /ran that it has, and ends with 7 once there is a file /go.
    """
    if options.host is not None:
        pytest.skip("the engine isn't ours")

    async def make(then: str | None = None) -> tuple[Container, Exec, Path]:
        container = await world.stay()
        begun, go = tmp_path / "begun", tmp_path / "go"
        command = ["sh", "-c", "touch /ran; until [ -e /go ]; do sleep 0.01; done; exit 7"]
        wait = (then or WAIT).format(go=go, begun=begun, container=container.engine_id)
        async with second_podman(store, tmp_path) as api:
            seen = Container(
                api,
                "seen",
                container.engine_id,
                folder="/",
                spool=tmp_path,
                egress=EgressLists(tmp_path / "egress"),
            )
            with waiting_before_they_begin(store / "config" / "runtime", wait):
                running = asyncio.create_task(seen.execute(command, folder=None, environment={}))
                await until(begun.exists)
            with stopped_until_killed(listener(api.socket)):
                if then is None:
                    go.touch()
                    await until(lambda: len(entered(container.engine_id)) > 1)
                    await until(lambda: is_watched(container.engine_id))
            exec_id = (await running).engine_id
        found = (await engine.find())[container.id]
        again = await found.find_exec(exec_id)
        assert again is not None
        return found, again, go

    return make


WAIT = ": >{begun}; until [ -e {go} ]; do sleep 0.01; done"
# What a runtime does first: it starts a process that goes into the container, and fails when that ends.
ENTER = (
    'sh -c \'find /sys/fs/cgroup -path "*{container}*" -name cgroup.procs | while read procs; do '
    f"echo $$ >$procs; done; {WAIT}; exit 0' || exit 1"
)


async def test_one_that_podman_was_killed_over_is_found_again(unnoted: Unnoted) -> None:
    found, again, _ = await unnoted()
    await found.end_commands(but=again.engine_id)
    waiting = asyncio.create_task(again.wait())
    await execute(found, "touch", "/go")
    async with asyncio.timeout(10):
        assert await waiting == 7


@pytest.mark.parametrize("then", [WAIT, ENTER], ids=["waits", "enters the container"])
async def test_one_that_podman_was_killed_over_before_it_began_goes_on(
    unnoted: Unnoted, then: str
) -> None:
    found, again, go = await unnoted(then)
    await found.end_commands(but=again.engine_id)
    waiting = asyncio.create_task(again.wait())
    go.touch()
    monitor = Monitor.of(again.engine_id, found.engine_id)
    assert monitor is not None
    # It gives up, as it can't tell Podman that the command has begun, and clears up after it.
    await until(lambda: clears_up(monitor.pid))
    await until(lambda: not clears_up(monitor.pid))
    assert not waiting.done()
    with suppress(FileNotFoundError):  # which some versions of it leave
        monitor.exit_file.parent.rmdir()
    later = await found.find_exec(again.engine_id)  # of which Podman knows nothing by now
    assert later is not None
    waiting_later = asyncio.create_task(later.wait())
    await execute(found, "touch", "/go")
    for each in (waiting, waiting_later):
        with pytest.raises(CommandError, match="how it ended is unknown"):
            await each
    assert await execute(found, "ls", "/ran") == ("/ran\n", 0)


@pytest.mark.parametrize(
    ("then", "but"),
    [(None, None), (WAIT, None), (WAIT, "another"), (ENTER, "another")],
    ids=["runs", "waits", "waits beside another", "enters the container beside another"],
)
async def test_one_that_podman_was_killed_over_is_killed(
    unnoted: Unnoted, then: str | None, but: str | None
) -> None:
    found, again, go = await unnoted(then)
    if but is None:
        await again.kill()
    else:
        await found.end_commands(but=but)
    go.touch()
    async with asyncio.timeout(60):
        if then is None:
            assert await again.wait() == 137
        else:
            with pytest.raises(CommandError, match="how it ended is unknown"):
                await again.wait()
            assert (await execute(found, "ls", "/ran"))[1] == 1
    await until(lambda: len(entered(found.engine_id)) == 1)


async def test_nobody_knows_how_one_ended_whose_monitor_died_as_well(
    unnoted: Unnoted,
) -> None:
    found, again, _ = await unnoted()
    monitor = Monitor.of(again.engine_id, found.engine_id)
    assert monitor is not None
    command = monitor.command()
    assert command is not None
    waiting = asyncio.create_task(again.wait())
    await until(lambda: is_waited_for(command))
    with stopped_until_killed(monitor.pid):  # so that it notes nothing down
        await execute(found, "touch", "/go")
        await until(lambda: psutil.Process(command).status() == psutil.STATUS_ZOMBIE)
        assert not waiting.done()
    await until(lambda: is_gone(command))
    async with asyncio.timeout(60):
        with pytest.raises(CommandError, match="how it ended is unknown") as caught:
            await waiting
    assert caught.value.exit_code is None


@asynccontextmanager
async def second_podman(folder: Path, data_dir: Path) -> AsyncIterator[Api]:
    """Another on the same store."""
    async with AsyncExitStack() as stack:
        store = await PodmanStorage.open(folder)
        stack.push_async_callback(store.close)
        service = await Service.start(store, data_dir)
        stack.push_async_callback(service.stop)
        api = await Api.connect(service.socket)
        stack.push_async_callback(api.close)
        yield api


@contextmanager
def waiting_before_they_begin(program: Path, wait: str) -> Iterator[None]:
    """Commands do this before they begin."""
    script = program.read_text()
    first, rest = script.split("\n", 1)
    program.write_text(f'{first}\ncase "$*" in *exec*) {wait};; esac\n{rest}')
    try:
        yield
    finally:
        replaced = program.with_suffix(".whole")  # it is being read
        replaced.write_text(script)
        replaced.chmod(0o755)
        replaced.rename(program)


@contextmanager
def stopped_until_killed(pid: int) -> Iterator[None]:
    """Whatever comes of the block: nobody waits for what stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


def listener(address: Path) -> int:
    """The process that listens there."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(address))
        told = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process, _, _ = struct.unpack("3i", told)
    assert b"\0system\0service\0" in Path(f"/proc/{process}/cmdline").read_bytes()
    return int(process)


def is_watched(engine_id: str) -> bool:
    """Whether all that its monitors do for what runs in a container is to wait for its end."""
    with suppress(psutil.NoSuchProcess):  # as one that was still being started by others
        monitors = [psutil.Process(pid).parent() for pid in entered(engine_id)]
        return all(
            monitor
            and monitor.name() == "conmon"  # else it is the container runtime, which isn't done yet
            and len(monitor.children()) == 1
            and monitor.status() == psutil.STATUS_SLEEPING
            for monitor in monitors
        )
    return False


def clears_up(monitor: int) -> bool:
    """Whether a copy of a monitor is there, or what it becomes, beside the command itself."""
    names = set[str]()
    for child in psutil.Process(monitor).children():
        with suppress(psutil.NoSuchProcess):
            names.add(child.name())
    return not names.isdisjoint(("conmon", "podman"))


def is_gone(pid: int) -> bool:
    """Whether its end was taken note of: else its container can't end. As the first process, by us."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return not psutil.pid_exists(pid)


def is_waited_for(pid: int) -> bool:
    """Whether this process holds a descriptor by which it hears of that one's end."""
    for held in Path("/proc/self/fdinfo").iterdir():
        with suppress(FileNotFoundError):
            if f"\nPid:\t{pid}\n" in held.read_text():
                return True
    return False


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.01)


async def test_it_has_no_more_rights_than_its_container(world: World) -> None:
    container = await world.stay()
    told, _ = await execute(container, "cat", "/proc/self/status")
    status = dict(line.split(":\t") for line in told.splitlines() if ":\t" in line)
    first, _ = await execute(container, "cat", "/proc/1/status")
    for name in ("Uid", "Gid", "CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert f"{name}:\t{status[name]}\n" in first
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
