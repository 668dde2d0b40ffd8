"""What lets connections out of a sandbox: a program that `sandbox/egress.py` starts outside of it.

The sandbox's network leads nowhere. Whatever a program inside connects to, it is connected to a socket
of the runtime's there, which is handed over to this program, as is one that questions for names come
to. It asks this machine's name servers for names that are allowed, keeps what they answer for as long
as that is good, and makes the connections that may be made from here.

The runtime's socket is the first argument. A message there is JSON: {"rules": […]}, the first with the
two sockets, is answered when it is in force; {"list": true} by what was refused, [[protocol, target,
port, times], …]. When the runtime ends, so does this.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections import deque
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path
from time import monotonic
from typing import Any

from .carrier import Carrier, Connection, refuse
from .dns import FAILED, INTERNET, NO_SUCH_NAME, OK, A, Asked, Question
from .machine import is_outside
from .program import begun
from .rules import Rules

MOST_REFUSALS = 256  # that are told apart
_ORIGINAL_TARGET = 80  # SO_ORIGINAL_DST: where somebody wanted to go who was led here
_MOST_ADDRESSES = 4096  # that are remembered
_MOST_NAMES = 64  # of one
_LEAST_SECONDS = 10  # that an answer is good for: else there may be no time to connect
_MOST_SECONDS = 3600
_MOST_LOOK_UPS = 64  # at a time
_ANSWER_SECONDS = 3.0  # that a name server may take
_SERVERS = re.compile(r"^\s*nameserver\s+(\S+)", re.M)
_RESOLVER = Path("/etc/resolv.conf")
_DNS_BYTES = 4096


class LookUp:
    """A question of somebody's inside, put to one name server after the other."""

    def __init__(self, program: Door, question: Question, asker: tuple[str, int]) -> None:
        self.question, self.asker = question, asker
        self.until = 0.0
        self._program = program
        self._asked = Asked(question)
        self._servers = deque(_name_servers())
        self._socket: socket.socket | None = None

    def ask(self) -> None:
        """Asks the next server; when there is none, it has failed."""
        self.close()
        while self._servers:
            server = self._servers.popleft()
            with suppress(OSError):
                family = socket.AF_INET6 if ":" in server else socket.AF_INET
                self._socket = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
                self._socket.connect((server, 53))  # so that nobody else can answer
                self._socket.send(self._asked.message)
                self._program.watch(self._socket, lambda _: self._read())
                self.until = monotonic() + _ANSWER_SECONDS
                return
            self.close()
        self._program.looked_up(self, FAILED, [], 0)

    def close(self) -> None:
        if self._socket is not None:
            self._program.forget(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        while self._socket is not None:
            try:
                message = self._socket.recv(_DNS_BYTES)
                code, addresses, seconds = self._asked.addresses(message)
            except BlockingIOError:
                return
            except ValueError:
                continue
            except OSError:  # nobody is there
                self.ask()
                return
            if code in (OK, NO_SUCH_NAME):
                self._program.looked_up(self, code, addresses, seconds)
            else:
                self.ask()


class Door(Carrier):
    """The one way out of a sandbox."""

    def __init__(self, runtime: socket.socket) -> None:
        super().__init__()
        self._runtime = runtime
        self._rules = Rules(())
        self._names: socket.socket | None = None
        self._good: dict[IPv4Address, dict[str, float]] = {}  # until when an address has a name
        self._look_ups: dict[LookUp, None] = {}
        self._refused: dict[tuple[str, str, int], int] = {}
        self._targets: dict[Connection, tuple[IPv4Address, int]] = {}
        self.watch(runtime, self._told)

    def heed(self) -> None:
        """What the runtime says holds for all that is done then, and for what waited for this to go on."""
        if self._runtime.fileno() >= 0:
            self._told(0)

    def wait_seconds(self) -> float | None:
        now = monotonic()
        for late in [each for each in self._look_ups if each.until <= now]:
            late.ask()
        return min((each.until - now for each in self._look_ups), default=None)

    def closed(self, connection: Connection) -> None:
        self._targets.pop(connection, None)
        super().closed(connection)

    def looked_up(
        self, look_up: LookUp, code: int, addresses: list[IPv4Address], seconds: int
    ) -> None:
        """Tells who has asked, and remembers what was told."""
        look_up.close()
        self._look_ups.pop(look_up, None)
        seconds = max(_LEAST_SECONDS, min(seconds, _MOST_SECONDS))
        for address in addresses:
            names = self._good.pop(address, {})
            names.pop(look_up.question.name, None)
            names[look_up.question.name] = monotonic() + seconds
            self._good[address] = names
            _forget_first(names, _MOST_NAMES)
        _forget_first(self._good, _MOST_ADDRESSES)
        self._say(look_up.question.answer(code, addresses, seconds), look_up.asker)

    def _told(self, _: int) -> None:
        with suppress(BlockingIOError):
            while True:
                said, files, _, _ = socket.recv_fds(self._runtime, 2**17, 2)
                if not said:
                    self.stop()
                    return
                told = json.loads(said)
                if files:
                    listener, self._names = (socket.socket(fileno=file) for file in files)
                    self._names.setblocking(False)
                    self.watch(self._names, lambda _: self._hear())
                    self.listen(listener, self._made)
                if "rules" in told:
                    self._take(Rules(told["rules"]))
                self._catch_up()
                refused = [[*key, times] for key, times in self._refused.items()]
                self._runtime.send(json.dumps(refused).encode())

    def _catch_up(self) -> None:
        """Whatever was tried before the runtime said something is judged before it is answered."""
        self.accept()
        if self._names is not None:
            self._hear()

    def _take(self, rules: Rules) -> None:
        """What was begun under other rules goes on only where these allow it too."""
        self._rules = rules
        for connection, (address, port) in list(self._targets.items()):
            if not self._may_go(address, port, again=True):
                self._refuse("tcp", str(address), port)
                connection.abort()

    def _made(self, client: socket.socket) -> Connection | None:
        address, port = _target(client)
        if not self._may_go(address, port):
            self._refuse("tcp", str(address), port)
            refuse(client)
            return None
        connection = Connection(self, client, [(socket.AF_INET, str(address), port)])
        self._targets[connection] = address, port
        return connection

    def _may_go(self, address: IPv4Address, port: int, *, again: bool = False) -> bool:
        now = monotonic()
        names = self._good.get(address, {})
        allowed = self._rules.allow_address(address, port) or any(
            (again or until > now) and self._rules.allow_name(name, port)
            for name, until in names.items()
        )
        return allowed and is_outside(address)

    def _hear(self) -> None:
        assert self._names is not None
        with suppress(BlockingIOError):
            while True:
                message, asker = self._names.recvfrom(_DNS_BYTES)
                with suppress(ValueError):
                    self._answer(Question(message), asker)

    def _answer(self, question: Question, asker: tuple[str, int]) -> None:
        if not self._rules.allow_name(question.name):
            self._refuse("dns", question.name, 0)
            self._say(question.answer(NO_SUCH_NAME), asker)
        elif (question.kind, question.family) != (
            A,
            INTERNET,
        ):  # there is no way to what it asks for
            self._say(question.answer(OK), asker)
        elif len(self._look_ups) >= _MOST_LOOK_UPS:
            self._say(question.answer(FAILED), asker)
        else:
            look_up = LookUp(self, question, asker)
            self._look_ups[look_up] = None
            look_up.ask()

    def _say(self, message: bytes, asker: tuple[str, int]) -> None:
        assert self._names is not None
        with suppress(OSError):  # he doesn't listen any more
            self._names.sendto(message, asker)

    def _refuse(self, protocol: str, target: str, port: int) -> None:
        key = protocol, target, port
        if key not in self._refused and len(self._refused) >= MOST_REFUSALS:
            key = protocol, "", 0
        self._refused[key] = self._refused.get(key, 0) + 1


def _forget_first(known: dict[Any, Any], most: int) -> None:
    while len(known) > most:
        del known[next(iter(known))]


def _name_servers() -> list[str]:
    """Those that this machine asks."""
    try:
        return _SERVERS.findall(_RESOLVER.read_text(errors="replace"))[:3]
    except OSError:
        return []


def _target(client: socket.socket) -> tuple[IPv4Address, int]:
    """Where somebody wanted to go who was led here."""
    try:
        found = client.getsockopt(socket.SOL_IP, _ORIGINAL_TARGET, 16)
    except OSError:  # he wasn't led
        return IPv4Address(0), 0
    port, address = struct.unpack("!2xH4s8x", found)
    return IPv4Address(address), port


def main() -> None:
    Door(begun()).run()
