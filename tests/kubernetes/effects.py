"""Effects of code, counted outside of the cluster.

`python -m tests.kubernetes.effects`, in the network of the machine of the control plane.
"""

from __future__ import annotations

import contextlib
import http.server
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

from scripts.kubernetes.layout import OUTSIDE, ROOT
from tests.kubernetes.cluster import Cluster

PORT = 8090


class Effects:
    """How often each name was called out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.counted = Counter[str]()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.counted[line.strip()] += 1


def code(name: str) -> str:
    """Python that has the effect `name`."""
    return f"import urllib.request as r; r.urlopen('http://{OUTSIDE}:{PORT}/{name}', timeout=30).read()"


@contextlib.contextmanager
def counted(cluster: Cluster) -> Iterator[Effects]:
    command = [*cluster.inside("control-plane"), sys.executable, "-m", "tests.kubernetes.effects"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        yield Effects(process)
        process.kill()


class _Counter(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        sys.stdout.write(f"{self.path.lstrip('/')}\n")  # at once, though others write too
        sys.stdout.flush()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer((OUTSIDE, PORT), _Counter)
    print("there", flush=True)
    server.serve_forever()
