"""What a runtime on Kubernetes refuses, before and while it looks at its cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognitora_local.command_line import parsed, parser
from cognitora_local.kubernetes import manifests, probe
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
    "reached": [],
    "node": None,
}


def test_a_pod_that_keeps_everything_is_a_sandbox() -> None:
    assert probe.check(json.dumps(GOOD).encode(), 0) is None
    assert probe.check(json.dumps({**GOOD, "node": "/usr/bin/node"}).encode(), 0) == "/usr/bin/node"


@pytest.mark.parametrize(
    ("found", "what"),
    [
        ({"version": [3, 10]}, "its Python is older"),
        ({"user": 0}, "runs as root"),
        ({"capabilities": 1}, "has capabilities"),
        ({"no_new_privs": False}, "can gain privileges"),
        ({"seccomp": 0}, "system calls aren't filtered"),
        ({"token": True}, "a token of the cluster"),
        ({"writable": ["/usr"]}, "it can write to"),
        ({"processes": 1000}, "could start 1000 processes where 64 are let"),
        ({"reached": ["the API server"]}, "it reaches the API server. Name a RuntimeClass"),
    ],
)
def test_a_pod_that_does_not_is_refused(found: dict[str, Any], what: str) -> None:
    with pytest.raises(SandboxError, match=what):
        probe.check(json.dumps({**GOOD, **found}).encode(), 0)


def test_a_pod_that_says_nothing_is_refused() -> None:
    with pytest.raises(SandboxError, match=r"exit status 1\): Traceback"):
        probe.check(b"Traceback", 1)


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


def made(name: str) -> dict[str, Any]:
    return manifests.pod(
        name,
        labels={},
        image="python:3.13",
        limits=Limits(),
        runtime_class=None,
        silence_seconds=60,
        life_seconds=3600,
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
