"""The way out of a sandbox: slirp4netns, attached to it for one execution and taken away again.

A sandbox has a network of its own with nothing in it. slirp4netns puts an interface there and
makes, as an ordinary program of the machine, the connections that leave through it. So it could
connect to the machine itself: its loopback is refused by a flag, its other addresses and 127.0.0.0/8
(which a socket bound to the interface would send out) by unreachable routes inside, which are there
before slirp4netns is, and which users' code has no right to change.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import namespace
from .command import as_user, entering
from .complaint import Complaint
from .errors import SandboxError
from .process import ENVIRONMENT, PATH, Handle, Process

REFUSED = "Networking can't be had: "

_TUN = Path("/dev/net/tun")
_INTERFACE = "tap0"
_NS_GET_USERNS = 0xB701
_ALWAYS_UNREACHABLE = frozenset(("127.0.0.0/8", "169.254.0.0/16"))


@dataclass(frozen=True, slots=True)
class Slirp:
    """slirp4netns on this machine. `missing`: why it can't be used, and the mend."""

    version: str
    missing: str | None

    @classmethod
    async def find(cls) -> Slirp:
        for name, package in {
            "slirp4netns": "slirp4netns",
            "ip": "iproute2",
            "nsenter": "util-linux",
        }.items():
            if shutil.which(name, path=PATH) is None:
                return cls("", f"{name} isn't here; install it: apt install {package}")
        try:
            _share_tun()
        except OSError as error:
            return cls("", f"{error}; load it: modprobe tun, and chmod 666 {_TUN}")
        process = await asyncio.create_subprocess_exec(
            "slirp4netns", "--version", stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode(errors="replace")
        found = re.search(r"\d+\.\d+\.\d+", said)
        return cls(found.group() if found else "of an unknown version", None)


class Network:
    """The network of one sandbox, whose first process is `first`."""

    def __init__(
        self, slirp: Slirp, first: Handle, *, user: int | None, doors: Sequence[Path]
    ) -> None:
        self._slirp = slirp
        self._first = first
        self._user = user
        self._doors = doors
        self._changing = asyncio.Lock()
        self._unreachable: frozenset[str] = frozenset()
        self._process: Process | None = None
        self._lifeline: socket.socket | None = None

    async def connect(self) -> None:
        """Attaches the way out, if it isn't. Raises SandboxError when there is none to be had."""
        if self._slirp.missing is not None:
            raise SandboxError(f"{REFUSED}{self._slirp.missing}.")
        async with self._changing:
            if self._process is not None and not self._process.ended.done():
                return
            await self._detach()
            try:
                with _namespaces(self._first) as (users, network):
                    await self._close_off(users, network)
                    await self._attach(users, network)
            except OSError as error:
                raise SandboxError(f"{REFUSED}{error}.") from error

    async def disconnect(self) -> None:
        """Takes the way out away, if there is one: no packet leaves any more."""
        async with self._changing:
            await self._detach()

    async def _close_off(self, users: int, network: int) -> None:
        unreachable = _ALWAYS_UNREACHABLE | addresses_of_this_machine()
        new = sorted(unreachable - self._unreachable)
        if not new:
            return
        process = await asyncio.create_subprocess_exec(
            *as_user(self._user),
            *("nsenter", f"--user=/proc/self/fd/{users}", f"--net=/proc/self/fd/{network}"),
            *("--preserve-credentials", "ip", "-batch", "-"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(users, network),
            env=ENVIRONMENT,
        )
        routes = "".join(f"route replace unreachable {address}\n" for address in new)
        _, complaint = await process.communicate(routes.encode())
        if process.returncode != 0:
            reason = complaint.decode(errors="replace").strip()
            raise SandboxError(f"{REFUSED}this machine stays reachable: {reason}")
        self._unreachable |= unreachable

    async def _attach(self, users: int, network: int) -> None:
        with ExitStack() as failed:
            complaint = Complaint()
            lifeline, lifeline_inside = socket.socketpair()
            failed.callback(lifeline.close)
            ready, ready_inside = socket.socketpair()
            ready.setblocking(False)
            fds = (users, network, lifeline_inside.fileno(), ready_inside.fileno())
            try:
                with lifeline_inside, ready_inside:
                    process = Process(
                        [*entering(self._doors), *as_user(self._user), *_command(*fds)],
                        stderr=complaint.fd,
                        pass_fds=fds,
                    )
                failed.callback(process.kill)
                if not await asyncio.get_running_loop().sock_recv(ready, 1):
                    reason = complaint.text() or "it gave no reason"
                    raise SandboxError(f"{REFUSED}slirp4netns failed: {reason}")
            finally:
                ready.close()
                complaint.close()
            failed.pop_all()
        self._process, self._lifeline = process, lifeline

    async def _detach(self) -> None:
        process, self._process = self._process, None
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
        if process is not None:
            process.kill()
            await process.wait()


def addresses_of_this_machine() -> frozenset[str]:
    """Every IPv4 address that this machine answers on, except those of its loopback."""
    found: set[str] = set()
    address = ""
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        if "|-- " in line:
            address = line.split()[-1]
        elif line.split()[:3] == ["/32", "host", "LOCAL"]:
            found.add(address)
    return frozenset(address for address in found if not address.startswith("127."))


def _command(users: int, network: int, lifeline: int, ready: int) -> list[str]:
    # Not --enable-sandbox: it needs a root in the sandbox's user namespace, or to be root outside,
    # and as the sandbox's own user, which owns nothing, slirp4netns can do less than as that.
    return [
        *("slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback"),
        *("--enable-seccomp", f"--exit-fd={lifeline}", f"--ready-fd={ready}"),
        *("--netns-type=path", f"--userns-path=/proc/self/fd/{users}"),
        *(f"/proc/self/fd/{network}", _INTERFACE),
    ]


def _share_tun() -> None:
    """slirp4netns runs as the sandbox's user; some machines keep the device to root."""
    if _TUN.stat().st_mode & 0o006 != 0o006 and os.geteuid() == 0:
        namespace.enter_private()
        namespace.share_device(_TUN)
    os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))


@contextmanager
def _namespaces(first: Handle) -> Iterator[tuple[int, int]]:
    """The user namespace that owns the sandbox's network, and that network's namespace."""
    with ExitStack() as opened:
        network = os.open(f"/proc/{first.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        opened.callback(os.close, network)
        first.signal(0)  # so nobody else has had its pid, when its namespace was opened
        users = fcntl.ioctl(network, _NS_GET_USERNS)
        opened.callback(os.close, users)
        yield users, network
