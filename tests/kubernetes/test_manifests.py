"""The guide's commands: a gateway by the plain manifests, without Helm, with its records on a volume."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.kubernetes.build import PROGRAMS
from scripts.kubernetes.layout import ROOT
from tests.images import services
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.images import GATEWAY, gateway
from tests.kubernetes.test_chart import HOME, SANDBOXES, connected


def volume(folder: Path) -> dict[str, Any]:
    """A disk of n1's, which the claim of the manifests gets."""
    node = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "records"},
        "spec": {
            "capacity": {"storage": "8Gi"},
            "accessModes": ["ReadWriteOnce"],
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [node]}]}},
        },
    }


@pytest.fixture
def commands(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    guide = (ROOT / "docs/kubernetes.md").read_text()
    [found] = re.findall(r"^```bash\n(.*?)^```$", guide, re.M | re.S)
    cluster.load(gateway(), GATEWAY)
    cluster.load(services.python(), "docker.io/library/python:3.13")
    records = cluster.folder / "records"  # where nodes look too
    records.mkdir()
    cluster.create(volume(records))
    yield found
    for what in (["-f", str(ROOT / "charts/cognitora.yaml")], ["pv/records", f"ns/{HOME}"]):
        cluster.kubectl("delete", "--ignore-not-found", *what)
    until(lambda: cluster.tried("get", "namespace", SANDBOXES).returncode != 0)


def test_the_guides_commands_install_a_gateway(
    cluster: Cluster, commands: str, tmp_path: Path
) -> None:
    made = [sys.executable, "-m", "cognitora_local", "--new-api-key"]
    told = json.loads(subprocess.run(made, capture_output=True, check=True).stdout)
    (tmp_path / "accounts.toml").write_text(f'[someone]\napi_keys = ["{told["digest"]}"]')
    (tmp_path / "charts").symlink_to(ROOT / "charts")
    path = f"{PROGRAMS.packages / 'usr/bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "PATH": path}
    subprocess.run(["sh", "-ec", commands], cwd=tmp_path, env=environment, check=True, timeout=500)
    with connected(cluster, told["api_key"]) as client:
        done = client.code_interpreter.run_python("1 + 1", networking=False)
        assert done.text == "2"
    cluster.kubectl("-n", HOME, "rollout", "restart", "deployment/cognitora")
    with connected(cluster, told["api_key"]) as client:
        kept = client.code_interpreter.get_execution(done.data.execution_id or "")
        assert kept.status == "completed"
