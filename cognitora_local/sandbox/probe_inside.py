"""What the probe runs in its sandbox: answers questions about it, one JSON line each.

It tries what must fail, and says how it went; the host judges. Only the standard library.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

_MIB = 1024 * 1024
_NOWHERE = ("192.0.2.1", 9)  # an address for documentation, which is nobody's


def look(files: list[str]) -> dict[str, Any]:
    """What can be seen and done from here without using anything up."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    return {
        "seen": [file for file in files if os.path.lexists(file)],
        "written": [folder for folder in ("/", "/usr", "/etc") if _can_write(folder)],
        "work": _can_write("/work") and _can_write("/tmp"),
        "processes": [path.name for path in Path("/proc").glob("[0-9]*")],
        "interfaces": _interfaces(),
        "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
        "no_new_privileges": status["NoNewPrivs"] == "1",
        "filtered": status["Seccomp"] == "2",
        "way_out": _can_send(),
    }


def use_memory(mb: int) -> dict[str, Any]:
    """Lets a child take `mb` MiB. The signal that ended it; 0 when it had them all."""
    child = os.fork()
    if child == 0:
        with mmap.mmap(-1, mb * _MIB) as memory:
            for _ in range(mb):
                memory.write(b"1" * _MIB)
        os._exit(0)
    return {"signal": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}


def use_processes(most: int) -> dict[str, Any]:
    """How many children there can be, of `most`."""
    children: list[int] = []
    try:
        while len(children) < most:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return {"children": len(children)}


def use_terminals(most: int) -> dict[str, Any]:
    """How many pseudo-terminals there can be, of `most`."""
    ends: list[int] = []
    try:
        while len(ends) < 2 * most:
            ends += os.openpty()
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    for end in ends:
        os.close(end)
    return {"terminals": len(ends) // 2}


def reach(targets: list[tuple[str, int]], word: str) -> dict[str, Any]:
    """Which of these addresses something answers at, and whether there is a way out at all.

    Whatever answers is told the word.
    """
    reached = []
    for target in targets:
        with socket.socket() as client:
            client.settimeout(1)
            if client.connect_ex(tuple(target)) == 0:
                reached.append(target)
                with suppress(OSError):
                    client.sendall(word.encode())
    return {"reached": reached, "way_out": _can_send()}


def burn(processes: int) -> dict[str, Any]:
    """Keeps that many processes busy until the sandbox ends, in sessions of their own."""
    for _ in range(processes):
        if os.fork() == 0:
            os.setsid()
            while True:
                pass
    return {}


def _can_write(folder: str) -> bool:
    file = Path(folder, ".probe")
    try:
        file.touch()
    except OSError:
        return False
    file.unlink()
    return True


def _interfaces() -> list[str]:
    """Of the network, by name: not by netlink, which the sandbox hasn't got."""
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    return [line.partition(":")[0].strip() for line in lines]


def _can_send() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return client.connect_ex(_NOWHERE) == 0


def main() -> None:
    questions: dict[str, Callable[..., dict[str, Any]]] = {
        "look": look,
        "use_memory": use_memory,
        "use_processes": use_processes,
        "use_terminals": use_terminals,
        "reach": reach,
        "burn": burn,
    }
    with socket.socket(fileno=3) as host, host.makefile("rw") as lines:
        for line in lines:
            name, arguments = json.loads(line)
            json.dump(questions[name](**arguments), lines)
            lines.write("\n")
            lines.flush()


if __name__ == "__main__":
    main()
