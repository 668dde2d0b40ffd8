"""What a sandbox can't ask of the kernel."""

from __future__ import annotations

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.sandbox import Host, SandboxError, seccomp
from cognitora_local.sandbox.syscalls import NUMBERS
from tests.needs import IS_ROOT
from tests.sandbox.programs import Outside, Run

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    if result == 0 and number in (56, 220, 435):
        os._exit(0)
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""

ALLOW_EVERYTHING = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)


@pytest_asyncio.fixture(loop_scope="session")
async def unfiltered(tmp_path: Path) -> AsyncIterator[Host]:
    """A host whose sandboxes have no filter: what fails there too, fails for another reason."""
    host = await Host.probe(tmp_path / "data")
    (host._staging.folder / "seccomp.bpf").write_bytes(ALLOW_EVERYTHING)
    yield host
    await host.close()


def calls(names: list[str], *arguments: int) -> str:
    numbers = {name: NUMBERS[platform.machine()][name] for name in names}
    return CALL + f"say({{name: call(n, *{arguments}) for name, n in {numbers}.items()}})"


async def test_calls_that_a_program_may_make_otherwise_are_refused(
    run: Run, unfiltered: Host
) -> None:
    names = ["ptrace", "process_vm_readv", "add_key", "keyctl", "userfaultfd", "kcmp"]
    names += ["name_to_handle_at", "process_madvise", "pidfd_getfd"]
    program = calls(names, 0, 0, 0, 0, 0)

    without = await run(program, host=unfiltered)
    assert not {name for name, result in without.items() if result == "EPERM"} - {"userfaultfd"}
    assert await run(program) == dict.fromkeys(names, "EPERM")


async def test_calls_that_nobody_may_make_are_refused(run: Run) -> None:
    names = ["mount", "umount2", "pivot_root", "chroot", "fsopen", "open_tree", "move_mount"]
    names += ["mount_setattr", "setns", "bpf", "perf_event_open", "init_module", "kexec_load"]
    names += ["finit_module", "reboot", "swapon", "syslog", "iopl", "acct", "open_by_handle_at"]

    assert await run(calls(names, 0, 0, 0, 0, 0)) == dict.fromkeys(names, "EPERM")


async def test_calls_with_an_older_way_are_answered_as_by_an_older_kernel(
    run: Run, unfiltered: Host
) -> None:
    program = CALL + "say([call(425, 0, 0), call(435, 0, 0), call(100000), call(0x40000000 + 39)])"

    assert (await run(program, host=unfiltered))[:2] == ["EFAULT", "EINVAL"]
    assert await run(program) == ["ENOSYS"] * 4


@pytest.mark.parametrize(
    "space", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x40000000]
)
async def test_no_namespace_can_be_made(run: Run, outside: Outside, space: int) -> None:
    program = CALL + f"say([call(56, {space} | 17, 0, 0, 0, 0), call(272, {space})])"

    assert outside(program) == ["done", "done"]
    assert await run(program) == ["EPERM", "EPERM"]


async def test_user_namespaces_are_closed_without_the_filter_too(
    run: Run, unfiltered: Host
) -> None:
    program = CALL + "say([call(272, 0x10000000), call(56, 0x10000000 | 17, 0, 0, 0, 0)])"

    assert await run(program, host=unfiltered) == ["ENOSPC", "ENOSPC"]


async def test_nothing_can_be_mounted(run: Run, outside: Outside, unfiltered: Host) -> None:
    program = (
        CALL
        + """
def mount():
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
libc.unshare(0x20000)
say(tried(mount)[0])
"""
    )
    assert outside(program) == "done"
    assert await run(program) == "failed"
    assert await run(program, host=unfiltered) == "failed"


async def test_another_process_cant_be_traced(run: Run, outside: Outside, unfiltered: Host) -> None:
    program = (
        CALL
        + """
import signal
child = os.fork()
if child == 0:
    signal.pause()
attached = libc.ptrace(16, child, 0, 0) == 0
os.kill(child, signal.SIGKILL)
say(["done" if attached else "failed"])
"""
    )
    assert outside(program) == ["done"]
    assert await run(program, host=unfiltered) == ["done"]
    assert await run(program) == ["failed"]


@pytest.mark.parametrize(
    ("family", "kind", "refusal"),
    [
        (socket.AF_PACKET, socket.SOCK_RAW, "EAFNOSUPPORT"),
        (socket.AF_PACKET, socket.SOCK_DGRAM, "EAFNOSUPPORT"),
        (socket.AF_INET, socket.SOCK_RAW, "EPERM"),
        (socket.AF_INET6, socket.SOCK_RAW, "EPERM"),
        (socket.AF_NETLINK, socket.SOCK_RAW, "EAFNOSUPPORT"),
        (socket.AF_INET, socket.SOCK_STREAM, None),
        (socket.AF_INET6, socket.SOCK_DGRAM, None),
        (socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, None),
    ],
)
async def test_sockets_are_the_usual_ones(
    run: Run, outside: Outside, family: int, kind: int, refusal: str | None
) -> None:
    protocol = 1 if kind == socket.SOCK_RAW and family != socket.AF_NETLINK else 0
    program = f"say(tried(socket.socket, {int(family)}, {int(kind)}, {protocol}))"

    if IS_ROOT or refusal is None:  # the others are the machine's root's
        assert outside(program)[0] == "done"
    if refusal is None:
        assert (await run(program))[0] == "done"
    else:
        assert await run(program) == ["failed", refusal]


async def test_a_terminal_cant_be_typed_into(run: Run, unfiltered: Host) -> None:
    program = """
import fcntl, pty, termios
master, slave = pty.openpty()
os.setsid() if os.getsid(0) != os.getpid() else None
say(tried(fcntl.ioctl, slave, termios.TIOCSTI, b"x"))
"""
    # Newer kernels have a switch for it (EIO), and want the terminal to be one's own.
    assert (await run(program, host=unfiltered))[1] in ("EIO", "EPERM", "b'x'", "0")
    assert await run(program) == ["failed", "EPERM"]


async def test_a_program_of_the_32_bit_machine_is_killed(run: Run, outside: Outside) -> None:
    program = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("53b814000000cd805bc3"))  # getpid, by the 32-bit gate
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
child = os.fork()
if child == 0:
    os._exit(0 if call() == os.getpid() else 1)
say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert outside(program) in (0, -11)  # -11: a kernel that can't run them at all
    assert await run(program) == (-31 if outside(program) == 0 else -11)


def verdict(program: bytes, arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer: the filter's language, interpreted."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("=iIQ6Q", ctypes.c_int32(number).value, arch, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, when_true, when_false, value = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return int(value)
        else:
            holds = {
                0x15: accumulator == value,
                0x25: accumulator > value,
                0x45: bool(accumulator & value),
            }[code]
            at += when_true if holds else when_false


ALLOWED = 0x7FFF0000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


@pytest.mark.parametrize("machine", ARCHITECTURES)
async def test_the_filter_judges_each_call_on_each_machine(machine: str) -> None:
    program, arch, numbers = seccomp.program(machine), ARCHITECTURES[machine], NUMBERS[machine]

    def judged(name: str, *arguments: int) -> int:
        return verdict(program, arch, numbers[name], arguments)

    refused = 0x00050000 | errno.EPERM
    for name in ("mount", "ptrace", "bpf", "setns", "keyctl", "kexec_load", "move_mount"):
        assert judged(name) == refused
    assert judged("clone3") == 0x00050000 | errno.ENOSYS
    assert judged("clone", 0x11) == ALLOWED
    assert judged("clone", 0x3D0F00) == ALLOWED  # a thread of glibc's
    assert judged("clone", 0x10000011) == refused
    assert judged("unshare", 0x400) == ALLOWED
    assert judged("unshare", 0x20000) == refused
    assert judged("ioctl", 0, 0x5401) == ALLOWED
    assert judged("ioctl", 0, 0x5412) == refused
    assert judged("ioctl", 0, 0xFFFFFFFF00005412) == refused  # the kernel looks at 32 bits too
    assert judged("socket", socket.AF_INET, socket.SOCK_STREAM, 0) == ALLOWED
    assert judged("socket", socket.AF_INET, socket.SOCK_STREAM, 132) != ALLOWED
    assert judged("socket", socket.AF_NETLINK, socket.SOCK_RAW, 0) != ALLOWED
    assert judged("io_setup", 1, 0) == judged("memfd_secret", 0) == 0x00050000 | errno.ENOSYS
    assert judged("socket", 40, socket.SOCK_STREAM, 0) == 0x00050000 | errno.EAFNOSUPPORT
    assert judged("personality", 0x40000) == refused
    assert judged("personality", 0xFFFFFFFF) == ALLOWED
    other = next(value for name, value in ARCHITECTURES.items() if name != machine)
    assert verdict(program, other, numbers["mount"]) == 0x80000000
    assert verdict(program, arch, -1) == 0x00050000 | errno.ENOSYS


@pytest.mark.parametrize("machine", ARCHITECTURES)
async def test_the_numbers_are_those_that_libseccomp_knows_for_each_machine(machine: str) -> None:
    """By which engines filter calls, and which has the tables of every machine."""
    library = ctypes.CDLL("libseccomp.so.2")  # Podman's, so it is wherever there are containers
    architecture = ctypes.c_uint32(ARCHITECTURES[machine])
    known = {
        name: library.seccomp_syscall_resolve_name_arch(architecture, name.encode())
        for name in NUMBERS[machine]
    }
    newer = {name for name, number in known.items() if number == -1}
    assert newer <= {"open_tree_attr"}
    assert {name: number for name, number in NUMBERS[machine].items() if name not in newer} == {
        name: number for name, number in known.items() if name not in newer
    }


@pytest.mark.parametrize("machine", ARCHITECTURES)
async def test_every_call_that_is_forbidden_is_so_on_each_machine(machine: str) -> None:
    """One that a machine lacks is one that Linux never had there, by libseccomp's word."""
    library = ctypes.CDLL("libseccomp.so.2")
    architecture = ctypes.c_uint32(ARCHITECTURES[machine])
    program, arch = seccomp.program(machine), ARCHITECTURES[machine]
    for name in (*seccomp._FORBIDDEN, *seccomp._UNKNOWN):
        number = NUMBERS[machine].get(name)
        if number is None:
            assert library.seccomp_syscall_resolve_name_arch(architecture, name.encode()) < 0, name
        else:
            assert verdict(program, arch, number) != ALLOWED, name


async def test_a_machine_without_a_filter_is_refused() -> None:
    with pytest.raises(SandboxError, match="riscv64"):
        seccomp.program("riscv64")
