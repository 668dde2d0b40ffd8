"""Attacks on processes and on the kernel's doors."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from pathlib import Path

import pytest

from cognitora_local.sandbox import trust
from tests.processes import with_marker
from tests.security.conftest import SECRET, Service, User


def left_behind(marker: str) -> bool:
    """Whether a `sleep` with the marker runs soon: who starts it needn't wait for that."""
    deadline = time.monotonic() + 20
    while not any(line.startswith("sleep") for line in with_marker(marker)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def gone(marker: str) -> bool:
    """Whether every process with the marker ends soon."""
    deadline = time.monotonic() + 20
    while with_marker(marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_proc_shows_no_process_of_the_machine(service: Service, attacker: User) -> None:
    pids = [os.getpid(), service.process.pid]
    code = f"""
seen = [pid for pid in os.listdir("/proc") if pid.isdigit()]
print(len(seen) <= 3 or seen, [pid for pid in {pids} if os.path.exists(f"/proc/{{pid}}/environ")])
"""
    assert attacker.printed(code) == "True []"


def test_signals_reach_no_process_of_the_machine(service: Service, attacker: User) -> None:
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        pids = [bystander.pid, service.process.pid, os.getpid()]
        code = f"print([tried(os.kill, pid, signal.SIGKILL) for pid in {pids}])"
        assert "done" not in attacker.printed(code)
        attacker.run("os.kill(-1, signal.SIGKILL)")
        assert bystander.poll() is None
        bystander.kill()


@pytest.mark.parametrize(
    ("language", "leave"),
    [
        (
            "python",
            """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.execvp("sleep", ["sleep", "MARKER"])
    os._exit(0)
os.wait()
""",
        ),
        ("bash", "(setsid sleep MARKER >/dev/null 2>&1 &) ; true"),
        (
            "javascript",
            "require('child_process').spawn('sleep', ['MARKER'], {detached: true, stdio: 'ignore'})"
            ".unref()",
        ),
    ],
)
def test_setsid_and_double_fork_leave_nothing_behind(
    attacker: User, language: str, leave: str
) -> None:
    marker = f"86399.{secrets.randbelow(10**9):09}"
    code = leave.replace("MARKER", marker)
    session = attacker.open_session(language=language)
    attacker.run(code, language=language, session_id=session)
    leftover = left_behind(marker)
    attacker.close_session(session)
    assert leftover  # the control: while the session lives, so does what it started
    assert gone(marker)

    attacker.run(code, language=language)
    assert gone(marker)


# Each prints how the attempt ended; what is no "done" has failed.
ATTEMPTS = {
    "ptrace of the driver": "print(call(101, 16, os.getppid(), 0, 0))",
    "ptrace of the first process": "print(call(101, 16, 1, 0, 0), call(101, 0x4206, 1, 0, 0))",
    "ptrace of one's own child": """
child = os.fork()
if child == 0:
    signal.pause()
print(call(101, 16, child, 0, 0))
os.kill(child, 9)
""",
    "reading another process's memory": "print(call(310, 1, 0, 0, 0, 0, 0))",
    "mounting a file system": """
print(call(165, ctypes.addressof(ctypes.create_string_buffer(b"none")),
           ctypes.addressof(ctypes.create_string_buffer(b"/tmp")),
           ctypes.addressof(ctypes.create_string_buffer(b"tmpfs")), 0, 0))
""",
    "mounting the newer way": "print(call(430, 0, 0), call(428, -100, 0, 1))",
    "a new user namespace": "print(call(272, 0x10000000), call(56, 0x10000000 | 17, 0, 0, 0, 0))",
    "a new user namespace by clone3": "print(call(435, 0, 0))",
    "other new namespaces": "print([call(272, 1 << bit) for bit in (17, 25, 26, 27, 29, 30)])",
    "entering a namespace": "print(call(308, os.open('/proc/self/ns/net', os.O_RDONLY), 0))",
    "a raw socket": """
print([tried(socket.socket, *each) for each in ((socket.AF_INET, socket.SOCK_RAW, 1),
    (socket.AF_INET6, socket.SOCK_RAW, 58), (socket.AF_PACKET, socket.SOCK_RAW, 768))])
""",
    "typing into a terminal (TIOCSTI)": """
import fcntl, pty, termios
master, slave = pty.openpty()
print(tried(fcntl.ioctl, slave, termios.TIOCSTI, b"x"), tried(open, "/dev/tty"))
""",
    "netlink, whose memory nobody counts": """
print(tried(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, 0))
""",
    "the machine's slots of asynchronous I/O": """
print(call(206, 1000, ctypes.addressof(ctypes.c_ulong(0))))
""",
    "memory that can't be swapped": "print(call(447, 0))",
    "becoming root": "print(tried(os.setuid, 0), tried(os.setgroups, [0]))",
    "a device": """
print(tried(os.mknod, "disk", 0o60600, os.makedev(254, 0)), tried(open, "/dev/mem"))
""",
}
CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    if result == 0 and number in (56, 435):
        os._exit(0)
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_the_kernel_refuses(attacker: User, attempt: str) -> None:
    ended = attacker.printed(CALL + attempt)
    assert ended
    assert "done" not in ended


def test_the_table_of_attempts_would_show_a_success(attacker: User) -> None:
    # getppid and a socket that everybody may have.
    code = CALL + "print(call(110), tried(socket.socket, socket.AF_INET, socket.SOCK_STREAM))"
    assert attacker.printed(code) == "done done"


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "print({**os.environ})"),
        ("bash", "env; export -p; cat /proc/1/environ /proc/$PPID/environ 2>/dev/null; true"),
        ("javascript", "console.log(JSON.stringify(process.env))"),
    ],
)
def test_the_runtimes_environment_is_in_no_sandbox(
    service: Service, attacker: User, language: str, code: str
) -> None:
    of_runtime = Path(f"/proc/{service.process.pid}/environ").read_bytes()
    assert SECRET.encode() in of_runtime
    shown = attacker.printed(code, language=language, environment={"MINE": "is here"})
    assert "is here" in shown
    assert SECRET not in shown
    assert service.key not in shown
    names = {line.partition(b"=")[0].decode() for line in of_runtime.split(b"\0") if line}
    usual = {"PATH", "HOME", "LANG", "PWD", "TMPDIR", "SHLVL", "_", "LC_CTYPE", "TERM"}
    usual |= {*trust.VARIABLES, "PIP_DISABLE_PIP_VERSION_CHECK"}
    usual |= {"PYTHONDONTWRITEBYTECODE"}  # what a sandbox has of its own
    assert not [name for name in names - usual if f"{name}=" in shown or f'"{name}"' in shown]
