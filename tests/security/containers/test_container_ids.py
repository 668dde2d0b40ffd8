"""Attacks on users and groups: to be somebody on the machine, or somebody else's in a container."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from tests.engines import EngineUnderTest
from tests.processes import with_arguments
from tests.security.containers.conftest import Tenant


@pytest.fixture(autouse=True)
def own_users(engine: EngineUnderTest) -> None:
    if engine.name != "podman":
        pytest.skip("Docker has no user namespace for each container")


# Python writes as late as at the end of the block.
WRITTEN = """
def written(path, text):
    with open(path, "w") as file:
        file.write(text)
"""


def found(marker: str) -> Path:
    """The folder in /proc, on this machine, of the one process with `marker` in its command."""
    (process,) = with_arguments("sleep", marker)
    return Path(f"/proc/{process.pid}")


def test_root_in_a_container_is_nobody_on_the_machine(tenant: Tenant, cell: str) -> None:
    code = """
import subprocess
os.chmod("/usr/bin/env", 0o4755)
for user in (0, 1000):
    number = f"3141{user}"
    subprocess.Popen(["sleep", number], preexec_fn=lambda: (os.setgid(user), os.setuid(user)))
open("/tmp/set-uid", "w").close()
os.chmod("/tmp/set-uid", 0o6777)
"""
    tenant.printed(cell, code)
    for user in (0, 1000):
        folder = found(f"3141{user}")
        status = dict(
            line.split(":\t", 1)
            for line in (folder / "status").read_text().splitlines()[:40]
            if ":\t" in line
        )
        for kind in ("Uid", "Gid"):
            ids = set(map(int, status[kind].split()))
            assert min(ids) > 2**24, status[kind]
        assert not set(map(int, status["Uid"].split())) & {one.pw_uid for one in pwd.getpwall()}
    made = (folder / "root/tmp/set-uid").stat()
    assert min(made.st_uid, made.st_gid) > 2**24
    # Nor would the machine heed it.
    assert os.statvfs(folder / "root").f_flag & os.ST_NOSUID


def test_nobody_outside_its_ids_can_be_had(tenant: Tenant, cell: str) -> None:
    code = """
first = int(open("/proc/self/uid_map").read().split()[1])
for number in (65536, first, 2**31, 2**32 - 2):
    print(tried(os.setuid, number), tried(os.setgroups, [number]),
          tried(os.chown, "/tmp", number, number))
for name in ("uid_map", "gid_map", "setgroups"):
    print(tried(written, f"/proc/self/{name}", "0 0 1"))
    print(tried(written, f"/proc/1/{name}", "0 0 1"))
"""
    ended = tenant.printed(cell, WRITTEN + code)
    assert ended
    assert "done" not in ended


def test_the_machines_files_are_nobodys(tenant: Tenant, cell: str) -> None:
    # Those that a container is shown, and the kernel's.
    code = """
for path in ("/etc/hosts", "/etc/resolv.conf", "/.cognitora/init", "/proc/sys/kernel/panic",
             "/dev/null", "/sys/kernel", "/proc/kmsg", "/proc/kcore"):
    if os.path.exists(path):
        assert os.stat(path).st_uid == 65534 or path.startswith("/proc/k"), path
        print(path, tried(os.chown, path, 0, 0), tried(os.chmod, path, 0o777))
for path in ("/proc/kmsg", "/proc/sysrq-trigger", "/proc/sys/kernel/modprobe",
             "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/memory/cgroup.procs",
             "/sys/fs/cgroup/devices/devices.allow", "/proc/1/oom_score_adj"):
    print(path, tried(written, path, "-1000" if path.endswith("adj") else "1"))
"""
    ended = tenant.printed(cell, WRITTEN + code)
    assert ended
    assert "done" not in ended


def test_a_capability_for_a_file_is_worth_nothing_on_the_machine(tenant: Tenant, cell: str) -> None:
    # VFS_CAP_REVISION_2, everything permitted: the kernel notes whose root's it is (revision 3).
    code = """
value = (0x02000001).to_bytes(4, "little") + b"\\xff" * 4 + bytes(4) + b"\\xff" * 4 + bytes(4)
open("/tmp/capable", "w").close()
os.setxattr("/tmp/capable", "security.capability", value)
import subprocess
subprocess.Popen(["sleep", "31415"])
"""
    tenant.printed(cell, code)
    kept = os.getxattr(found("31415") / "root/tmp/capable", "security.capability")
    assert int.from_bytes(kept[3:4], "little") == 3
    assert int.from_bytes(kept[20:24], "little") > 2**24
