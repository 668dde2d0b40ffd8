"""What nothing in a pod may ask of the kernel, whatever the container runtime lets through.

Sockets to the hypervisor (AF_VSOCK) pass by every NetworkPolicy, from a pod without a network too: the filter
of containerd before 1.7 lets them be made. What sockets of netlink hold is in no pod's memory limit, all of a
node share 65,536 slots of asynchronous I/O, and the pages of memfd_secret can't be swapped or moved. What
io_uring does, making sockets too, no filter sees.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from .spawning import prctl

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2

_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _ARCH, _FAMILY = 0, 4, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000

_FAMILIES = (40, 16)
"""AF_VSOCK and AF_NETLINK."""
_I386 = 0x40000003
_X32 = 0x40000000
"""Of calls in the numbers of x86_64 by programs for x32; kernels before 5.4 mix the two."""
_IO_URING = (425, 426, 427)
_OF_X86_64 = (206, 543, 447, *_IO_URING)
_CALLS: dict[str, dict[int, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "x86_64": {
        0xC000003E: ((41, _X32 | 41), (*_OF_X86_64, *(_X32 | each for each in _OF_X86_64))),
        _I386: ((359,), (245, 447, *_IO_URING)),
    },
    "aarch64": {
        0xC00000B7: ((198,), (0, 447, *_IO_URING)),
        0x40000028: ((281,), (243, 447, *_IO_URING)),
    },
}
"""The numbers of socket(), and of all that isn't there: io_setup(), memfd_secret() and io_uring's. By the
architectures of programs that such a machine runs."""
_SOCKETCALL = 102
"""32-bit programs' old way, whose arguments no filter sees; libc has the other since Linux 4.3."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_all() -> None:
    """Have this process, and all that it starts, get none of that.

    Raises:
        OSError: the kernel takes no filter.
    """
    instructions = _instructions(os.uname().machine)
    program = _Program(len(instructions), b"".join(instructions))
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_SECCOMP, _FILTER, ctypes.addressof(program))


def _instructions(machine: str) -> list[bytes]:
    """All may be called where the numbers aren't known."""
    found: list[bytes] = []
    for arch, (sockets, others) in _CALLS.get(machine, {}).items():
        judged = [_op(_LOAD, _NUMBER)]
        for number in (*others, *([_SOCKETCALL] if arch == _I386 else [])):
            judged += _refusal(number, errno.ENOSYS)
        family = [_op(_LOAD, _FAMILY)]
        for number in _FAMILIES:
            family += _refusal(number, errno.EAFNOSUPPORT)
        family.append(_op(_RETURN, _ALLOW))
        for number in sockets:
            judged += [_op(_IF_EQUAL, number, no=len(family)), *family]
        judged.append(_op(_RETURN, _ALLOW))
        found += [_op(_LOAD, _ARCH), _op(_IF_EQUAL, arch, no=len(judged)), *judged]
    return [*found, _op(_RETURN, _ALLOW)]


def _refusal(value: int, error: int) -> list[bytes]:
    return [_op(_IF_EQUAL, value, no=1), _op(_RETURN, _ERRNO | error)]


def _op(code: int, value: int, *, no: int = 0) -> bytes:
    """An instruction; `no` is how many are left out where a comparison doesn't hold."""
    return struct.pack("=HBBI", code, 0, no, value)
