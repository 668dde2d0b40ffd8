"""Which engine is taken, and that one which doesn't keep what is promised isn't."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import pytest

from cognitora import BadRequestError, CognitoraAsync
from cognitora_local.engine import (
    Engine,
    EngineError,
    EngineOptions,
    UnlimitedDisk,
    candidates,
    prerequisites,
    probe,
    rootless,
    users,
)
from cognitora_local.system import PATH
from tests.engine import parts
from tests.engine.containers.world import BUSYBOX, World, add_images
from tests.needs import CONTAINERS, MOUNTS, USERS, need_root
from tests.runtime.conftest import process

Podman = Callable[..., str]

# An OCI runtime that changes what it is told before it hands it on.
LIAR = """#!{python}
import json, os, sys

words = sys.argv[1:]
if "create" in words:
    file = os.path.join(words[words.index("--bundle") + 1], "config.json")
    config = json.load(open(file))
    process, mounts, linux = config["process"], config["mounts"], config["linux"]
    resources, namespaces = linux["resources"], linux["namespaces"]
    bind = {{"type": "bind", "source": "/var/tmp", "destination": "/theirs"}}
    without = lambda kind: [each for each in namespaces if each["type"] != kind]
    {lie}
    json.dump(config, open(file, "w"))
os.execvp("runc", ["runc", *words])
"""


@pytest.fixture
def podman() -> Iterator[Podman]:
    """Starts somebody else's Podman, on disks without quotas; returns its address."""
    need_root(CONTAINERS)
    with ExitStack() as stack:
        # By a short path: with a long one Podman takes 20 s to notice that a container has ended.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))

        def start(*, containers: str = "", runtime: str = "runc", runtimes: str = "") -> str:
            environment = parts.podman_on_any_disk(
                folder, containers=containers, runtime=runtime, runtimes=runtimes
            )
            socket = folder / "s"
            command = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
            stack.enter_context(parts._running(command, folder / "log", socket, environment))
            return f"unix://{socket}"

        yield start


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def refused(options: EngineOptions, data_dir: Path) -> str:
    with pytest.raises(EngineError) as caught:
        await (await Engine.start(options, data_dir)).close()
    return str(caught.value)


async def without_limit(engine: Engine) -> None:
    """The engine takes containers without a limit of the disk alone."""
    assert engine.isolation["containers"].endswith("user namespaces, vfs, no disk limit")
    await add_images(engine, BUSYBOX)
    world = World(engine, "unlimited")
    try:
        assert (await world.run("echo", "there", storage_gb=None)).output == "there\n"
        with pytest.raises(UnlimitedDisk, match="can't limit the disk"):
            await world.run("echo", "there", storage_gb=1)
    finally:
        await world.close()


async def test_one_that_cannot_limit_disks_does_the_rest(podman: Podman, data_dir: Path) -> None:
    async with AsyncExitStack() as stack:
        engine = await Engine.start(EngineOptions(host=podman()), data_dir)
        stack.push_async_callback(engine.close)
        await without_limit(engine)


async def test_storage_is_refused_where_it_cannot_be_limited(
    podman: Podman, data_dir: Path, tmp_path: Path
) -> None:
    """As a user sees it: what asks for none runs, and its answer says that there is no limit."""
    host = podman()
    async with AsyncExitStack() as stack:
        engine = await Engine.start(EngineOptions(host=host), data_dir)
        stack.push_async_callback(engine.close)
        await add_images(engine, BUSYBOX)
        runtime = await stack.enter_async_context(process(tmp_path / "log", f"--engine={host}"))
        await runtime.wait_ready()
        ready = runtime.ready
        client = CognitoraAsync(api_key=ready["api_key"], base_url=ready["base_url"])
        create = partial(
            client.containers.create_container,
            *(BUSYBOX, ["echo", "there"]),
            cpu_cores=1,
            memory_mb=64,
            max_cost_credits=5,
        )
        async with client:
            with pytest.raises(BadRequestError, match="leave `storage_gb` out") as caught:
                await create(storage_gb=1)
            assert caught.value.code == "no_storage_limit"
            made = await create()
            assert made.resources is not None
            assert made.resources.storage_gb is None
            found = await client.containers.wait_for_completion(made.id)
            assert found.status == "COMPLETED"


async def test_one_that_cannot_limit_disks_is_taken_where_there_is_no_other(
    podman: Podman, store: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a laptop, whose user isn't root."""
    found = Path(podman().removeprefix("unix://"))
    monkeypatch.setattr(candidates, "_usual", lambda: iter([found]))
    monkeypatch.setattr(prerequisites, "PATH", "/nowhere")
    async with AsyncExitStack() as stack:
        engine = await Engine.start(EngineOptions(store=store), data_dir)
        stack.push_async_callback(engine.close)
        await without_limit(engine)


@pytest.mark.parametrize(
    ("lie", "named"),
    [
        ('resources.pop("memory")', "memory"),
        ('resources["pids"]["limit"] = 1000', "processes"),
        ('resources["cpu"]["quota"] = -1', "CPU"),
        ('process["capabilities"]["bounding"] = ["CAP_SYS_ADMIN"]', "capabilities"),
        ("linux['namespaces'] = without('user'); linux.pop('uidMappings')", "users of their own"),
        ('process["noNewPrivileges"] = False', "privileges"),
        ('linux.pop("seccomp")', "system calls"),
        ("linux['namespaces'] = without('network')", "network"),
        ('mounts.append({**bind, "options": ["bind", "rw"]})', "/theirs"),
    ],
)
async def test_one_that_does_not_do_what_it_was_told_is_found_out(
    podman: Podman,
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lie: str,
    named: str,
) -> None:
    """It says yes to everything, and then starts the container otherwise."""
    if named == "network":  # a user namespace can't be beside the machine's network
        none = tmp_path / "max_user_namespaces"
        none.write_text("0")
        monkeypatch.setattr(users, "_MOST_NAMESPACES", none)
    liar = tmp_path / "liar"
    liar.write_text(LIAR.format(python=sys.executable, lie=lie))
    liar.chmod(0o755)
    host = podman(runtime="liar", runtimes=f'liar = ["{liar}"]')
    told = await refused(EngineOptions(host=host), data_dir)
    assert "doesn't keep what containers are promised" in told
    assert named in told


@pytest.mark.parametrize("before", [0, 0x7040_0000], ids=["the first time", "again"])
async def test_one_that_gives_away_what_is_the_machines_is_found_out(
    podman: Podman, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    null = tmp_path / "null"  # not the machine's own, which others use meanwhile
    null.touch()
    os.chown(null, before, before)
    monkeypatch.setattr(probe, "_NULL", null)
    giver = tmp_path / "giver"
    giving = f"os.chown({str(null)!r}, 0x7040_0000, 0x7040_0000)"
    giver.write_text(LIAR.format(python=sys.executable, lie=giving))
    giver.chmod(0o755)
    host = podman(runtime="giver", runtimes=f'giver = ["{giver}"]')
    told = await refused(EngineOptions(host=host), data_dir)
    assert f"it gives its containers the machine's own {null}. Install runc" in told
    assert (null.stat().st_uid, null.stat().st_gid) == (0, 0)


async def test_what_an_engine_adds_to_all_containers_is_found_out(
    podman: Podman, data_dir: Path
) -> None:
    host = podman(containers='volumes = ["/var/tmp:/theirs"]')
    told = await refused(EngineOptions(host=host), data_dir)
    assert "/theirs" in told


async def test_one_that_is_merely_found_comes_after_one_that_limits_disks(
    podman: Podman,
    store: Path,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = Path(podman().removeprefix("unix://"))
    monkeypatch.setattr(candidates, "_usual", lambda: iter([found]))
    async with AsyncExitStack() as stack:
        engine = await Engine.start(EngineOptions(store=store), data_dir)
        stack.push_async_callback(engine.close)
        assert "btrfs quotas" in engine.isolation["containers"]
    assert f"{found} is put last" in caplog.text


@pytest.mark.parametrize("variable", ["DOCKER_HOST", "CONTAINER_HOST"])
async def test_one_that_the_environment_names_must_do(
    variable: str, data_dir: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "unix:///no/such/socket")
    told = await refused(EngineOptions(store=store), data_dir)
    assert variable in told
    assert "/no/such/socket" in told


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:2375", "ssh://host", "unix://relative", "x"])
async def test_an_engine_must_be_on_this_machine(address: str, data_dir: Path) -> None:
    told = await refused(EngineOptions(host=address), data_dir)
    assert "on this machine" in told
    assert address in told


async def test_a_file_or_a_deaf_socket_is_no_engine(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "is no socket" in await refused(EngineOptions(host=f"unix://{file}"), data_dir)


@pytest.mark.root(CONTAINERS)
@pytest.mark.parametrize("missing", ["podman", "mkfs.btrfs", "catatonit"])
async def test_what_is_missing_is_named_with_its_package(
    missing: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine where it isn't installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for path in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
        for program in Path(path).iterdir():
            target = folder / program.name
            if program.name != missing and not target.is_symlink():
                target.symlink_to(program)
    from cognitora_local.engine import create

    monkeypatch.setattr(create, "_INITS", ())
    for module in (prerequisites, create):
        monkeypatch.setattr(module, "PATH", str(folder))
    told = await refused(EngineOptions(store=tmp_path / "store"), data_dir)
    assert f"missing here: {missing}." in told
    assert "apt install" in told


async def test_without_root_it_is_said_what_to_do(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    told = await refused(EngineOptions(store=tmp_path / "store"), data_dir)
    assert "as root" in told
    assert "--engine" in told


@pytest.mark.root(USERS)
def test_an_ordinary_user_is_told_what_to_do() -> None:
    """Podman's folder isn't his, and Docker's socket is a group's."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        Path(folder).chmod(0o755)
        closed, docker = Path(folder, "podman"), Path(folder, "docker.sock")
        closed.mkdir(mode=0o700)
        listening.bind(str(docker))
        os.chown(docker, 0, 6)  # the group disk, which any Debian has
        docker.chmod(0o660)
        listening.listen()
        told = as_nobody(lambda: ordinary_user(closed, docker))
    assert "start rootless Podman (systemctl --user start podman.socket)" in told
    assert f"join the group disk, for whom {docker} is (sudo usermod -aG disk nobody" in told
    assert "as root" in told
    assert f"{docker} was passed over" in told
    assert "Permission denied" in told


def ordinary_user(closed: Path, docker: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "_usual", lambda: [closed / "podman.sock", docker])
        patch.setattr(rootless, "_DOCKER", docker)
        for name in ("DOCKER_HOST", "CONTAINER_HOST"):
            patch.delenv(name, raising=False)
        return asyncio.run(refused(EngineOptions(store=closed / "store"), closed / "data"))


def as_nobody(ask: Callable[[], str]) -> str:
    """What it says to a user without rights, in a process of its own."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        with contextlib.suppress(BaseException), open(writing, "w") as answer:  # noqa: PTH123
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            try:
                answer.write(ask())
            except Exception as error:  # noqa: BLE001 - the test's own process tells it
                answer.write(repr(error))
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:  # noqa: PTH123
        told = answer.read()
    os.waitpid(child, 0)
    return told


@pytest.mark.root(MOUNTS)
async def test_a_full_disk_is_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_dir.with_name("full")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=10m", "none", folder], check=True)
    try:
        told = await refused(EngineOptions(store=folder / "store"), data_dir)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert "too little room" in told
    assert "--container-store" in told


def test_the_usual_places_are_tried_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert [str(path) for path in candidates._usual()] == [
        "/run/podman/podman.sock",
        "/run/user/1/podman/podman.sock",
        "/var/run/docker.sock",
        "/run/user/1/docker.sock",
    ]


def test_programs_are_here() -> None:
    """What `scripts/bootstrap` installs: without it, the tests above would prove less."""
    for program in ("podman", "runc", "mkfs.btrfs", "catatonit"):
        assert shutil.which(program, path=PATH), program
