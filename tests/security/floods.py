"""What attackers do to a runtime over and over, in processes of their own.

Whoever measures a neighbour's calls at the same time measures the runtime, and not what the attackers
compute. `python -m tests.security.floods PORT SESSION` begins the flood whose name comes by standard
input, and ends it at an empty line; the key is in the environment. For each attack standard output
has a line when it begins, and one with the status of the answer; at the end of a flood an empty one.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from cognitora_local.kernel.drivers.python_driver.frames import pack

API = "/api/v1/interpreter"
KEY = "FLOODED_KEY"
BEGUN = "begun"
CONNECTIONS = 300  # that say nothing, at the same time
RUNS = 8  # of code, at the same time
CALLERS = 2
MILLIONS = 3_000_000

# To the driver's own socket, by code that needs `os`.
SEND = """
import stat
def send(data):
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                os.write(int(name), data)
        except OSError:
            pass
"""
ERRORS = SEND + f"while True: send(bytes.fromhex('{pack('error', '', '').hex()}') * 3000)"
DISPLAYS = SEND + f"while True: send(bytes.fromhex('{pack('display', 'a', '').hex()}') * 3000)"
FIELDS = SEND + f"while True: send(bytes.fromhex('{pack(*['display'] * 10_000).hex()}'))"
BUSY = "the processors alone"
CODES = {
    BUSY: "while True: pass",
    "tiny errors": ERRORS,
    "tiny displays": DISPLAYS,
    "frames of many fields": FIELDS,
    "displays": "while True: display('')",
    "both streams": "while True: print(1, flush=True); print(2, file=sys.stderr, flush=True)",
    "text": "while True: os.write(1, bytes(65536))",
    "JSON": "value = {'a': [0] * 100_000}\nwhile True: display({'application/json': value}, raw=True)",
    "large outputs": "print('x' * 10_000_000)",
}
BODIES: dict[str, Callable[[], str]] = {  # made when they are needed: each takes megabytes
    "a list of zeros": lambda: '{"code": "1", "files": [' + "0," * MILLIONS + "0]}",
    "a list of lists": lambda: '{"code": "1", "files": [' + "[]," * MILLIONS + "[]]}",
    "unknown fields": lambda: (
        '{"code": "1"' + "".join(f',"{n}":0' for n in range(MILLIONS // 4)) + "}"
    ),
    "variables": lambda: (
        '{"code":"1","environment":{' + ",".join(f'"{n}":""' for n in range(MILLIONS // 4)) + "}}"
    ),
    "lists in lists": lambda: '{"code": ' + "[" * 10**6 + "]" * 10**6 + "}",
    "more ends than beginnings": lambda: "[" * 51 + "]" * MILLIONS * 10,
    "quotes": lambda: '{"code": ' + '"' * MILLIONS * 4,
    "backslashes": lambda: (
        '{"code": "' + "\\\\[," * MILLIONS + '", "files": [' + "0," * 10**4 + "0]}"
    ),
    "many wrong arguments": lambda: json.dumps({"image": "a", "command": [0] * 4000}),
    "a thousand wrong files": lambda: json.dumps({"code": "1", "files": [{"name": 0}] * 1000}),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A runtime, and a session of the attacker's in it, with a file `hole` that takes long to read."""

    port: int
    key: str
    session: str

    def ask(self, method: str, path: str, body: bytes | None = None) -> int:
        """The status of an answer that was read to its end."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        with closing(client):
            client.request(method, path, body, headers)
            answer = client.getresponse()
            while answer.read(2**20):
                pass
            return answer.status


Attack = Callable[[Target], int]


def run(code: str) -> Attack:
    job = {"code": f"import os, sys\n{code}", "networking": False, "timeout_seconds": 1}
    body = json.dumps(job).encode()
    return lambda target: target.ask("POST", f"{API}/execute", body)


def list_executions(target: Target) -> int:
    return target.ask("GET", f"{API}/executions?limit=100")


def read_log(target: Target) -> int:
    return target.ask("GET", f"{API}/sessions/{target.session}/logs?limit=100")


def read_details(target: Target) -> int:
    return target.ask("GET", f"{API}/sessions/{target.session}")


def send_body(target: Target) -> int:
    return target.ask("POST", f"{API}/execute", next(bodies()).encode())


def leave_in_the_middle(target: Target) -> int:
    """Ask for the file, and go away once it comes."""
    request = (
        f"GET {API}/sessions/{target.session}/files?path=hole HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: Bearer {target.key}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", target.port)) as client:
        client.sendall(request.encode())
        return int(client.recv(12)[-3:])


def connect(target: Target) -> int:
    """Make a connection that is never used, and keep it for a while."""
    if len(_held) == CONNECTIONS:
        _held.popleft().close()
    _held.append(socket.create_connection(("127.0.0.1", target.port)))
    return 200


@cache
def bodies() -> Iterator[str]:
    """All of them, again and again."""
    return itertools.cycle([make() for make in BODIES.values()])


_held: deque[socket.socket] = deque()
CALLS: dict[str, tuple[Attack, int]] = {  # and what they are answered
    "lists": (list_executions, 200),
    "a session's log": (read_log, 200),
    "a session's details": (read_details, 200),
    "bodies": (send_body, 400),
    "downloads": (leave_in_the_middle, 200),
    "idle connections": (connect, 200),
}


def main() -> None:
    bodies()  # made before anybody attacks
    port, session = sys.argv[1:]
    target = Target(int(port), os.environ[KEY], session)
    while name := sys.stdin.readline().strip():
        if (attackers := os.fork()) == 0:
            attack(name, target)
        sys.stdin.readline()
        os.kill(attackers, signal.SIGKILL)
        os.waitpid(attackers, 0)
        os.write(1, b"\n")


def attack(name: str, target: Target) -> None:
    """Go on until killed."""
    os.nice(10)  # what attackers compute for themselves would be another machine's work
    one, many = (run(CODES[name]), RUNS) if name in CODES else (CALLS[name][0], CALLERS)

    def go_on() -> None:
        while True:
            os.write(1, f"{BEGUN}\n".encode())
            try:
                said = str(one(target))
            except (OSError, http.client.HTTPException) as error:
                said = repr(error)
            os.write(1, f"{said}\n".encode())

    threads = [threading.Thread(target=go_on) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
