from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.kubernetes import needs
from tests.images import Image, filesystems, services
from tests.kubernetes.cluster import Cluster, running, until
from tests.kubernetes.gateways import Gateway, gateways
from tests.kubernetes.pods import BUSYBOX, PYTHON
from tests.postgresql import PostgresqlServer
from tests.postgresql import postgresql_server as postgresql_server

NODES = 3


@pytest.fixture(scope="session", autouse=True)
def _able() -> None:
    if lacks := needs.missing():
        pytest.skip(f"a cluster needs: {'; '.join(lacks)}")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, _able: None) -> Iterator[Cluster]:
    """A real cluster of three nodes, that all tests share, with the images BUSYBOX and PYTHON on each."""
    with running(tmp_path_factory.mktemp("kubernetes") / "cluster", NODES) as cluster:
        cluster.load(Image(filesystems.busybox(), command=["sh"]), BUSYBOX)
        cluster.load(services.python(), PYTHON)
        yield cluster


@pytest.fixture
def place(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the test's own."""
    name = re.sub(r"\W", "-", request.node.name.lower().replace("_", "-"))[-60:].strip("-")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    until(lambda: cluster.tried("-n", name, "get", "serviceaccount", "default").returncode == 0)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test may have a cluster of its own."""
    return tmp_path / "cluster"


@pytest.fixture
def records(postgresql_server: PostgresqlServer) -> str:
    """The URL of an empty database."""
    return postgresql_server.made(f"records_{secrets.token_hex(4)}")


@pytest.fixture
def pair(cluster: Cluster, place: str, tmp_path: Path, records: str) -> Iterator[list[Gateway]]:
    """Two gateways that share their records."""
    with gateways(cluster, place, tmp_path, records, records) as found:
        yield found
