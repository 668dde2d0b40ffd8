"""An outside of the tests' own: another network, with servers, behind a cable to this machine.

    this machine 198.51.100.1 ---- cable ---- 198.51.100.2 the outside

It is in a network namespace. Nothing that the tests send leaves the machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.needs import NETWORKS, need_root

HERE = "198.51.100.1"
OUTSIDE = "198.51.100.2"
NAME = "outside.test"

# Echoes its own greeting over TCP, and at port 81 whatever is sent; answers any question for an
# address (DNS) with its own.
_SERVERS = f"""
import socket, sys, threading
server = socket.create_server(("{OUTSIDE}", 80))
def greet():
    while True:
        client, _ = server.accept()
        client.sendall(b"hello from outside")
        client.close()
threading.Thread(target=greet, daemon=True).start()
echoing = socket.create_server(("{OUTSIDE}", 81))
def echo():
    while True:
        client, _ = echoing.accept()
        with client:
            while said := client.recv(1000):
                client.sendall(said)
threading.Thread(target=echo, daemon=True).start()
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind(("{OUTSIDE}", 53))
print("ready", flush=True)
while True:
    question, asker = names.recvfrom(512)
    end = question.index(b"\\0", 12) + 5
    kind = question[end - 4:end - 2]
    answers = 1 if kind == b"\\0\\1" else 0
    answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton("{OUTSIDE}")
    header = question[:2] + b"\\x81\\x80\\0\\1" + bytes([0, answers]) + b"\\0\\0\\0\\0"
    names.sendto(header + question[12:end] + answer * answers, asker)
"""

# As the kernel lists its connections (net/tcp).
_ECHO = f":{81:04X}"
_ESTABLISHED = "01"
_HALF_OVER = "05"  # the other side hasn't closed
_OVER = "06"
_LISTENS = "0A"


@dataclass(frozen=True, slots=True)
class World:
    """`cable` is this machine's end; a server of this machine listens on all its addresses."""

    cable: str
    outside: int  # its process
    port: int
    addresses: tuple[str, ...]
    servers: tuple[socket.socket, socket.socket]

    def packets_sent(self, *, paused: bool = False) -> int:
        """How many packets have left this machine for the outside, once no connection can send more.

        `paused`: the way out was, with all its connections, which haven't been closed on this side.
        """
        self._wait_for(*([_OVER, _HALF_OVER] if paused else [_OVER]))
        return int(Path(f"/sys/class/net/{self.cable}/statistics/tx_packets").read_text())

    def _wait_for(self, *states: str) -> None:
        end = time.monotonic() + 30
        while not all(state in states for state in self._connections()):
            assert time.monotonic() < end, "a connection doesn't end"
            os.sched_yield()

    def _connections(self) -> Iterator[str]:
        """The states of the outside's connections, but for echoes that were received."""
        for connection in Path(f"/proc/{self.outside}/net/tcp").read_text().splitlines()[1:]:
            _, here, _, state, queues, *_ = connection.split()
            received = state == _ESTABLISHED and queues.startswith("00000000:")
            if state != _LISTENS and not (received and here.endswith(_ECHO)):
                yield state

    def visitors(self) -> int:
        """How many have reached this machine's server, by TCP or UDP, since this was last asked."""
        streams, datagrams = self.servers
        visitors = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                streams.accept()[0].close()
                visitors += 1
        with contextlib.suppress(BlockingIOError):
            while True:
                datagrams.recv(100)
                visitors += 1
        return visitors


@contextlib.contextmanager
def world() -> Iterator[World]:
    need_root(NETWORKS)
    cable = f"out{os.getpid()}"
    with contextlib.ExitStack() as built:
        # There is one such network on a machine; another run of the tests waits for it.
        lock = built.enter_context(Path("/tmp/cognitora-test-world.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        servers = subprocess.Popen(
            [
                "unshare",
                "--net",
                "sh",
                "-c",
                'read ok && exec "$@"',
                "sh",
                sys.executable,
                "-c",
                _SERVERS,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        built.enter_context(servers)
        built.callback(servers.kill)
        _wait_for_namespace(servers.pid)
        _lay_cable(cable, servers.pid)
        built.callback(_ip, f"link delete {cable}")
        assert servers.stdin is not None
        assert servers.stdout is not None
        servers.stdin.write("ok\n")
        servers.stdin.flush()
        assert servers.stdout.readline() == "ready\n"
        streams = built.enter_context(socket.create_server(("0.0.0.0", 0), backlog=100))
        datagrams = built.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        port = streams.getsockname()[1]
        datagrams.bind(("0.0.0.0", port))
        streams.setblocking(False)
        datagrams.setblocking(False)
        addresses = _addresses()
        assert HERE in addresses
        yield World(cable, servers.pid, port, addresses, (streams, datagrams))


def _wait_for_namespace(pid: int) -> None:
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{pid}/ns/net") == own:
        os.sched_yield()


def _lay_cable(cable: str, pid: int) -> None:
    # No packets but those that a test means: no IPv6, and no asking who has which address.
    here, outside = "02:00:00:00:00:01", "02:00:00:00:00:02"
    _ip(f"link add {cable} address {here} type veth peer name eth0 address {outside} netns {pid}")
    Path(f"/proc/sys/net/ipv6/conf/{cable}/disable_ipv6").write_text("1")
    _ip(f"addr add {HERE}/24 dev {cable}")
    _ip(f"link set {cable} up")
    _ip(f"neigh replace {OUTSIDE} lladdr {outside} dev {cable} nud permanent")
    inside = ["nsenter", f"--net=/proc/{pid}/ns/net"]
    subprocess.run([*inside, "ip", "addr", "add", f"{OUTSIDE}/24", "dev", "eth0"], check=True)
    subprocess.run([*inside, "ip", "link", "set", "eth0", "up"], check=True)
    known = ["ip", "neigh", "replace", HERE, "lladdr", here, "dev", "eth0", "nud", "permanent"]
    subprocess.run([*inside, *known], check=True)
    subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)


def _addresses() -> tuple[str, ...]:
    listed = subprocess.run(["ip", "-4", "-o", "addr"], check=True, capture_output=True, text=True)
    return tuple(line.split()[3].partition("/")[0] for line in listed.stdout.splitlines())
