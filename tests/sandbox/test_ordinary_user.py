"""A runtime that isn't root's: without its privileges, and without what only root can have.

Its control groups are given to it by hand here, as systemd does it where there is one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

import cognitora_local
from cognitora_local.sandbox import Host, cgroup, cgroup_v1, terminals

pytestmark = pytest.mark.asyncio(loop_scope="session")

USER = 12_345
PYTHON = "/usr/bin/python3"

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from cognitora_local.sandbox import Host, Limits, SandboxError, cgroup, cgroup_v1

home, groups = Path(sys.argv[1]), json.loads(sys.argv[2])
if groups:
    def find(name):
        mine = {controller: Path(folder) / name for controller, folder in groups.items()}
        for folder in mine.values():
            folder.mkdir(exist_ok=True)
        return cgroup_v1.HierarchyV1(mine)
    cgroup.find = find

INSIDE = '''
import json, os, socket
host = socket.socket(fileno=3)
open("made", "w").write("inside")
host.recv(1)
names = [line.partition(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]]
terminals = []
try:
    while True:
        terminals += os.openpty()
except OSError:
    names.append(len(terminals) // 2)
host.send(json.dumps([os.getuid(), names, sorted(os.listdir("/"))]).encode())
'''

async def main():
    try:
        host = await Host.probe(home / "data")
        sandbox = await host.start([str(host.python), "-I", "-c", INSIDE], folder=home / "work",
                                   limits=Limits(), environment={}, name="test")
        await sandbox.connect_network()
        sandbox.socket.send(b"x")
        said = json.loads(await asyncio.to_thread(sandbox.socket.recv, 10000))
        try:
            await host.start(["true"], folder=home / "other", limits=Limits(storage_gb=1),
                             environment={}, name="test")
        except SandboxError as error:
            said.append(str(error))
        await host.close()
        sandbox.socket.close()
        print(json.dumps([host.isolation, *said, (home / "work/made").stat().st_uid]))
    except SandboxError as error:
        print(json.dumps(str(error)))

asyncio.run(main())
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the user's, with a copy of what it runs."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)
        package = Path(cognitora_local.__file__).parent
        shutil.copytree(package / "sandbox", home / "cognitora_local" / "sandbox")
        shutil.copytree(Path(certifi.__file__).parent, home / "certifi")
        (home / "cognitora_local" / "kernel" / "drivers").mkdir(parents=True)
        for path in [home, *home.rglob("*")]:
            os.chown(path, USER, USER)
        yield home


@pytest.fixture
def groups(host: Host) -> Iterator[dict[str, str]]:
    """Control groups that are the user's, one for each controller."""
    if not isinstance(host._groups, cgroup_v1.HierarchyV1):
        pytest.skip("under cgroup v2 they are systemd's to give")
    mounted = cgroup.mounts()
    made = {name: mounted[name][0] / f"cognitora-test-{os.getpid()}" for name in cgroup_v1._NEEDED}
    for folder in made.values():
        folder.mkdir(exist_ok=True)
        for path in (folder, *folder.iterdir()):
            os.chown(path, USER, USER)
    yield {controller: str(folder) for controller, folder in made.items()}
    for folder in dict.fromkeys(made.values()):
        folder.rmdir()


def run(home: Path, groups: dict[str, str]) -> object:
    done = subprocess.run(
        [
            *("setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups"),
            *(PYTHON, "-c", PROGRAM, str(home), json.dumps(groups)),
        ],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


async def test_it_keeps_every_promise_that_needs_no_root(
    host: Host, home: Path, groups: dict[str, str]
) -> None:
    said = run(home, groups)

    assert isinstance(said, list), said
    isolation, user, interfaces, root, storage, owner = said
    assert isolation["network"].startswith("slirp4netns")
    assert isolation["storage"].startswith("none: only root")
    assert user == 1000
    assert interfaces == ["lo", "tap0", terminals.MOST]
    assert "home" not in root
    assert "run the runtime as root" in storage
    assert owner == USER


async def test_without_control_groups_it_refuses(home: Path, host: Host) -> None:
    if host.isolation["cgroup"] != "v1":
        pytest.skip("under cgroup v2 systemd gives them")
    said = run(home, {})

    assert "can't be limited by an ordinary user under cgroup v1" in str(said)
    assert "Run the runtime as root" in str(said)
