"""The chart, installed by Helm: a gateway that is a pod, with the rights that the chart gives it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from cognitora import Cognitora, RateLimitError
from scripts.kubernetes.layout import ROOT
from tests import helm
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.images import GATEWAY, gateway
from tests.kubernetes.pods import PYTHON, pod

HOME, SANDBOXES = "cognitora", "cognitora-sandboxes"
WARM = "cognitora.dev/warm"
ALICES = "cognitora-alice"
"""The namespace of an account that has one of its own."""
PROMETHEUS = {"name": "prometheus"}
ACCOUNT = f"system:serviceaccount:{HOME}:cognitora"


@pytest.fixture(scope="module")
def keys(cluster: Cluster) -> Iterator[dict[str, str]]:
    """The keys of the gateway that was installed, by their accounts."""
    cluster.load(gateway(), GATEWAY)
    made = [sys.executable, "-m", "cognitora_local", "--new-api-key"]
    told = {
        name: json.loads(subprocess.run(made, capture_output=True, check=True).stdout)
        for name in ("someone", "alice")
    }
    tables = [f'[{name}]\napi_keys = ["{each["digest"]}"]' for name, each in told.items()]
    values = {
        "accounts": {"toml": "\n".join([*tables, f'namespace = "{ALICES}"'])},
        "persistence": {"enabled": False},
        "metrics": {"enabled": True, "from": [{"podSelector": {"matchLabels": PROMETHEUS}}]},
        "log": {"level": "info"},
        "image": {"pullPolicy": "Never"},
        "sandboxes": {"image": PYTHON, **documented()["sandboxes"]},
        "extraArguments": ["--warm-kernels=1"],
    }
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}})
    place = {"kubeconfig": str(cluster.kubeconfig), "namespace": HOME}
    helm.run("install", values=values, **place)
    yield {name: each["api_key"] for name, each in told.items()}
    helm.run("uninstall", **place)
    cluster.kubectl("delete", "namespace", HOME)
    for name in (SANDBOXES, ALICES):
        until(lambda name=name: cluster.tried("get", "namespace", name).returncode != 0)  # type: ignore[misc]


@pytest.fixture(scope="module")
def key(keys: dict[str, str]) -> str:
    """A key of an account that has no namespace of its own."""
    return keys["someone"]


def documented() -> dict[str, Any]:
    """The values that the guide shows: a namespace of alice's, with room for six pods."""
    page = (ROOT / "docs/kubernetes.md").read_text("utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.M | re.S)
    values: dict[str, Any] = yaml.safe_load(block)
    return values


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


def test_an_account_has_its_namespace_with_its_quota(
    cluster: Cluster, keys: dict[str, str]
) -> None:
    def names(where: str) -> set[str]:
        pods = cluster.get("-n", where, "pods")["items"]
        return {each["metadata"]["labels"].get("cognitora.dev/name", "") for each in pods}

    with ExitStack() as stack:
        alice, other = (
            stack.enter_context(connected(cluster, keys[name])) for name in ("alice", "someone")
        )
        theirs: list[str] = []

        def fill() -> None:
            for _ in range(7):  # warm pods count, too
                session = alice.code_interpreter.session(networking=False)
                theirs.append(stack.enter_context(session).id)

        with pytest.raises(RateLimitError, match=r"pods \(1 more, of 6\)"):
            fill()
        mine = stack.enter_context(other.code_interpreter.session(networking=False)).id
        assert {*theirs} <= names(ALICES)
        assert names(SANDBOXES).isdisjoint(theirs)
        assert mine in names(SANDBOXES) - names(ALICES)
    until(lambda: names(ALICES).isdisjoint(theirs), 300)


def test_prometheus_collects_its_metrics_and_nobody_else(
    cluster: Cluster, keys: dict[str, str]
) -> None:
    with connected(cluster, keys["alice"]) as client:
        client.code_interpreter.run_python("1", networking=False)
    [gateway] = cluster.get("-n", HOME, "pods", "-l", "app.kubernetes.io/name=cognitora")["items"]
    told = gateway["metadata"]["annotations"]
    assert told["prometheus.io/scrape"] == "true"
    address = f"{gateway['status']['podIP']}:{told['prometheus.io/port']}"
    program = (
        f"import urllib.request as r; print(r.urlopen('http://{address}"
        f"{told['prometheus.io/path']}', timeout=5).read().decode())"
    )
    for name in ("prometheus", "another"):
        cluster.create(pod(name, image=PYTHON), namespace=HOME)
        cluster.wait(f"pod/{name}", "condition=Ready", namespace=HOME)
    collect = ("python3", "-c", program)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(
            cluster.run("prometheus", *collect, namespace=HOME)
        )
        for sample in family.samples
    }
    assert found["cognitora_requests_total", "execute_code", "200"] >= 1
    assert {key[1] for key in found if key[0] == "cognitora_sessions"} == {"alice", "someone"}
    refused = cluster.tried("-n", HOME, "exec", "another", "--", *collect)
    assert refused.returncode != 0
    assert "timed out" in refused.stderr


def test_its_log_is_of_objects(cluster: Cluster, keys: dict[str, str]) -> None:
    lines = cluster.kubectl("-n", HOME, "logs", "deployment/cognitora").splitlines()
    told = [json.loads(line) for line in lines]
    assert any(each.get("path") == "/healthz" for each in told)
    assert not any(key in line for key in keys.values() for line in lines)


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
        ("create", "pods", ALICES, "yes"),
        ("update", "networkpolicies/another", ALICES, "no"),
        ("get", "secrets", ALICES, "no"),
        ("create", "pods", "default", "no"),
        ("create", "pods", HOME, "no"),
        ("get", "secrets", HOME, "no"),
        ("get", "nodes", HOME, "no"),
        ("list", "namespaces", HOME, "no"),
    ):
        asked = ("auth", "can-i", verb, *what.split(), "-n", where, "--as", ACCOUNT)
        assert cluster.tried(*asked).stdout.strip() == may, (verb, what, where)
