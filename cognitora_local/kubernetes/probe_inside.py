"""Runs in a pod, on its own: prints what it is and what it can do there, as JSON."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "/var/run/secrets/kubernetes.io"
READ_ONLY = ("/", "/etc", "/usr", "/opt/cognitora", "/sys/fs/cgroup")
SECONDS = 2.0


def status() -> dict[str, str]:
    with open("/proc/self/status") as file:
        rows = [line.rstrip("\n").partition(":\t") for line in file]
    return {name: value for name, _, value in rows}


def processes(most: int) -> int:
    """How many there can be, of all that there are, when as many as can be are started."""
    started = []
    try:
        for _ in range(2 * most):
            pid = os.fork()
            if pid == 0:
                signal.pause()
                os._exit(0)
            started.append(pid)
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise
    for pid in started:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(started)


def writable(folder: str) -> bool:
    path = f"{folder.rstrip('/')}/.cognitora-probe"
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except OSError:
        return False
    os.unlink(path)
    return True


def targets() -> Iterator[tuple[str, str, int]]:
    """Whom code would want to reach first: the API server, names, the clouds' metadata, the outside."""
    if host := os.environ.get("KUBERNETES_SERVICE_HOST"):
        yield "the API server", host, int(os.environ.get("KUBERNETES_SERVICE_PORT", "443"))
    with contextlib.suppress(OSError), open("/etc/resolv.conf") as file:
        for line in file:
            if line.startswith("nameserver "):
                yield "the name server", line.split()[1], 53
    yield "the metadata service", "169.254.169.254", 80
    yield "the outside", "1.1.1.1", 443


def reaches(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), SECONDS).close()
    except ConnectionRefusedError:
        return True  # somebody has said so
    except OSError:
        return False
    return True


def reached(targets: list[tuple[str, str, int]]) -> list[str]:
    """All at once: who isn't let there waits for each in vain."""
    found = []

    def look(name: str, host: str, port: int) -> None:
        if reaches(host, port):
            found.append(name)

    looking = [threading.Thread(target=look, args=target) for target in targets]
    for each in looking:
        each.start()
    for each in looking:
        each.join()
    return sorted(set(found))


def interfaces() -> list[str]:
    with open("/proc/net/dev") as file:  # netlink, which tells it otherwise, is refused
        return [line.partition(":")[0].strip() for line in file if ":" in line]


def main() -> None:
    order = json.loads(sys.argv[1])
    told = status()
    found = {
        "version": list(sys.version_info[:2]),
        "user": os.getuid(),
        "capabilities": int(told["CapEff"], 16) | int(told["CapBnd"], 16),
        "no_new_privs": told.get("NoNewPrivs", "").strip() == "1",
        "seccomp": int(told.get("Seccomp", "0")),
        "token": os.path.exists(TOKEN),
        "writable": [folder for folder in READ_ONLY if writable(folder)],
        "processes": processes(order["processes"]),
        "interfaces": interfaces(),
        "reached": reached([*map(tuple, order["targets"]), *targets()]),
        "node": shutil.which("node"),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
