"""What sandboxes cost that are pods, beside the local runtime: with one gateway and node, and more."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.measure import Contestant, Row
from benchmarks.peers import Peer
from scripts.kubernetes.build import PROGRAMS
from tests.images import services
from tests.kubernetes.cluster import running
from tests.kubernetes.pods import PYTHON
from tests.postgresql import PostgresqlServer

PEER = Peer("cognitora-kubernetes", editable="[local,kubernetes,postgresql]")
MOST, WARM = 3, 4
PLACE = "benchmark"


@contextmanager
def cluster() -> Iterator[str]:
    """A cluster, as many gateways as nodes, their database, and a local runtime: where all is, in JSON."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        made = stack.enter_context(running(folder / "cluster", MOST))
        made.load(services.python(), PYTHON)
        made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLACE}})
        (folder / "pg").mkdir()
        server = PostgresqlServer(folder / "pg")
        server.start()
        stack.callback(server.kill)
        database = server.made("records")
        kubectl = [str(PROGRAMS.packages / "usr/bin/kubectl"), f"--kubeconfig={made.kubeconfig}"]
        pods = ["--backend", "kubernetes", "--namespace", PLACE, "--sandbox-image", PYTHON]
        pods += ["--runtime-class", "isolated", "--no-networking", "--database", database]
        pods += ["--warm-kernels", str(WARM)]
        environment = {**os.environ, "KUBECONFIG": str(made.kubeconfig)}
        starting = [stack.enter_context(_runtime(environment))]
        starting += [stack.enter_context(_runtime(environment, *pods)) for _ in range(MOST)]
        local, *gateways = [_url(process) for process in starting]
        yield json.dumps(
            {
                "local": local,
                "gateways": gateways,
                "database": database,
                "kubectl": kubectl,
                "place": PLACE,
                "warm": WARM,
            }
        )


@contextmanager
def _runtime(environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [str(PEER.python()), "-P", "-m", "cognitora_local", "--api-key", "key", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    url: str = json.loads(process.stdout.readline())["base_url"]
    return url


ROWS = [
    Row(
        "kubernetes",
        "Sessions and one-shots that are pods, on nodes that share this machine; and by the local runtime",
        [
            Contestant("local", PEER, "pods.py", [0]),
            *(
                Contestant(f"{count} of each", PEER, "pods.py", [count])
                for count in range(1, MOST + 1)
            ),
        ],
        server=cluster,
        rounds=1,
    )
]
