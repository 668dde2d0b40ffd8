"""Two gateways behind a plain balancer, in processes of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import KEYS
from tests.kubernetes import relays
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.gateways import Starting


@contextmanager
def balanced(
    cluster: Cluster, place: str, folder: Path, database: str, *options: str
) -> Iterator[tuple[str, list[str]]]:
    """The URL of a balancer, and those of the two gateways behind it. They have to end well."""
    with ExitStack() as stack:
        starting = []
        for name in ("one", "other"):
            told = ["--database", database, "--data-dir", str(folder / f"data-{name}")]
            told += [word for key in KEYS for word in ("--api-key", key)]
            log = folder / f"stderr-{name}"
            starting.append(Starting(cluster.kubeconfig, place, log, *told, *options))
            stack.callback(starting[-1].end)
        urls = [each.ready()["base_url"] for each in starting]
        addresses = [_address(url) for url in urls]
        listener = relays.local()
        stack.enter_context(relays.Relay(listener, relays.to_any(lambda: addresses)))
        host, port = listener.getsockname()
        yield f"http://{host}:{port}", urls
        for each in starting:
            each.end(signal.SIGTERM)
            assert each.process.returncode == 0


def _address(url: str) -> tuple[str, int]:
    told = urlsplit(url)
    assert told.hostname is not None
    assert told.port is not None
    return told.hostname, told.port
