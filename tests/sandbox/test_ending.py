"""Ending sandboxes, and what must not be left of them."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cognitora_local.sandbox import Host, Limits, Sandbox, SandboxError, bubblewrap, launch
from cognitora_local.sandbox import host as host_module
from cognitora_local.sandbox.process import Handle
from tests.needs import AS_ITSELF
from tests.processes import children
from tests.sandbox.programs import Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLEEP = "import signal; signal.pause()"


class Held:
    """What this process and machine hold: for comparing before and after."""

    def __init__(self, host: Host) -> None:
        self.files = len(list(Path("/proc/self/fd").iterdir()))
        self.children = children(os.getpid())
        self.mounts = Path("/proc/self/mountinfo").read_text().count("\n")
        self.groups = [str(path) for folder in host._groups.folders for path in folder.glob("*/")]
        self.staged = sorted(path.name for path in host._staging.folder.iterdir())

    def more_than(self, other: Held) -> dict[str, Any]:
        """What is held now and wasn't before, or the other way round; files may be closed late."""
        before = vars(other)
        changed = {name: now for name, now in vars(self).items() if now != before[name]}
        if self.files <= other.files:
            changed.pop("files", None)
        return changed


async def begin(host: Host, folder: Path, source: str = SLEEP) -> Sandbox:
    command = [str(host.python), "-I", "-c", source]
    sandbox = await host.start(command, folder=folder, limits=Limits(), environment={}, name="test")
    sandbox.socket.close()
    return sandbox


async def test_the_status_of_the_command_is_told(host: Host, tmp_path: Path) -> None:
    for source, status in {
        "raise SystemExit(7)": 7,
        "pass": 0,
        "import os; os.kill(os.getpid(), 15)": 128 + 15,
    }.items():
        sandbox = await begin(host, tmp_path, source)
        assert await sandbox.wait() == status
        assert await sandbox.wait() == status
        await sandbox.kill()


async def test_kill_may_be_called_often_and_at_once(host: Host, tmp_path: Path) -> None:
    sandbox = await begin(host, tmp_path)
    await asyncio.gather(*(sandbox.kill() for _ in range(5)), sandbox.wait())
    await sandbox.kill()
    assert await sandbox.wait() == 128 + 9
    with pytest.raises(ProcessLookupError):
        sandbox.signal(2)
    with pytest.raises(SandboxError, match="ended"):
        await sandbox.connect_network()
    await sandbox.disconnect_network()


async def test_a_cancelled_kill_goes_on(host: Host, tmp_path: Path) -> None:
    sandbox = await begin(host, tmp_path)
    killing = asyncio.create_task(sandbox.kill())
    await asyncio.sleep(0)
    killing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killing
    await sandbox.wait()
    await sandbox.kill()
    assert sandbox not in host._sandboxes


async def test_nothing_is_left_of_many_sandboxes(host: Host, tmp_path: Path) -> None:
    await (await begin(host, tmp_path / "first")).kill()
    before = Held(host)

    async def one(number: int) -> None:
        sandbox = await begin(host, tmp_path / str(number))
        if number % 3 == 0:
            await sandbox.connect_network()
        await sandbox.kill()

    sandbox = await begin(host, tmp_path / "control")
    assert Held(host).more_than(before)
    await sandbox.kill()
    for _ in range(3):
        await asyncio.gather(*(one(number) for number in range(8)))
    assert Held(host).more_than(before) == {}


async def test_nothing_is_left_of_starts_that_are_cancelled(host: Host, tmp_path: Path) -> None:
    before = Held(host)
    for number in range(12):
        starting = asyncio.create_task(begin(host, tmp_path / str(number)))
        done, _ = await asyncio.wait([starting], timeout=0.001 * number)
        starting.cancel()
        if done or not starting.cancelled():
            with suppress(asyncio.CancelledError):
                await (await starting).kill()
    async with asyncio.timeout(30):
        while Held(host).more_than(before):  # killed processes are reaped by the loop
            await asyncio.sleep(0.01)


async def test_nothing_is_left_of_a_start_that_fails(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Held(host)
    with pytest.raises(ValueError, match="name"):
        await host.start(["x"], folder=tmp_path, limits=Limits(), environment={}, name="../x")
    monkeypatch.setitem(host._root.folders, Path("/data"), Path("/nowhere"))
    with pytest.raises(SandboxError, match="Can't find source path /nowhere"):
        await begin(host, tmp_path / "work")
    assert Held(host).more_than(before) == {}


async def test_a_command_that_isnt_there_ends_with_a_reason(host: Host, tmp_path: Path) -> None:
    sandbox = await host.start(
        ["/no/such/program"], folder=tmp_path, limits=Limits(), environment={}, name="test"
    )
    assert await sandbox.wait() == 1
    assert "/no/such/program" in sandbox.stderr()
    await sandbox.kill()
    sandbox.socket.close()


async def test_the_socket_ends_with_the_sandbox(start: Start) -> None:
    async with start("say(); hear()") as live:
        await live.hear()
        await live.sandbox.kill()
        assert await live._reader.read() == b""


async def test_a_closed_host_has_ended_everything(tmp_path: Path) -> None:
    host = await Host.probe(tmp_path / "data")
    sandboxes = [await begin(host, tmp_path / str(number)) for number in range(3)]
    groups, staging = host._groups.folders, host._staging.folder
    assert all(group.exists() for group in groups)

    await host.close()

    assert [await sandbox.wait() for sandbox in sandboxes] == [128 + 9] * 3
    assert not [group for group in groups if group.exists()]
    assert not staging.exists()
    assert not staging.with_suffix(".lock").exists()


async def test_sandboxes_start_though_the_package_was_installed_anew_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "installed"
    shutil.copytree(host_module._DRIVERS, package)
    monkeypatch.setattr(host_module, "_DRIVERS", package)
    host = await Host.probe(tmp_path / "data")
    try:
        shutil.rmtree(package)
        read = f"open('{bubblewrap.DRIVERS}/python.py').read()"
        sandbox = await begin(host, tmp_path / "folder", read)
        assert await sandbox.wait() == 0
        await sandbox.kill()
    finally:
        await host.close()


@pytest.mark.alone
async def test_the_event_loop_is_not_held_up(host: Host, tmp_path: Path) -> None:
    longest = [0.0] * 5

    async def watch(number: int) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0)
            longest[number] = max(longest[number], loop.time() - before)

    for number in range(5):
        watching = asyncio.create_task(watch(number))
        await (await begin(host, tmp_path / str(number))).kill()
        watching.cancel()
    assert min(longest) < 0.05  # what holds it up does so each time; a busy machine doesn't


async def test_many_files_can_be_open_in_the_runtime(host: Host, tmp_path: Path) -> None:
    # The shell that enters the group redirects fds 3 and 4; the runtime's own must not be those.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert limit > 300
    pairs = [socket.socketpair() for _ in range(100)]
    try:
        sandbox = await begin(host, tmp_path, "raise SystemExit(5)")
        assert await sandbox.wait() == 5
        await sandbox.kill()
    finally:
        for one, other in pairs:
            one.close()
            other.close()
    assert launch._FIRST_FREE > 4


async def test_what_has_ended_has_ended_though_nobody_reaps_it() -> None:
    # As everything does whose parent has ended, where the runtime is a container's first process.
    with subprocess.Popen(["true"]) as process:
        handle = Handle(process.pid)
        await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ProcessLookupError):
            handle.signal(0)
        handle.close()


async def test_a_command_that_ends_at_once_in_a_container_s_first_process(tmp_path: Path) -> None:
    code = """
import asyncio, sys
from pathlib import Path
from cognitora_local.sandbox import Host, Limits

async def main():
    host = await Host.probe(Path(sys.argv[1], "data"))
    for number in range(10):
        sandbox = await host.start(["/bin/true"], folder=Path(sys.argv[1], str(number)),
                                   limits=Limits(), environment={}, name=str(number))
        assert await sandbox.wait() == 0
        await sandbox.kill()
        sandbox.socket.close()
    await host.close()

asyncio.run(main())
"""
    unshare = ["unshare", *AS_ITSELF, "--pid", "--fork", "--kill-child", "--mount-proc"]
    process = await asyncio.create_subprocess_exec(*unshare, sys.executable, "-c", code, tmp_path)
    try:
        async with asyncio.timeout(60):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
