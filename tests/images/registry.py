"""A real registry on the loopback."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.images import debian

_STARTS_WITHIN_S = 60
_CONFIGURATION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry at 127.0.0.1:`port`, which keeps what it holds in `folder`."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def serve(folder: Path) -> Iterator[Registry]:
    """A registry that holds what is in `folder`, while the block runs."""
    program = debian.program("docker-registry")
    registry = Registry(_free_port(), folder)
    configuration = folder.with_suffix(".yml")
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=registry.port))
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen([program, "serve", configuration], stdout=output, stderr=output)
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not _answers(registry):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.01)
        yield registry
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _answers(registry: Registry) -> bool:
    connection = http.client.HTTPConnection(registry.address)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
