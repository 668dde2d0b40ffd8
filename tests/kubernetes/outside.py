"""The rest of the world, as a cluster's pods see it: names and pages, on the machine of the control plane.

`python -m tests.kubernetes.outside FOLDER`, whose files are the pages, in the network of that machine.
"""

from __future__ import annotations

import contextlib
import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scripts.kubernetes.layout import METADATA, OUTSIDE, ROOT
from tests.kubernetes.cluster import Cluster

NAME = "outside.example"
"""Any name leads there."""


@contextlib.contextmanager
def there_is(cluster: Cluster, pages: Path) -> Iterator[None]:
    """The outside is there while the block runs."""
    inside = cluster.inside("control-plane")
    command = [*inside, sys.executable, "-m", "tests.kubernetes.outside", str(pages)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        try:
            yield
        finally:
            process.kill()


def main(pages: str) -> None:
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((OUTSIDE, 53))
    threading.Thread(target=_tell_names, args=[names], daemon=True).start()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=pages)
    servers = [http.server.ThreadingHTTPServer((each, 80), handler) for each in (OUTSIDE, METADATA)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("there", flush=True)
    threading.Event().wait()


def _tell_names(names: socket.socket) -> None:
    """Of addresses by IPv4; there are no others."""
    while True:
        asked, who = names.recvfrom(512)
        end = asked.index(0, 12) + 5
        found = asked[end - 4 : end - 2] == b"\0\1"
        head = asked[:2] + b"\x81\x80\0\1" + bytes([0, found]) + bytes(4)
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(OUTSIDE)
        names.sendto(head + asked[12:end] + (answer if found else b""), who)


if __name__ == "__main__":
    main(*sys.argv[1:])
