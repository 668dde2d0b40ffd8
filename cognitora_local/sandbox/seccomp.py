"""The system calls that a sandbox can't make: a filter in the kernel's own small language.

The filter is a second wall. Without capabilities and namespaces most of what it forbids fails
anyway, but a call that is never entered can't have a bug that matters. What is forbidden fails with
an error that programs know (EPERM, ENOSYS, EAFNOSUPPORT), so that they fall back as usual. A
program for another machine (32-bit) is killed.

See https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct
from collections.abc import Iterator

from .errors import SandboxError
from .syscalls import LAST_KNOWN, NUMBERS

# Mounts and name spaces, other processes' memory, the kernel and its keys, the machine's clock.
_FORBIDDEN = (
    "mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount"
    " fspick mount_setattr setns"
    " ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd"
    " add_key request_key keyctl bpf perf_event_open userfaultfd fanotify_init"
    " name_to_handle_at open_by_handle_at lookup_dcookie"
    " kexec_load kexec_file_load init_module finit_module delete_module create_module"
    " get_kernel_syms query_module nfsservctl reboot acct quotactl quotactl_fd swapon swapoff"
    " syslog vhangup iopl ioperm settimeofday clock_settime sethostname setdomainname"
    " mbind set_mempolicy migrate_pages move_pages"
).split()

# Answered as an older kernel would: libraries then take the older way. clone3 takes its flags from
# memory, where a filter can't look; io_uring makes calls that no filter sees. All of a machine share
# 65,536 slots of asynchronous I/O (fs.aio-max-nr), and memfd_secret's pages can't be swapped or moved.
_UNKNOWN = (
    "clone3",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "io_setup",
    "memfd_secret",
)

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_PERSONALITIES = (0, 0xFFFFFFFF)  # the usual one; the question which it is

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_SOCKET_KIND = 0xF
_TCP, _UDP, _ICMP, _ICMP6 = 6, 17, 1, 58

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_GREATER, _IF_ANY_BIT = 0x15, 0x25, 0x45

# Where the kernel puts what is judged: number, architecture, low halves of the arguments.
_NUMBER, _ARCH = 0, 4


def _argument(index: int) -> int:
    return 16 + 8 * index


def program(machine: str | None = None) -> bytes:
    """The filter for this machine (or "x86_64", "aarch64"), as bwrap's --seccomp reads it.

    Raises SandboxError for a machine whose calls aren't known here.
    """
    machine = machine or platform.machine()
    if machine not in NUMBERS:
        raise SandboxError(
            f"There is no system call filter for {machine} machines, only for "
            f"{' and '.join(NUMBERS)}; sandboxes can't be made here."
        )
    return b"".join(_instructions(machine))


def _instructions(machine: str) -> Iterator[bytes]:
    numbers = NUMBERS[machine]
    yield _op(_LOAD, _ARCH)
    yield _op(_IF_EQUAL, _AUDIT_ARCH[machine], skip_if_true=1)
    yield _op(_RETURN, _KILL)
    yield _op(_LOAD, _NUMBER)
    yield from _refuse_if(_IF_GREATER, LAST_KNOWN, errno.ENOSYS)  # the x32 calls among them
    for name in _UNKNOWN:
        yield from _refuse_if(_IF_EQUAL, numbers[name], errno.ENOSYS)
    for name in _FORBIDDEN:
        if name in numbers:
            yield from _refuse_if(_IF_EQUAL, numbers[name], errno.EPERM)
    for name, judged in {
        "clone": _no_namespaces(),
        "unshare": _no_namespaces(),
        "ioctl": _no_terminal_injection(),
        "personality": _usual_personality(),
        "socket": _usual_sockets(),
        "socketpair": _unix_pairs(),
    }.items():
        body = [*judged, _op(_RETURN, _ALLOW)]
        yield _op(_IF_EQUAL, numbers[name], skip_if_false=len(body))
        yield from body
    yield _op(_RETURN, _ALLOW)


def _no_namespaces() -> Iterator[bytes]:
    yield _op(_LOAD, _argument(0))
    yield from _refuse_if(_IF_ANY_BIT, _NEW_NAMESPACES, errno.EPERM)


def _no_terminal_injection() -> Iterator[bytes]:
    yield _op(_LOAD, _argument(1))
    for request in _TERMINAL_INJECTION:
        yield from _refuse_if(_IF_EQUAL, request, errno.EPERM)


def _usual_personality() -> Iterator[bytes]:
    yield _op(_LOAD, _argument(0))
    yield from _refuse_unless(_PERSONALITIES, errno.EPERM)


def _usual_sockets() -> Iterator[bytes]:
    """Unix sockets; TCP, UDP and ping.

    Not netlink, by which libc lists addresses: what its sockets hold counts against no limit of
    memory. libc then asks for addresses of both kinds, which costs a question more.
    """
    inet = [
        _op(_LOAD, _argument(1)),
        _op(_AND, _SOCKET_KIND),
        *_refuse_unless((socket.SOCK_STREAM, socket.SOCK_DGRAM), errno.EPERM),
        _op(_LOAD, _argument(2)),
        *_refuse_unless((0, _TCP, _UDP, _ICMP, _ICMP6), errno.EPROTONOSUPPORT),
        _op(_RETURN, _ALLOW),
    ]
    yield _op(_LOAD, _argument(0))
    for family in (socket.AF_INET, socket.AF_INET6):
        yield _op(_IF_EQUAL, family, skip_if_false=len(inet))
        yield from inet
    yield from _refuse_unless((socket.AF_UNIX,), errno.EAFNOSUPPORT)


def _unix_pairs() -> Iterator[bytes]:
    yield _op(_LOAD, _argument(0))
    yield from _refuse_unless((socket.AF_UNIX,), errno.EAFNOSUPPORT)


def _refuse_if(test: int, value: int, error: int) -> Iterator[bytes]:
    yield _op(test, value, skip_if_false=1)
    yield _op(_RETURN, _ERRNO | error)


def _refuse_unless(values: tuple[int, ...], error: int) -> Iterator[bytes]:
    for position, value in enumerate(values):
        yield _op(_IF_EQUAL, value, skip_if_true=len(values) - position)
    yield _op(_RETURN, _ERRNO | error)


def _op(code: int, value: int, *, skip_if_true: int = 0, skip_if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, skip_if_true, skip_if_false, value)
