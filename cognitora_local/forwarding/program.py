"""How these programs are begun: by the runtime, and with no more rights and files than they need."""

from __future__ import annotations

import os
import resource
import socket
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def command(program: str, *arguments: int) -> list[str]:
    """The command that runs a program of this package; the first argument is the runtime's socket."""
    return plain(f"from cognitora_local.forwarding.{program} import main; main()", *arguments)


def plain(source: str, *arguments: int) -> list[str]:
    """The command that runs a few lines of Python, which know `sys`."""
    source = f"import sys; sys.path.insert(0, {str(_ROOT)!r})\n{source}"
    return [sys.executable, "-I", "-S", "-c", source, *map(str, arguments)]


def begun() -> socket.socket:
    """The runtime's socket, in a program that has become the user whom the runtime has named, if any."""
    file, *user = map(int, sys.argv[1:])
    os.closerange(3, file)  # by which it has come here
    os.closerange(file + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for number in user:
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)
    runtime = socket.socket(fileno=file)
    runtime.setblocking(False)
    return runtime
