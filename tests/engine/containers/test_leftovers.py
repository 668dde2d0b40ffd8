"""What is left when a runtime ends, in whatever way. With engines of our own."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.datadir import PREFIX
from cognitora_local.engine import Collected, Engine, EngineOptions
from tests.engine.containers.world import BUSYBOX, World, add_images, execute
from tests.needs import CONTAINERS, need_root
from tests.processes import children, commands, with_arguments

pytestmark = pytest.mark.asyncio(loop_scope="session")

_MODULE = "tests.engine.containers.other_runtime"
ROOT = Path(__file__).parents[3]


class Other:
    """A runtime in a process of its own."""

    def __init__(self, store: Path, data_dir: Path, *names: str) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.engine.containers.other_runtime",
                store,
                data_dir,
                *names,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def says(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            return (await asyncio.to_thread(self.process.stdout.readline)).strip()

    async def tell(self, word: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return await self.says()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest_asyncio.fixture(loop_scope="session", scope="module", autouse=True)
async def _images(store: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    need_root(CONTAINERS)
    async with engine_of(store, tmp_path_factory.mktemp("data")) as engine:
        await add_images(engine)


@pytest.fixture
def other(store: Path, tmp_path: Path) -> Iterator[Callable[..., Other]]:
    started: list[Other] = []

    def start(*names: str, data_dir: Path | None = None, store: Path = store) -> Other:
        folder = data_dir or tmp_path / f"data-{len(started)}"
        folder.mkdir(exist_ok=True)
        started.append(Other(store, folder, *names))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@asynccontextmanager
async def engine_of(store: Path, data_dir: Path) -> AsyncIterator[Engine]:
    engine = await Engine.start(EngineOptions(store=store), data_dir)
    try:
        yield engine
    finally:
        await engine.close()


async def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def running(word: str) -> list[str]:
    """The command lines, with that word in them, of all processes but the tests'."""
    lines = [" ".join(arguments) for _, arguments in commands()]
    return [line for line in lines if word in line and "python" not in line]


def loops(store: Path) -> str:
    command = ["losetup", "--associated", str(store / "store.btrfs")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def test_a_closed_engine_leaves_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with engine_of(store, tmp_path / "data") as engine:
        await add_images(engine)
        world = World(engine, "closed")
        container = await world.stay()
        await world.start("sleep", "1000")
        assert await execute(container, "echo", "here") == ("here\n", 0)
        assert running(str(store))
        assert loops(store)
    assert not running(str(store))
    assert str(store) not in Path("/proc/self/mountinfo").read_text()
    await until(lambda: not loops(store))


async def test_images_stay_for_the_next_engine(tmp_path: Path) -> None:
    for number in range(2):
        async with engine_of(tmp_path / "store", tmp_path / "data") as engine:
            if number == 0:
                await add_images(engine)
            world = World(engine, f"images{number}")
            assert (await world.run("echo", "there")).output == "there\n"


async def test_what_a_killed_runtime_left_is_found_by_its_next(
    store: Path, other: Callable[..., Other]
) -> None:
    killed = other("ctr_killed1", "ctr_killed2")
    assert await killed.says() == "up"
    service = [line for line in running("podman.sock") if "system service" in line]
    assert service
    killed.kill()
    async with engine_of(store, killed.data_dir) as engine:
        found = await engine.find()
        assert set(found) == {"ctr_killed1", "ctr_killed2"}
        container = found["ctr_killed1"]
        assert (await container.state()).running
        assert await anext(container.output) == b"up\n"
        assert await execute(container, "echo", "here") == ("here\n", 0)
        await container.kill()
        async with asyncio.timeout(10):
            assert (await container.wait()).exit_code == 137
        assert [piece async for piece in container.output] == []
        assert (await engine.collect()) == Collected(0, 0, 0)
    async with engine_of(store, killed.data_dir) as engine:
        assert not await engine.find()


def break_off(graph: Path) -> None:
    """What Podman leaves that is killed in the midst of removing a layer: its record, and no disk."""
    layers = graph / "btrfs-layers"
    records = json.loads((layers / "layers.json").read_text())
    broken = {"id": secrets.token_hex(32), "names": None, "flags": {"incomplete": True}}
    (layers / "layers.json").write_text(json.dumps([*records, records[-1] | broken]))
    (layers / "layers.lock").write_bytes(os.urandom(64))  # by which others see that it was written


@pytest.mark.parametrize("first", ["the next engine", "another that runs"])
async def test_a_layer_whose_removal_broke_off_stops_nobody(tmp_path: Path, first: str) -> None:
    async with engine_of(tmp_path / "store", tmp_path / "data") as engine:
        await add_images(engine)
        assert engine._storage is not None
        break_off(engine._storage.graph)
        if first == "another that runs":
            await engine.image(BUSYBOX)
            assert (await World(engine, "runs").run("echo", "there")).output == "there\n"
        async with engine_of(tmp_path / "store", tmp_path / "more") as other:
            assert (await World(other, "next").run("echo", "there")).output == "there\n"


async def test_a_killed_runtime_s_engine_ends_with_it(
    other: Callable[..., Other], tmp_path: Path
) -> None:
    killed = other(store=tmp_path / "store")
    assert await killed.says() == "up"
    killed.kill()
    await until(lambda: not running(str(tmp_path / "store")))
    await until(lambda: not loops(tmp_path / "store"))


async def test_what_ended_meanwhile_is_found_as_it_ended(
    store: Path, other: Callable[..., Other]
) -> None:
    killed = other("ctr_meanwhile")
    assert await killed.says() == "up"
    killed.kill()
    for process, arguments in commands():
        if " ".join(arguments).startswith("sh -c trap 'exit 7'"):
            process.terminate()
    async with engine_of(store, killed.data_dir) as engine:
        container = (await engine.find())["ctr_meanwhile"]
        async with asyncio.timeout(10):
            state = await container.wait()
        assert state.exit_code == 7
        assert (await container.logs()).startswith(b"up\n")


async def test_two_runtimes_share_a_store(store: Path, other: Callable[..., Other]) -> None:
    first, second = other("ctr_first"), other("ctr_second")
    assert (await first.says(), await second.says()) == ("up", "up")
    async with engine_of(store, first.data_dir.parent) as engine:
        assert await engine.find() == {}
        assert await engine.collect() == Collected(0, 0, 0)
        assert await first.tell("close") == "closed"
        assert (await World(engine, "between").run("echo", "there")).output == "there\n"
    async with engine_of(store, second.data_dir.with_name("third")) as engine:
        assert (await World(engine, "after").run("echo", "there")).output == "there\n"
    assert await second.tell("collect") == str(Collected(0, 0, 0))
    assert await second.tell("close") == "closed"


async def test_containers_are_kept_for_the_next_runtime(
    store: Path, other: Callable[..., Other]
) -> None:
    kept = other("ctr_kept")
    assert await kept.says() == "up"
    assert await kept.tell("keep") == "closed"
    kept.kill()
    async with engine_of(store, kept.data_dir) as engine:
        container = (await engine.find())["ctr_kept"]
        assert (await container.state()).running


async def test_what_is_half_removed_is_removed(store: Path, other: Callable[..., Other]) -> None:
    """An engine that is killed meanwhile may know a container whose disk it has forgotten."""
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX))
    orphaned, waiting = other("ctr_o", data_dir=temporary), other("ctr_w")
    for one in (orphaned, waiting):
        assert await one.says() == "up"
        one.kill()
    async with engine_of(store, waiting.data_dir.with_name("collecting")) as engine:
        forget_disk(engine, "cognitora-ctr_o")
        assert await engine.collect() == Collected(1, 0, 0)
        assert await engine.collect() == Collected(0, 0, 0)
    async with engine_of(store, waiting.data_dir) as engine:
        assert set(await engine.find()) == {"ctr_w"}
    subprocess.run(["rm", "-rf", temporary], check=True)


def forget_disk(engine: Engine, name: str) -> None:
    """Let the engine's store forget a container, and tell the engine to read it again."""
    assert engine._api.graph is not None
    folder = engine._api.graph / "btrfs-containers"
    known = json.loads((folder / "containers.json").read_text())
    others = [one for one in known if name not in one["names"]]
    assert len(others) == len(known) - 1
    (folder / "containers.json").write_text(json.dumps(others))
    (folder / "containers.lock").write_bytes(os.urandom(64))


async def test_what_nobody_owns_is_collected(store: Path, other: Callable[..., Other]) -> None:
    """Of temporary folders, and of those that are gone: but not of one whose runtime comes back."""
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX))
    gone = Path(tempfile.mkdtemp())
    lived, orphaned, removed = (
        other("ctr_l"),
        other("ctr_o", data_dir=temporary),
        other("ctr_r", data_dir=gone),
    )
    waiting = other("ctr_w")
    for one in (lived, orphaned, removed, waiting):
        assert await one.says() == "up"
    for one in (orphaned, removed, waiting):
        one.kill()
    subprocess.run(["rm", "-rf", gone], check=True)
    async with engine_of(store, lived.data_dir.with_name("collecting")) as engine:
        assert await engine.collect() == Collected(2, 0, 0)
        assert await engine.collect() == Collected(0, 0, 0)
    async with engine_of(store, waiting.data_dir) as engine:
        assert set(await engine.find()) == {"ctr_w"}
    assert await lived.tell("close") == "closed"
    subprocess.run(["rm", "-rf", temporary], check=True)


async def test_an_engine_whose_podman_was_killed_closes_with_all_its_containers(
    store: Path, tmp_path: Path
) -> None:
    word = f"cognitora-{secrets.token_hex(8)}"
    before = children(os.getpid())
    async with engine_of(store, tmp_path) as engine:
        (service,) = set(with_arguments("system", "service")) & set(
            children(os.getpid())
        ).difference(before)
        world = World(engine, "left")
        await world.start("sh", "-c", f"sleep 1000; echo {word}")
        await until(lambda: running(word) != [])
        service.kill()
        service.wait()
    assert running(word) == []
    async with engine_of(store, tmp_path) as engine:
        assert await engine.find() == {}
