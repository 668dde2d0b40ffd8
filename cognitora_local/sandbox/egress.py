"""The way out of a sandbox to what a list names, and to nothing else.

No packet leaves the sandbox's network: it has no interface but its loopback. There all addresses
are at home, so that what is sent to them is seen; nftables leads connections to a socket that is
listened to from outside, and refuses everything else. What listens there (`forwarding/egress.py`)
knows the list, and makes the connections that may be made. Should any of that be missing, there is no
way out at all. Users' code has no right to change it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from ..concurrency.completion import to_completion
from ..forwarding import program
from ..system import ENVIRONMENT, PATH, stdout_of
from . import capabilities
from .errors import SandboxError
from .network_namespace import NetworkNamespace, network_namespace
from .process import Handle, Process
from .refusals import Refusal, Refusals, of_program, of_set
from .stderr_buffer import StderrBuffer

UNAVAILABLE = "`egress` can't be kept here: "

_NOBODY = 65534
_REPLY_BYTES = 2**17
_START_SECONDS = 60.0  # that its program may take to answer first, and to be told of another list
_ANSWER_SECONDS = 5.0  # that it, or nft, may take later
_MOST_OWED = 2  # answers: the second is of what was refused after the first was asked for
_INSIDE = "10.0.2.100"
_NAME_SERVER = "10.0.2.3"  # as a sandbox's resolv.conf has it
_TABLE = "cognitora"
_ROUTES = f"addr replace {_INSIDE}/32 dev lo\nroute replace local default dev lo src {_INSIDE}\n"
_NO_ROUTES = f"{_ROUTES}route delete local default dev lo\naddr delete {_INSIDE}/32 dev lo\n"
_NO_TABLE = f"table ip {_TABLE}\ndelete table ip {_TABLE}\n"
_logger = logging.getLogger(__name__)

# What goes from the loopback to itself is nobody's business; what is led is limited in number, for the
# kernel keeps each for a while.
_RULES = """
table ip {table}
delete table ip {table}
table ip {table} {{
    set own {{ type ipv4_addr; flags interval; elements = {{ 127.0.0.0/8, {inside} }} }}
    set refused {{
        type ipv4_addr . inet_proto . inet_service
        size 256
        flags dynamic
        counter
    }}
    chain spare {{
        type filter hook output priority -300; policy accept;
        ip saddr 127.0.0.0/8 ip daddr 127.0.0.0/8 notrack
    }}
    chain lead {{
        type nat hook output priority -100; policy accept;
        ip daddr @own accept
        meta l4proto tcp redirect to :{port}
    }}
    chain refuse {{
        type filter hook output priority 0; policy drop;
        meta l4proto tcp ct state new limit rate over 500/second burst 500 packets reject with tcp reset
        ip daddr @own accept
        ip daddr {name_server} udp dport 53 limit rate 500/second burst 500 packets accept
        ip daddr {name_server} udp dport 53 drop
        icmp type destination-unreachable accept
        meta l4proto udp add @refused {{ ip daddr . meta l4proto . udp dport }}
        meta l4proto != udp add @refused {{ ip daddr . meta l4proto . 0 }}
        reject with icmp type admin-prohibited
    }}
}}
"""
# Makes the two sockets in the network that it is run in, and hands them over.
_SOCKETS = f"""
import socket
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind(("{_NAME_SERVER}", 53))
runtime = socket.socket(fileno=int(sys.argv[1]))
socket.send_fds(runtime, [b"here"], [listener.fileno(), names.fileno()])
"""


@dataclass(frozen=True, slots=True)
class Nftables:
    """nftables on this machine. `missing`: why it can't be used, and the mend."""

    version: str
    missing: str | None

    @classmethod
    async def find(cls) -> Nftables:
        for name, package in {"nft": "nftables", "ip": "iproute2", "nsenter": "util-linux"}.items():
            if shutil.which(name, path=PATH) is None:
                return cls("", f"{name} isn't here; install it: apt install {package}")
        if missing := capabilities.lacking(capabilities.EGRESS):
            return cls("", missing)
        found = re.search(r"\d+(\.\d+)+", await stdout_of("nft", "--version"))
        return cls(found.group() if found else "of an unknown version", None)


class Egress:
    """The way out of the sandbox or container whose first process is `first`, for what a list names.

    `user` is whom its program runs as, where root starts it (None: somebody without rights).
    """

    def __init__(self, nftables: Nftables, first: Handle, *, user: int | None = None) -> None:
        self._nftables = nftables
        self._first = first
        self._user = user
        self._changing = asyncio.Lock()
        self._process: Process | None = None
        self._door: socket.socket | None = None
        self._owed = 0  # answers of its program that are yet to be heard
        self._led = False
        self._network = ExitStack()  # holds it, so that it can be asked when its sandbox has ended
        self._namespaces: NetworkNamespace | None = None
        self._refusals = Refusals()

    def check(self) -> None:
        """Raises SandboxError where this machine lacks what it takes."""
        if self._nftables.missing is not None:
            raise SandboxError(f"{UNAVAILABLE}{self._nftables.missing}.")

    async def connect(self, rules: Sequence[str]) -> None:
        """Opens the way to what `rules` name, of which each is one; of one that is open, changes it.

        Raises SandboxError when it can't be had.
        """
        self.check()
        await to_completion(self._connect(rules))

    async def pause(self) -> None:
        """Shuts it, if it is open, until it is connected again; connections stay as they are."""
        async with self._changing:
            await to_completion(self._pause())

    async def disconnect(self, *, ended: bool = False) -> None:
        """Takes it away, with all its connections; `ended`: the network has gone with its sandbox."""
        async with self._changing:
            await to_completion(self._disconnect(ended=ended))

    async def refused(self) -> list[Refusal]:
        """What was refused since it was there."""
        async with self._changing:
            await to_completion(self._look())
            return self._refusals.all()

    async def _pause(self) -> None:
        try:
            await self._look()
        finally:
            if self._process is not None:
                await self._process.stop()

    async def _disconnect(self, *, ended: bool) -> None:
        try:
            await self._look()
        finally:
            await self._close_door()
            self._leave_network()
        if self._led and not ended:
            await self._lead_nowhere()

    async def _connect(self, rules: Sequence[str]) -> None:
        async with self._changing:
            try:
                if self._process is None or self._process.ended.done():
                    await self._open(rules)
                else:
                    self._tell(rules=list(rules))  # before it goes on by others
                    self._process.resume()
                    await self._answer(_START_SECONDS)
            except (OSError, ValueError) as error:
                await self._close_door()
                raise SandboxError(f"{UNAVAILABLE}{error}.") from error
            except BaseException:
                await self._close_door()
                raise

    async def _open(self, rules: Sequence[str]) -> None:
        await self._look()
        await self._close_door()
        self._refusals.begin()
        namespaces = self._enter_network()
        await _run(namespaces, ["ip", "-batch", "-"], _ROUTES)
        self._led = True
        sockets = await self._sockets(namespaces)
        try:
            port = sockets[0].getsockname()[1]
            rules_of_nft = _RULES.format(
                table=_TABLE, inside=_INSIDE, name_server=_NAME_SERVER, port=port
            )
            await _run(namespaces, ["nft", "-f", "-"], rules_of_nft)
            self._start()
            self._tell(*sockets, rules=list(rules))
            await self._answer(_START_SECONDS)
        finally:
            for each in sockets:
                each.close()

    def _enter_network(self) -> NetworkNamespace:
        self._leave_network()
        entered = self._network.enter_context(network_namespace(self._first, None))
        self._namespaces = entered
        return entered

    def _leave_network(self) -> None:
        self._namespaces = None
        self._network.close()

    async def _sockets(self, namespaces: NetworkNamespace) -> list[socket.socket]:
        """Those in the sandbox's network: for connections, and for questions for names."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            file = theirs.fileno()
            command = program.plain(_SOCKETS, file)
            await _run(namespaces, command, "", files=(file,))
            _, files, _, _ = socket.recv_fds(ours, 16, 2, socket.MSG_DONTWAIT)
        return [socket.socket(fileno=file) for file in files]

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        stderr = StderrBuffer()
        become = [self._user or _NOBODY] if os.geteuid() == 0 else []
        try:
            with theirs:
                command = ["setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"]
                command += program.command("egress", theirs.fileno(), *become)
                self._process = Process(command, stderr=stderr.fd, pass_fds=(theirs.fileno(),))
        except BaseException:
            ours.close()
            raise
        finally:
            stderr.close()
        self._door = ours

    def _tell(self, *sockets: socket.socket, **told: object) -> None:
        assert self._door is not None
        message = json.dumps(told).encode()
        socket.send_fds(self._door, [message], [each.fileno() for each in sockets])
        self._owed += 1

    async def _answer(self, seconds: float) -> list[Refusal]:
        """What it has refused: its answer to whatever it was told last.

        Raises TimeoutError when that doesn't come in time: it is owed then, before any other.
        """
        said = b""
        try:
            async with asyncio.timeout(seconds):
                while self._owed:
                    said = await self._heard()
        except TimeoutError:
            reason = f"the program that makes connections for it didn't answer within {seconds:g} s"
            raise TimeoutError(reason) from None
        return of_program(said)

    async def _heard(self) -> bytes:
        """One answer, which isn't lost when it is waited for no more: it isn't taken before it is there."""
        assert self._door is not None
        while True:
            try:
                said = self._door.recv(_REPLY_BYTES)
            except BlockingIOError:
                await _readable(self._door)
                continue
            if not said:
                raise OSError("the program that makes connections for it has ended")
            self._owed -= 1
            return said

    async def _look(self) -> None:
        """Learns what was refused, as far as that can be had, unless it is at a stop.

        A program that doesn't answer in time goes on: the machine may be busy.
        """
        if self._process is None or self._process.stopped:
            return
        try:
            if self._owed < _MOST_OWED:
                self._tell(list=True)
            self._refusals.of_program = await self._answer(_ANSWER_SECONDS)
        except TimeoutError as error:
            _logger.warning("What a sandbox was refused isn't all known yet. %s", error)
        except (OSError, ValueError) as error:
            _logger.warning("What a sandbox was refused isn't all known. %s", error)
            await self._close_door()
        try:
            self._refusals.of_set = of_set(await self._listed())
        except (OSError, ValueError) as error:
            _logger.warning("What a sandbox was refused isn't all known. %s", error)

    async def _listed(self) -> str:
        assert self._namespaces is not None
        command = ["nft", "-j", "list", "set", "ip", _TABLE, "refused"]
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await _run(self._namespaces, command, "")

    async def _close_door(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()
        if self._door is not None:
            self._door.close()
            self._door, self._owed = None, 0

    async def _lead_nowhere(self) -> None:
        """Leaves the network as it was."""
        try:
            with network_namespace(self._first, None) as namespaces:
                await _run(namespaces, ["ip", "-batch", "-"], _NO_ROUTES)
                await _run(namespaces, ["nft", "-f", "-"], _NO_TABLE)
        except OSError as error:
            raise SandboxError(f"The network can't be set free again: {error}.") from error
        self._led = False


async def _readable(door: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(door, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(door)


async def _run(
    namespaces: NetworkNamespace, command: Sequence[str], said: str, *, files: Sequence[int] = ()
) -> str:
    """Runs a program in the network; what it prints. Raises OSError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *("nsenter", *namespaces.nsenter, *command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(*namespaces.fds, *files),
        env=ENVIRONMENT,
    )
    try:
        printed, stderr = await process.communicate(said.encode())
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    if process.returncode != 0:
        reason = " ".join(stderr.decode(errors="replace").split())[:300]
        raise OSError(f"{command[0]} failed: {reason}")
    return printed.decode()
