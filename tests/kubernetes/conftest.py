from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.kubernetes import needs
from tests.images import Image, filesystems, services
from tests.kubernetes.cluster import Cluster, running, until
from tests.kubernetes.pods import BUSYBOX, PYTHON

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
    name = re.sub(r"\W", "-", request.node.name.replace("_", "-"))[-60:].strip("-")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    until(lambda: cluster.tried("-n", name, "get", "serviceaccount", "default").returncode == 0)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test may have a cluster of its own."""
    return tmp_path / "cluster"
