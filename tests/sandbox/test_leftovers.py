"""What a runtime leaves that is killed, and who clears it away."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cognitora_local.sandbox import Host, Limits, staging_dir
from tests.needs import IS_ROOT, MOUNTS
from tests.processes import alive, with_arguments

# A host that starts anywhere on the machine clears away what is left.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.alone]

QUOTA = "0.03" if IS_ROOT else "null"  # GB of one sandbox's disk: only root can have it

# Starts all there is, says what, and then waits to be killed. The sandbox's own program has left
# its parents and ignores every signal that it can.
RUNTIME = """
import asyncio, json, sys
from pathlib import Path
from cognitora_local.sandbox import Host, Limits

INSIDE = '''
import os, signal, socket
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
if os.fork() == 0:
    os.setsid()
    while True:
        signal.pause()
socket.socket(fileno=3).send(b"x")
while True:
    signal.pause()
'''

async def main():
    data = Path(sys.argv[1])
    host = await Host.probe(data)
    quota = json.loads(sys.argv[2])
    for name, limits in {"plain": Limits(), "quota": Limits(storage_gb=quota)}.items():
        sandbox = await host.start([str(host.python), "-I", "-c", INSIDE], folder=data / name,
                                   limits=limits, environment={}, name=name)
        await asyncio.to_thread(sandbox.socket.recv, 1)
        await sandbox.connect_network()
        if name == "quota":
            await sandbox.pause_network()  # then slirp4netns can't see by itself that it is over
    processes = set().union(*(sandbox.processes() for sandbox in host._sandboxes))
    print(json.dumps({
        "processes": sorted(processes),
        "groups": [str(group) for group in host._groups.folders],
        "staging_dir": str(host._staging.folder),
        "loops": [str(loop) for loop in Path("/sys/block").glob("loop*/loop/backing_file")
                  if str(data) in loop.read_text()],
    }), flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


# A container of its own, with what is in memory there instead of the machine's folders.
CONTAINER = (
    'for folder; do mount -t tmpfs tmpfs "$folder"; done; exec "$PYTHON" -c "$CODE" "$1" "$QUOTA"'
)


@asynccontextmanager
async def runtime(
    data: Path, *before: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        *(before or (sys.executable, "-c", RUNTIME, str(data), QUOTA)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHON": sys.executable, "CODE": RUNTIME, "QUOTA": QUOTA},
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def nothing_left_of_the_tests() -> AsyncIterator[None]:
    yield
    await staging_dir.end_leftovers()


async def wait_until_ended(pids: list[int]) -> None:
    async with asyncio.timeout(10):
        while [pid for pid in pids if alive(pid)]:
            await asyncio.sleep(0.01)


async def test_a_killed_runtime_takes_its_sandboxes_with_it(tmp_path: Path) -> None:
    async with runtime(tmp_path / "data") as (process, held):
        assert len(held["processes"]) == 10  # of each: two of bwrap, two commands, slirp4netns
        assert all(alive(pid) for pid in held["processes"])
        assert len(held["loops"]) == (1 if IS_ROOT else 0)
        process.kill()
        await process.wait()

    await wait_until_ended(held["processes"])
    async with asyncio.timeout(10):
        while any(map(os.path.exists, held["loops"])):  # the mounts went with the namespace
            await asyncio.sleep(0.01)


def kill_the_keeper(held: dict[str, Any]) -> None:
    """So that a runtime that is killed next leaves what it has, as when both are killed at once."""
    (keeper,) = with_arguments("keeper", held["groups"][0])
    keeper.kill()


async def wait_until_gone(paths: list[str]) -> None:
    async with asyncio.timeout(10):
        while [path for path in paths if Path(path).exists()]:
            await asyncio.sleep(0.01)


async def test_what_outlives_a_killed_runtime_is_ended_at_once(tmp_path: Path) -> None:
    # As when the runtime was killed before bwrap had asked to die with it.
    async with runtime(tmp_path / "data") as (process, held):
        survivor = await asyncio.create_subprocess_exec("sleep", "1000")
        for group in held["groups"]:
            for inner in Path(group).glob("plain*/"):
                (inner / "cgroup.procs").write_text(str(survivor.pid))
        process.kill()
        assert await asyncio.wait_for(survivor.wait(), 10) == -9
    await wait_until_gone(held["groups"])


# Starts sandboxes without a pause, with a disk of their own and without; some stand, some don't yet.
STARTING = """
import asyncio, itertools, json, sys
from pathlib import Path
from cognitora_local.sandbox import Host, Limits

async def main():
    data = Path(sys.argv[1])
    host = await Host.probe(data)
    counter = itertools.count()
    async def start(limits):
        while True:
            sandbox = await host.start(["/bin/sleep", "1000"], folder=data / f"{next(counter)}",
                                       limits=limits, environment={}, name="test")
            sandbox.socket.close()
            await sandbox.kill()
    print("[]", flush=True)
    await asyncio.gather(*map(start, [Limits(), Limits(), Limits(storage_gb=json.loads(sys.argv[2]))]))

asyncio.run(main())
"""


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.15, 0.2, 0.25])
async def test_nothing_outlives_a_runtime_that_is_killed_while_it_starts_something(
    tmp_path: Path, seconds: float
) -> None:
    data = tmp_path / "data"

    def left() -> list[str]:
        loops = [
            str(loop)
            for loop in Path("/sys/block").glob("loop*/loop/backing_file")
            if str(data) in loop.read_text()
        ]
        groups = [name for name, _, _ in os.walk("/sys/fs/cgroup") if f"{identity}-" in name]
        return loops + groups

    async with runtime(data, sys.executable, "-c", STARTING, str(data), QUOTA) as (process, _):
        identity = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        await asyncio.sleep(seconds)  # any moment will do
        assert left()
        process.kill()
        await process.wait()
    async with asyncio.timeout(10):
        while left():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("data_dir", ["data", "another"])
async def test_the_next_runtime_clears_away_the_rest(tmp_path: Path, data_dir: str) -> None:
    async with runtime(tmp_path / "data") as (process, held):
        kill_the_keeper(held)
        process.kill()
        await process.wait()
    groups, staging_dir = [Path(group) for group in held["groups"]], Path(held["staging_dir"])
    assert all(group.exists() for group in groups)
    assert staging_dir.exists()
    await wait_until_ended(held["processes"])
    survivor = await asyncio.create_subprocess_exec("sleep", "1000")
    for group in held["groups"]:
        for inner in Path(group).glob("plain*/"):
            (inner / "cgroup.procs").write_text(str(survivor.pid))

    host = await Host.probe(tmp_path / data_dir)

    try:
        assert await survivor.wait() == -9
        if data_dir == "another":
            assert not [group for group in groups if group.exists()]
            assert not staging_dir.exists()
        else:  # made anew, and empty
            assert not [child for group in groups for child in group.glob("*/")]
    finally:
        await host.close()
    assert not [group for group in groups if group.exists()]


async def test_a_live_runtime_is_left_alone(tmp_path: Path) -> None:
    async with runtime(tmp_path / "data") as (_, held):
        host = await Host.probe(tmp_path / "another")
        sandbox = await host.start(
            ["/bin/true"], folder=tmp_path / "work", limits=Limits(), environment={}, name="test"
        )
        assert await sandbox.wait() == 0
        sandbox.socket.close()
        await host.close()
        assert all(alive(pid) for pid in held["processes"])
        assert all(Path(group).exists() for group in held["groups"])


@pytest.mark.root(MOUNTS)
async def test_the_machine_never_sees_the_runtimes_mounts(tmp_path: Path) -> None:
    def mounted(pid: int, *folders: str) -> list[bool]:
        mounts = Path(f"/proc/{pid}/mountinfo").read_text()
        return [folder in mounts for folder in folders]

    async with runtime(tmp_path / "data") as (process, held):
        folders = (str(tmp_path), held["staging_dir"])
        assert mounted(process.pid, *folders) == [True, True]
        assert mounted(1, *folders) == mounted(os.getpid(), *folders) == [False, False]


@pytest.mark.root(MOUNTS)
async def test_threads_that_have_begun_before_see_the_runtimes_mounts(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from cognitora_local.sandbox import Host

async def main():
    await asyncio.to_thread(int)
    await (await Host.probe(Path(sys.argv[1]))).close()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, tmp_path / "data")
    assert await process.wait() == 0


@pytest.mark.root(MOUNTS)
async def test_containers_that_see_each_others_control_groups(tmp_path: Path) -> None:
    """With data folders of the same name, as two containers of one image have."""
    (tmp_path / "data").mkdir()
    folders = [str(tmp_path / "data"), "/run/cognitora"]
    container = ["unshare", "--mount", "sh", "-ec", CONTAINER, "sh", *folders]
    async with runtime(tmp_path, *container) as (_, one), runtime(tmp_path, *container) as (_, two):
        assert set(one["groups"]).isdisjoint(two["groups"])
        assert all(alive(pid) for pid in one["processes"] + two["processes"])
    await wait_until_ended(one["processes"] + two["processes"])
