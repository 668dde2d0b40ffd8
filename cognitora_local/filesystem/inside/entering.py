"""Becoming a user of a sandbox: its root folder, its user namespace, and no right more than it has."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

from .names import Names

TYPE_CHECKING = False  # type checkers know the name, and importing typing takes long
if TYPE_CHECKING:
    from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_CAPABILITIES_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class Inside:
    """What is known once it is entered.

    Attributes:
        proc: this machine's /proc, by which a descriptor of one's own is opened anew.
        names: the users and groups of the sandbox.
    """

    def __init__(self, proc: int, names: Names) -> None:
        self.proc = proc
        self.names = names


def enter(order: dict[str, Any]) -> Inside:
    """Go where `order` says, for good.

    Raises:
        OSError: it can't be entered.
        LookupError: there is no such user there.
    """
    if order["root"] is None:  # it runs there already, as its user
        os.umask(0o022)
        return Inside(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), Names())
    _prctl(_PR_SET_DUMPABLE, 0)  # nobody in there can look into this
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if os.geteuid() == 0:
        os.setgroups([])
    if order["namespace"] is not None:
        _check(_libc.setns(order["namespace"], 0))
        os.close(order["namespace"])
    os.fchdir(order["root"])
    os.chroot(".")
    os.close(order["root"])
    # Whatever Python had not imported by now would be the sandbox's.
    sys.path.clear()
    sys.meta_path.clear()
    os.umask(0o022)
    names = Names()
    _become(order, names, proc)
    return Inside(proc, names)


def _become(order: dict[str, Any], names: Names, proc: int) -> None:
    user, group, groups = order["uid"], order["gid"], order["groups"]
    if order["user"] is not None:
        user, group, groups = names.user(order["user"])
    # Always: whoever has no number in there seems to be nobody, who has one.
    path = "self/setgroups"
    with open(path, opener=lambda path, flags: os.open(path, flags, dir_fd=proc)) as file:
        may_set = file.read().strip() == "allow"
    if may_set:
        os.setgroups(groups)
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    header = struct.pack("=Ii", _CAPABILITIES_VERSION_3, 0)
    capabilities = order["capabilities"] & _permitted(header) if user == 0 else 0
    low, high = capabilities & 0xFFFFFFFF, capabilities >> 32
    _check(_libc.capset(header, struct.pack("=6I", low, low, 0, high, high, 0)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _permitted(header: bytes) -> int:
    """The capabilities that this program may have."""
    found = ctypes.create_string_buffer(24)
    _check(_libc.capget(header, found))
    _, low, _, _, high, _ = struct.unpack("=6I", found.raw)
    return int(low) | int(high) << 32


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, *(ctypes.c_ulong(each) for each in (value, 0, 0, 0))))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
