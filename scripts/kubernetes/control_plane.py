"""The control plane, inside its machine: etcd, the API, the controllers, the scheduler."""

from __future__ import annotations

from pathlib import Path

from scripts.kubernetes import credentials
from scripts.kubernetes.api import Api
from scripts.kubernetes.daemons import Daemon
from scripts.kubernetes.layout import API_ADDRESS, API_PORT, CONTROL_PLANE, SERVICES, Layout

_ETCD = "http://127.0.0.1:2379"
_ISSUER = "https://kubernetes.default"


def prepare(layout: Layout) -> list[Daemon]:
    """What it runs."""
    disk = layout.machine(CONTROL_PLANE)
    data = disk / "etcd"
    data.mkdir(mode=0o700, exist_ok=True)
    api = Api(credentials.kubeconfig(layout, credentials.ADMINISTRATOR))
    return [
        Daemon("etcd", _etcd(data)),
        Daemon("kube-apiserver", _apiserver(layout.secrets, disk), api.ready),
        Daemon("kube-controller-manager", _controllers(layout, disk)),
        Daemon("kube-scheduler", _scheduler(layout)),
    ]


def _etcd(data: Path) -> list[str]:
    command = ["etcd", f"--data-dir={data}", "--unsafe-no-fsync"]
    command += [f"--listen-client-urls={_ETCD}", f"--advertise-client-urls={_ETCD}"]
    return [*command, "--listen-peer-urls=http://127.0.0.1:2380"]


def _apiserver(secrets: Path, disk: Path) -> list[str]:
    options = {
        "etcd-servers": _ETCD,
        "advertise-address": API_ADDRESS,
        "bind-address": "0.0.0.0",
        "secure-port": API_PORT,
        "insecure-port": 0,
        "tls-cert-file": secrets / "api.crt",
        "tls-private-key-file": secrets / "api.key",
        "cert-dir": disk,
        "client-ca-file": secrets / "ca.crt",
        "token-auth-file": secrets / "tokens.csv",
        "anonymous-auth": "false",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-cluster-ip-range": SERVICES,
        "service-account-key-file": secrets / "service-accounts.key",
        "service-account-signing-key-file": secrets / "service-accounts.key",
        "service-account-issuer": _ISSUER,
        "api-audiences": _ISSUER,
        "kubelet-client-certificate": secrets / "kubelets-client.crt",
        "kubelet-client-key": secrets / "kubelets-client.key",
        "kubelet-preferred-address-types": "InternalIP",
        "allow-privileged": "true",
        "feature-gates": "ProcMountType=true",
        # So that tests needn't wait five minutes until a lost node's pods are given up.
        "default-not-ready-toleration-seconds": 5,
        "default-unreachable-toleration-seconds": 5,
    }
    return ["kube-apiserver", *_written(options)]


def _controllers(layout: Layout, disk: Path) -> list[str]:
    options = {
        "kubeconfig": credentials.kubeconfig(layout, credentials.CONTROLLERS),
        "service-account-private-key-file": layout.secrets / "service-accounts.key",
        "root-ca-file": layout.secrets / "ca.crt",
        "use-service-account-credentials": "true",
        "leader-elect": "false",
        "port": 0,
        "secure-port": 10257,
        "bind-address": "127.0.0.1",
        "cert-dir": disk,
        # A node is NotReady 8 s after its last sign, in place of 40.
        "node-monitor-period": "1s",
        "node-monitor-grace-period": "8s",
        "node-startup-grace-period": "20s",
        "pod-eviction-timeout": "5s",
        "terminated-pod-gc-threshold": 100,
    }
    return ["kube-controller-manager", *_written(options)]


def _scheduler(layout: Layout) -> list[str]:
    options = {
        "kubeconfig": credentials.kubeconfig(layout, credentials.SCHEDULER),
        "leader-elect": "false",
        "port": 0,
        "secure-port": 10259,
        "bind-address": "127.0.0.1",
    }
    return ["kube-scheduler", *_written(options)]


def _written(options: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]
