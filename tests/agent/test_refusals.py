"""What a runtime on Kubernetes refuses, before and while it looks at its cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from cognitora_local.command_line import parsed, parser
from cognitora_local.kubernetes import manifests, networks, probe
from cognitora_local.kubernetes.networks import Network
from cognitora_local.kubernetes.options import PodOptions
from cognitora_local.sandbox import Limits, SandboxError

GOOD = {
    "version": [3, 11],
    "user": 200_001,
    "capabilities": 0,
    "no_new_privs": True,
    "seccomp": 2,
    "token": False,
    "writable": [],
    "processes": probe.LIMITS.processes - 2,
    "interfaces": ["lo", "eth0"],
    "reached": [],
    "node": None,
}
NOBODY: Network = "none"


def test_pods_that_keep_everything_are_sandboxes() -> None:
    probe.check("none", GOOD)
    probe.check("outside", {**GOOD, "reached": ["the name server", "the outside"]})
    probe.check("open", {**GOOD, "reached": ["its node", "the API server"]})


@pytest.mark.parametrize(
    ("network", "found", "what"),
    [
        (NOBODY, {"version": [3, 10]}, "its Python is older"),
        (NOBODY, {"user": 0}, "runs as root"),
        (NOBODY, {"capabilities": 1}, "has capabilities"),
        (NOBODY, {"no_new_privs": False}, "can gain privileges"),
        (NOBODY, {"seccomp": 0}, "system calls aren't filtered"),
        (NOBODY, {"token": True}, "a token of the cluster"),
        (NOBODY, {"writable": ["/usr"]}, "it can write to"),
        (NOBODY, {"processes": 1000}, "could start 1000 processes where 64 are let"),
        (NOBODY, {"reached": ["the API server"]}, "it reaches the API server. Name a RuntimeClass"),
        (NOBODY, {"reached": ["the name server"]}, "it reaches the name server"),
        (NOBODY, {"reached": ["the outside"]}, "it reaches the outside"),
        (
            "outside",
            {"reached": ["its node", "the name server"]},
            "it reaches its node. .*--cluster-range.*--no-networking",
        ),
        ("outside", {"interfaces": ["lo"]}, "it has no network where .* Say --no-networking"),
        ("open", {"reached": ["another pod"]}, "another pod reaches it"),
    ],
)
def test_a_pod_that_does_not_is_refused(network: Network, found: dict[str, Any], what: str) -> None:
    with pytest.raises(SandboxError, match=what):
        probe.check(network, {**GOOD, **found})


def test_a_pod_tries_to_reach_all_but_itself() -> None:
    pods: dict[Network, probe.Addresses] = {
        "none": ("10.1.0.1", "10.0.0.1"),
        "open": (None, "10.0.0.2"),
    }
    assert probe.order("none", pods, [("10.0.0.9", 6443)])["targets"] == [
        ("the API server", "10.0.0.9", 6443),
        ("its node", "10.0.0.1", 10250),
        ("another pod's node", "10.0.0.2", 10250),
    ]
    assert ("another pod", "10.1.0.1", 8701) in probe.order("open", pods, [])["targets"]


def test_the_outside_is_nothing_of_the_cluster() -> None:
    options = PodOptions(cluster_ranges=["203.0.113.0/24"], nameservers=["10.9.8.7"])
    nothing, outside, _ = networks.policies(options)
    assert nothing["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/managed-by": "cognitora"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    addresses, names = outside["spec"]["egress"]
    [peer] = addresses["to"]
    blocks = [ip_network(block) for block in peer["ipBlock"]["except"]]
    for address in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "100.100.100.200", "169.254.169.254"):
        assert any(ip_address(address) in block for block in blocks)
    for address in ("168.63.129.16", "203.0.113.9", "127.0.0.1"):
        assert any(ip_address(address) in block for block in blocks)
    assert not any(ip_address("1.1.1.1") in block for block in blocks)
    assert names["to"] == [{"ipBlock": {"cidr": "10.9.8.7/32"}}]
    assert {(each["protocol"], each["port"]) for each in names["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }
    assert len(networks.policies(PodOptions(networking=False))) == 2


def test_a_pod_that_says_nothing_is_refused() -> None:
    with pytest.raises(SandboxError, match=r"exit status 1\): Traceback"):
        probe.parsed(b"Traceback", 1)


def test_pods_fit_the_restricted_pod_security_standard() -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    spec = made("a")["spec"]
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {kind for volume in spec["volumes"] for kind in volume} == {
        *("name", "emptyDir", "configMap"),
    }
    assert spec["automountServiceAccountToken"] is False
    assert (spec["restartPolicy"], spec["terminationGracePeriodSeconds"]) == ("Never", 1)
    assert spec["activeDeadlineSeconds"] == 3600


def test_no_two_pods_have_one_user() -> None:
    """The kernel counts processes by user, wherever on a node they run."""
    users = {made(f"pod-{n}")["spec"]["securityContext"]["runAsUser"] for n in range(100)}
    assert len(users) == 100
    assert min(users) >= 200_000


def test_what_pods_need_fits_into_a_config_map() -> None:
    config_map = manifests.config_map()
    assert sum(len(text.encode()) for text in config_map["data"].values()) < 700_000
    assert {"python.py", "agent..server.py"} <= {*config_map["data"]}


def test_a_disk_of_a_size_is_asked_for() -> None:
    spec = made("a", Limits(storage_gb=1.5))["spec"]
    assert spec["volumes"][0] == {"name": "work", "emptyDir": {"sizeLimit": "1536Mi"}}
    resources = spec["containers"][0]["resources"]
    assert resources["limits"]["ephemeral-storage"] == "1600Mi"
    assert resources["requests"]["ephemeral-storage"] == "1600Mi"
    usual = made("a")["spec"]
    assert "ephemeral-storage" not in str(usual)


def made(name: str, limits: Limits = Limits()) -> dict[str, Any]:
    return manifests.pod(
        name,
        labels={},
        image="python:3.13",
        limits=limits,
        network="none",
        life_seconds=3600,
        options=PodOptions(),
    )


def start(*arguments: str, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "cognitora_local", *arguments]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    environment.pop("KUBERNETES_SERVICE_HOST", None)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=100
    )


def test_without_a_cluster_it_does_not_start(tmp_path: Path) -> None:
    done = start("--backend", "kubernetes", kubeconfig=tmp_path / "absent")
    assert done.returncode == 125
    assert "There is no Kubernetes cluster to be had" in done.stderr
    assert "Set KUBECONFIG" in done.stderr


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    config = {
        "current-context": "it",
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "me"}}],
        "clusters": [{"name": "it", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"token": "not-to-be-told"}}],
    }
    (tmp_path / "config").write_text(json.dumps(config))
    done = start("--backend", "kubernetes", kubeconfig=tmp_path / "config")
    assert done.returncode == 125
    assert "The Kubernetes cluster can't be used: the API server can't be reached" in done.stderr
    assert "not-to-be-told" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["--sandbox-image", "x"], "--sandbox-image"),
        (["--no-networking"], "--no-networking"),
        (["--cluster-range", "203.0.113.0/24"], "--cluster-range"),
        (["--nameserver", "1.1.1.1"], "--nameserver"),
        (["--backend", "kubernetes", "--engine", "unix:///x"], "--engine"),
        (["--backend", "kubernetes", "--python", "/usr/bin/python3"], "--python"),
    ],
)
def test_what_belongs_to_the_other_backend_is_refused(
    arguments: list[str],
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["cognitora_local", *arguments])
    with pytest.raises(SystemExit) as ended:
        parsed(parser())
    assert ended.value.code == 2
    assert f"{option} has no meaning with --backend" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--cluster-range", "203.0.113.9/24"),
        ("--cluster-range", "fd00::/8"),
        ("--nameserver", "dns.example"),
    ],
)
def test_addresses_that_are_none_are_refused(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([option, value])
    assert f"argument {option}: invalid" in capsys.readouterr().err
