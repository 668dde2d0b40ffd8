"""The folder that a container has its control groups in, with cgroup v1: a file system in memory.

It is to be read-only, and runc forgets that in a user namespace. What is uploaded there would be within no
limit: it isn't the container that writes it, and the folder may grow to half of the machine's memory.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path

from .errors import EngineError
from .proc import belongs
from .rootfs import openat2

_FOLDER = "/sys/fs/cgroup"
_MOUNTS = Path("/proc/self/mountinfo")
_TMPFS = 0x01021994
_PATH = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
# The same on every architecture. https://man7.org/linux/man-pages/man2/fspick.2.html
_FSCONFIG, _FSPICK = 431, 433
_FSPICK_CLOEXEC, _FSPICK_EMPTY_PATH = 1, 8
_FSCONFIG_SET_FLAG, _FSCONFIG_CMD_RECONFIGURE = 0, 7
_NONE = ctypes.c_void_p(None)

_libc = ctypes.CDLL(None, use_errno=True)


def make_read_only(pid: int, engine_id: str) -> None:
    """Let nobody write there any more, in the container whose first process is `pid`.

    Raises EngineError.
    """
    try:
        root = os.open(f"/proc/{pid}/root", _PATH)
    except OSError:
        return  # it has ended
    try:
        if belongs(pid, engine_id):
            _seal(root)
    except OSError as error:
        raise EngineError(
            f"The container's {_FOLDER} can't be made read-only ({error}). Run the runtime as root, or "
            "boot the machine with cgroup v2."
        ) from error
    finally:
        os.close(root)


def _seal(root: int) -> None:
    try:
        folder = openat2(root, _FOLDER, _PATH)
    except FileNotFoundError:
        return
    try:
        read_only = os.fstatvfs(folder).f_flag & os.ST_RDONLY
        if read_only or not _is_tmpfs(folder) or os.fstat(folder).st_dev in _devices_of_machine():
            return
        flags = _FSPICK_CLOEXEC | _FSPICK_EMPTY_PATH
        picked = _call(_FSPICK, folder, b"", flags)
        try:
            _call(_FSCONFIG, picked, _FSCONFIG_SET_FLAG, b"ro", _NONE, 0)
            _call(_FSCONFIG, picked, _FSCONFIG_CMD_RECONFIGURE, _NONE, _NONE, 0)
        finally:
            os.close(picked)
    finally:
        os.close(folder)


def _is_tmpfs(folder: int) -> bool:
    found = ctypes.create_string_buffer(256)
    _check(_libc.fstatfs(folder, found))
    (kind,) = struct.unpack_from("@l", found.raw)
    return bool(kind == _TMPFS)


def _devices_of_machine() -> set[int]:
    """What is mounted on the machine itself."""
    numbers = (line.split()[2].split(":") for line in _MOUNTS.read_text().splitlines())
    return {os.makedev(int(major), int(minor)) for major, minor in numbers}


def _call(number: int, *arguments: object) -> int:
    syscall: Callable[..., int] = _libc.syscall
    return _check(syscall(ctypes.c_long(number), *arguments))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
