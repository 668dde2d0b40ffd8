"""The chart, installed by Helm: a gateway that is a pod, with the rights that the chart gives it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cognitora import Cognitora
from tests import helm
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.images import GATEWAY, gateway
from tests.kubernetes.pods import PYTHON

HOME, SANDBOXES = "cognitora", "cognitora-sandboxes"
WARM = "cognitora.dev/warm"
ACCOUNT = f"system:serviceaccount:{HOME}:cognitora"


@pytest.fixture(scope="module")
def key(cluster: Cluster) -> Iterator[str]:
    """A key of the gateway that was installed."""
    cluster.load(gateway(), GATEWAY)
    made = [sys.executable, "-m", "cognitora_local", "--new-api-key"]
    told = json.loads(subprocess.run(made, capture_output=True, check=True).stdout)
    values = {
        "accounts": {"toml": f'[someone]\napi_keys = ["{told["digest"]}"]'},
        "persistence": {"enabled": False},
        "image": {"pullPolicy": "Never"},
        "sandboxes": {"image": PYTHON},
        "extraArguments": ["--warm-kernels=1"],
    }
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}})
    place = {"kubeconfig": str(cluster.kubeconfig), "namespace": HOME}
    helm.run("install", values=values, **place)
    yield told["api_key"]
    helm.run("uninstall", **place)
    cluster.kubectl("delete", "namespace", HOME)
    until(lambda: cluster.tried("get", "namespace", SANDBOXES).returncode != 0)


@contextmanager
def connected(cluster: Cluster, key: str) -> Iterator[Cognitora]:
    """To the gateway, as somebody at the cluster's outside is."""
    cluster.kubectl("-n", HOME, "rollout", "status", "deployment/cognitora", within_s=300)
    with (
        cluster.forwarded("deployment/cognitora", 8700, namespace=HOME) as url,
        Cognitora(base_url=url, api_key=key) as client,
    ):
        yield client


def test_a_gateway_in_a_pod_works_with_its_rights(cluster: Cluster, key: str) -> None:
    with connected(cluster, key) as client:
        assert client.code_interpreter.run_python("1 + 1", networking=False).text == "2"
        with client.code_interpreter.session() as session:
            session.upload(b"given", "f")
            assert session.run_python("open('f').read()").text == "'given'"
            label = f"cognitora.dev/name={session.id}"
            [pod] = cluster.get("-n", SANDBOXES, "pods", "-l", label)["items"]
            assert pod["spec"]["automountServiceAccountToken"] is False
        until(lambda: not cluster.get("-n", SANDBOXES, "pods", "-l", f"!{WARM}")["items"])
        until(lambda: len(cluster.get("-n", SANDBOXES, "pods", "-l", WARM)["items"]) == 2)
    log = cluster.kubectl("-n", HOME, "logs", "deployment/cognitora")
    assert key not in log
    assert "Forbidden" not in log


def test_its_rights_are_few(cluster: Cluster, key: str) -> None:
    for verb, what, where, may in (
        ("create", "pods", SANDBOXES, "yes"),
        ("update", "networkpolicies/cognitora-outside", SANDBOXES, "yes"),
        ("update", "networkpolicies/another", SANDBOXES, "no"),
        ("delete", "networkpolicies/cognitora-outside", SANDBOXES, "no"),
        ("patch", "pods", SANDBOXES, "yes"),
        ("update", "leases.coordination.k8s.io/cognitora-warm", SANDBOXES, "yes"),
        ("update", "leases.coordination.k8s.io/another", SANDBOXES, "no"),
        ("delete", "leases.coordination.k8s.io/cognitora-warm", SANDBOXES, "no"),
        ("get", "leases.coordination.k8s.io/cognitora-warm", HOME, "no"),
        ("create", "pods --subresource=portforward", SANDBOXES, "yes"),
        ("create", "pods --subresource=exec", SANDBOXES, "no"),
        ("get", "configmaps", SANDBOXES, "no"),
        ("get", "secrets", SANDBOXES, "no"),
        ("create", "serviceaccounts", SANDBOXES, "no"),
        ("create", "pods", HOME, "no"),
        ("get", "secrets", HOME, "no"),
        ("get", "nodes", HOME, "no"),
        ("list", "namespaces", HOME, "no"),
    ):
        asked = ("auth", "can-i", verb, *what.split(), "-n", where, "--as", ACCOUNT)
        assert cluster.tried(*asked).stdout.strip() == may, (verb, what, where)
