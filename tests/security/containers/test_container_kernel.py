"""Attacks on the kernel's doors, and looks at what isn't the container's own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.engines import EngineUnderTest
from tests.security.conftest import SECRET, Service
from tests.security.containers.conftest import Tenant
from tests.security.test_processes import CALL

STATUS = """
import re
text = open("/proc/{}/status").read()
print(dict(re.findall(r"^(Cap.+|NoNewPrivs|Seccomp):\\t(.+)$", text, re.M)))
"""
# In a user namespace, those of its root over what is its own; none over what is the machine's.
CAPABILITIES = {"podman": "00000000a80405fb", "docker": "0" * 16}


def test_no_process_has_a_capability_of_the_machine_or_may_gain_one(
    tenant: Tenant, cell: str, engine: EngineUnderTest
) -> None:
    some = CAPABILITIES[engine.name]
    kept = {"CapInh": "0" * 16, "CapPrm": some, "CapEff": some, "CapBnd": some, "CapAmb": "0" * 16}
    expected = str({**kept, "NoNewPrivs": "1", "Seccomp": "2"})
    for pid in ("1", "self"):
        assert tenant.printed(cell, STATUS.format(pid)) == expected
    _, logs = tenant.once("python3", "-c", STATUS.format("self"))
    assert logs.strip() == expected


# Each prints how the attempt ended; what is no "done" has failed.
ATTEMPTS = {
    # A subvolume of btrfs is counted by nobody's quota, and keeps its container from being removed.
    "a subvolume": """
folder = os.open("/tmp", os.O_RDONLY)
name = ctypes.create_string_buffer(bytes(8) + b"subvolume", 4096)
for kind in (0x5000940E, 0x50009418, 0x50009401, 0x50009417):
    print(call(16, folder, kind, ctypes.addressof(name)),
          call(16, folder, kind | 1 << 40, ctypes.addressof(name)))
""",
    "a project of XFS": """
file = os.open("/tmp/of-no-project", os.O_RDWR | os.O_CREAT)
print(call(16, file, 0x401C5820, ctypes.addressof(ctypes.create_string_buffer(28))))
""",
    "keys of the machine's root": """
name = ctypes.create_string_buffer(b"user")
print(call(250, 0, -4, 1), call(250, 11, -4, 0, 0), call(248, ctypes.addressof(name),
      ctypes.addressof(name), 0, 0, -4), call(249, ctypes.addressof(name), 0, 0, 0))
""",
    "a new user namespace": "print(call(272, 0x10000000), call(56, 0x10000000 | 17, 0, 0, 0, 0))",
    "a new user namespace by clone3": "print(call(435, 0, 0))",
    "other new namespaces": "print([call(272, 1 << bit) for bit in (17, 25, 26, 27, 29, 30)])",
    "entering a namespace": "print(call(308, os.open('/proc/self/ns/net', os.O_RDONLY), 0))",
    "mounting": """
none, where = (ctypes.create_string_buffer(each) for each in (b"tmpfs", b"/tmp"))
print(call(165, *(map(ctypes.addressof, (none, where, none))), 0, 0), call(430, 0, 0),
      call(166, ctypes.addressof(where), 0), call(155, 0, 0))
""",
    "files by their number": "print(call(303, 0, 0, 0, 0, 0), call(304, 0, 0, 0))",
    "io_uring, bpf, userfaultfd, perf": """
print(call(425, 1, 0), call(321, 0, 0, 0), call(323, 0), call(298, 0, 0, 0, 0, 0))
""",
    "raw sockets, the hypervisor's, the kernel's": """
print([tried(socket.socket, *each) for each in (
    (socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 768),
    (40, socket.SOCK_STREAM, 0), (38, socket.SOCK_SEQPACKET, 0), (44, socket.SOCK_RAW, 0))])
""",
    "netlink, whose memory nobody counts": """
print(tried(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 0))
""",
    "the machine's slots of asynchronous I/O, memory that can't be swapped": """
print(call(206, 1000, ctypes.addressof(ctypes.c_ulong(0))), call(447, 0))
""",
    "a device": """
print(tried(os.mknod, "/tmp/disk", 0o60600, os.makedev(254, 0)), tried(open, "/dev/mem"))
""",
    "the kernel's settings": """
print([tried(open, path, "w") for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
    "/sys/kernel/mm/ksm/run", "/sys/fs/cgroup/memory/memory.limit_in_bytes")])
""",
    "typing into a terminal": """
import fcntl, pty, termios
print(tried(fcntl.ioctl, pty.openpty()[1], termios.TIOCSTI, b"x"))
""",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_the_kernel_refuses(tenant: Tenant, cell: str, attempt: str) -> None:
    ended = tenant.printed(cell, CALL + attempt)
    assert ended
    assert "done" not in ended


def test_what_programs_need_is_let_through(tenant: Tenant, cell: str) -> None:
    # The control of the table above, and of every bit of an ioctl's number: FIONREAD, FIOCLEX, a
    # terminal's size, and a copy by reference, which may fail but by none of our doing.
    code = """
import fcntl, pty, termios, threading
thread = threading.Thread(target=lambda: print("a thread")); thread.start(); thread.join()
reading, writing = os.pipe()
fcntl.ioctl(reading, termios.FIONREAD, bytes(4)); fcntl.ioctl(reading, 0x5451)
fcntl.ioctl(pty.openpty()[1], termios.TIOCGWINSZ, bytes(8))
source, copy = open("/tmp/source", "w+"), open("/tmp/copy", "w")
print(tried(fcntl.ioctl, copy, 0x40049409, source.fileno()) != "EPERM")
print(tried(socket.socket, socket.AF_INET6, socket.SOCK_STREAM))
"""
    assert tenant.printed(cell, CALL + code) == "a thread\nTrue\ndone"


def test_no_process_of_the_machine_is_seen_or_signalled(
    service: Service, tenant: Tenant, cell: str
) -> None:
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        pids = [bystander.pid, service.process.pid, os.getpid()]
        code = f"""
seen = [pid for pid in os.listdir("/proc") if pid.isdigit()]
print(len(seen) < 10 or seen, [pid for pid in {pids} if os.path.exists(f"/proc/{{pid}}/environ")])
print([tried(os.kill, pid, signal.SIGKILL) for pid in {pids}])
"""
        assert tenant.printed(cell, code) == "True []\n['ESRCH', 'ESRCH', 'ESRCH']"
        with tenant.container() as doomed:
            tenant.code(doomed, "os.kill(-1, signal.SIGKILL)")
        assert bystander.poll() is None
        bystander.kill()


def test_neither_the_environment_nor_the_files_of_the_runtime_are_inside(
    service: Service, tenant: Tenant, cell: str
) -> None:
    of_runtime = Path(f"/proc/{service.process.pid}/environ").read_bytes()
    assert SECRET.encode() in of_runtime
    shown = tenant.printed(
        cell, "print({**os.environ}, open('/proc/1/environ').read())", environment={"MINE": "here"}
    )
    assert "here" in shown
    assert SECRET not in shown
    assert service.key not in shown
    names = {line.partition(b"=")[0].decode() for line in of_runtime.split(b"\0") if line}
    usual = {"PATH", "HOME", "LANG", "PWD", "TMPDIR", "SHLVL", "_", "LC_CTYPE", "TERM", "HOSTNAME"}
    assert not [name for name in names - usual if f"{name}=" in shown or f"'{name}'" in shown]
    assert tenant.printed(cell, "print(socket.gethostname())") == "container"


def test_no_descriptor_of_the_engine_is_left_open_inside(tenant: Tenant, cell: str) -> None:
    code = """
def opened(pid):
    found = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")
             if os.path.lexists(f"/proc/{pid}/fd/{fd}")]
    return [each for each in found if not each.startswith(("pipe:", "/dev/null", "anon_inode:"))]
print(opened(1), [each for each in opened("self") if each != f"/proc/{os.getpid()}/fd"])
"""
    assert tenant.printed(cell, code) == "[] []"


@pytest.mark.parametrize("descriptor", range(3, 12))
def test_a_working_directory_doesnt_lead_out_by_a_descriptor(
    tenant: Tenant, cell: str, descriptor: int
) -> None:
    # https://github.com/opencontainers/runc/security/advisories/GHSA-xr7r-f8xq-vfvv
    found = tenant.run(
        cell,
        "cat",
        f"../../../../../../..{__file__}",
        working_directory=f"/proc/self/fd/{descriptor}",
    )
    assert found["status"] == "FAILED"
    assert "runc/security" not in found["output"]
