"""The way out of a sandbox: slirp4netns, attached to it for one execution and taken away again.

A sandbox has a network of its own with nothing in it, and so has a container. slirp4netns puts an
interface there and makes, as an ordinary program of the machine, the connections that leave through
it. So it could connect to the machine itself: its loopback is refused by a flag, its other addresses
and 127.0.0.0/8 (which a socket bound to the interface would send out) by unreachable routes inside,
which are there before slirp4netns is, and which users' code has no right to change. Addresses that
the machine gets meanwhile are closed off as soon as the kernel tells of them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path

from ..forwarding.machine import addresses_of_this_machine
from ..system import ENVIRONMENT, PATH, stdout_of
from . import capabilities, namespace, outer_container
from .addresses import AddressWatch
from .command import as_user, entering
from .errors import SandboxError
from .network_namespace import NetworkNamespace, network_namespace
from .process import Handle, Process
from .stderr_buffer import StderrBuffer

REFUSED = "Networking can't be had: "

_TUN = Path("/dev/net/tun")
_INTERFACE = "tap0"
# At a time, of all programs inside: each takes up to 256 KiB of slirp4netns' memory.
_CONNECTIONS = 1024
_ALWAYS_UNREACHABLE = frozenset(map(IPv4Network, ("127.0.0.0/8", "169.254.0.0/16")))

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slirp:
    """slirp4netns on this machine. `missing`: why it can't be used, and the mend."""

    version: str
    missing: str | None
    watch: AddressWatch = field(default_factory=AddressWatch)

    @classmethod
    async def find(cls) -> Slirp:
        for name, package in {
            "slirp4netns": "slirp4netns",
            "ip": "iproute2",
            "nsenter": "util-linux",
        }.items():
            if shutil.which(name, path=PATH) is None:
                return cls("", f"{name} isn't here; install it: apt install {package}")
        if missing := capabilities.lacking(capabilities.NETWORKS):
            return cls("", missing)
        try:
            _share_tun()
        except OSError as error:
            hint = outer_container.hint(f"--device {_TUN}")
            return cls("", f"{error}; load it: modprobe tun, and chmod 666 {_TUN}{hint}")
        said = await stdout_of("slirp4netns", "--version")
        found = re.search(r"\d+\.\d+\.\d+", said)
        return cls(found.group() if found else "of an unknown version", None)


class Network:
    """The network of one sandbox, whose first process is `first`.

    Its programs run as `user` (None: as this one does) in the control group behind `procs_files`.
    """

    def __init__(
        self,
        slirp: Slirp,
        first: Handle,
        *,
        user: int | None = None,
        procs_files: Sequence[Path] = (),
    ) -> None:
        self._slirp = slirp
        self._first = first
        self._user = user
        self._procs_files = procs_files
        self._changing = asyncio.Lock()
        self._unreachable: frozenset[IPv4Network] = frozenset()
        self._process: Process | None = None
        self._lifeline: socket.socket | None = None
        self._changed = False
        self._following: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Attaches the way out, or opens it again, with all of this machine's addresses closed off.

        Raises SandboxError when there is none to be had.
        """
        if self._slirp.missing is not None:
            raise SandboxError(
                f"{REFUSED}{self._slirp.missing}. Code that needs none runs with networking=False."
            )
        async with self._changing:
            self._slirp.watch.add(self._look_again)  # before looking, so that nothing is missed
            try:
                await self._close_off()
                if self._process is None or self._process.ended.done():
                    await self._attach()
                else:
                    self._process.resume()
            except OSError as error:
                await self._detach()
                raise SandboxError(f"{REFUSED}{error}.") from error
            except BaseException:
                await self._detach()
                raise

    async def pause(self) -> None:
        """Closes the way out, if there is one: no packet leaves until it is connected again.

        Connections through it stay as they are meanwhile.
        """
        async with self._changing:
            self._slirp.watch.discard(self._look_again)
            if self._process is not None:
                await self._process.stop()

    async def disconnect(self) -> None:
        """Takes the way out away, if there is one: no packet leaves any more."""
        async with self._changing:
            await self._detach()

    def _look_again(self) -> None:
        self._changed = True
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        """Closes off the addresses that this machine has got, or else takes the way out away."""
        while self._changed:
            self._changed = False
            async with self._changing:
                try:
                    await self._close_off()
                except (OSError, SandboxError) as error:
                    _logger.warning("A sandbox has lost its way out. %s", error)
                    await self._detach()
                except BaseException:  # whatever it was: the way isn't known to be safe
                    await self._detach()
                    raise

    async def _close_off(self) -> None:
        unreachable = _ALWAYS_UNREACHABLE | addresses_of_this_machine()
        if unreachable <= self._unreachable:
            return
        with network_namespace(self._first, self._user) as namespaces:
            await self._make_unreachable(unreachable, namespaces)

    async def _make_unreachable(
        self, unreachable: frozenset[IPv4Network], namespaces: NetworkNamespace
    ) -> None:
        process = await asyncio.create_subprocess_exec(
            *as_user(self._user),
            *("nsenter", *namespaces.nsenter, "ip", "-batch", "-"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=namespaces.fds,
            env=ENVIRONMENT,
        )
        new = sorted(unreachable - self._unreachable)
        routes = "".join(f"route replace unreachable {address}\n" for address in new)
        _, stderr = await process.communicate(routes.encode())
        if process.returncode != 0:
            reason = stderr.decode(errors="replace").strip()
            raise SandboxError(f"{REFUSED}this machine stays reachable: {reason}")
        self._unreachable |= unreachable

    async def _attach(self) -> None:
        await self._detach()
        self._slirp.watch.add(self._look_again)
        with network_namespace(self._first, self._user) as namespaces, ExitStack() as failed:
            stderr = StderrBuffer()
            lifeline, lifeline_inside = socket.socketpair()
            failed.callback(lifeline.close)
            ready, ready_inside = socket.socketpair()
            ready.setblocking(False)
            ends = (lifeline_inside.fileno(), ready_inside.fileno())
            try:
                with lifeline_inside, ready_inside:
                    process = Process(
                        [
                            *entering(self._procs_files),
                            *as_user(self._user),
                            *_command(namespaces, *ends),
                        ],
                        stderr=stderr.fd,
                        pass_fds=(*namespaces.fds, *ends),
                    )
                failed.callback(process.kill)
                if not await asyncio.get_running_loop().sock_recv(ready, 1):
                    reason = stderr.text() or "it gave no reason"
                    raise SandboxError(f"{REFUSED}slirp4netns failed: {reason}")
            finally:
                ready.close()
                stderr.close()
            failed.pop_all()
        self._process, self._lifeline = process, lifeline

    async def _detach(self) -> None:
        self._slirp.watch.discard(self._look_again)
        process, self._process = self._process, None
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None
        if process is not None:
            process.kill()
            await process.wait()


def _command(namespaces: NetworkNamespace, lifeline: int, ready: int) -> list[str]:
    return [
        # It ends with this program even where it is paused, and can't see the lifeline's end.
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("prlimit", f"--nofile={_CONNECTIONS}:{_CONNECTIONS}", "--"),
        *("slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback"),
        *("--enable-seccomp", f"--exit-fd={lifeline}", f"--ready-fd={ready}"),
        *("--netns-type=path", *namespaces.slirp, _INTERFACE),
    ]


def _share_tun() -> None:
    """slirp4netns runs as the sandbox's user; some machines keep the device to root."""
    if _TUN.stat().st_mode & 0o006 != 0o006 and os.geteuid() == 0:
        namespace.enter_private()
        namespace.share_device(_TUN)
    os.close(os.open(_TUN, os.O_RDWR | os.O_CLOEXEC))
