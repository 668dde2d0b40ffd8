"""A node, inside its machine: containerd, the kubelet, and what enforces NetworkPolicy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from scripts.kubernetes import credentials, node_settings
from scripts.kubernetes.build import Programs
from scripts.kubernetes.daemons import Daemon
from scripts.kubernetes.layout import ROOT, Layout, Node

_SOCKET = "/run/containerd/containerd.sock"
_KUBELETS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What the kubelet would set, and not for its name spaces alone."""


def prepare(node: Node, layout: Layout, programs: Programs) -> list[Daemon]:
    """Mount what is the node's own, write what its daemons read; what it runs."""
    disk = layout.machine(node.name)
    # What the kubelet mounts for a pod is seen by the pod; nothing of it by the rest of the machine.
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    _mount_folders(disk)
    _keep_settings()
    _prepare_plugins(disk, programs)
    node_settings.write(node, layout, programs)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    policies = [sys.executable, "-m", "scripts.kubernetes.network_policy", node.name, node.pods]
    kubelet = {
        "config": disk / "kubelet.json",
        "kubeconfig": credentials.kubeconfig(layout, node.name),
        "hostname-override": node.name,
        "node-ip": node.address,
        "root-dir": disk / "kubelet",
        "cert-dir": disk / "kubelet/pki",
        "container-runtime": "remote",
        "container-runtime-endpoint": f"unix://{_SOCKET}",
        "runtime-cgroups": f"/{layout.cgroup}/{node.name}/system",
    }
    of_policies = str(credentials.kubeconfig(layout, credentials.NETWORK_POLICY))
    return [
        Daemon("network-policy", [*policies, of_policies]),
        Daemon(
            "containerd",
            ["containerd", f"--config={disk / 'containerd.toml'}"],
            lambda: _has(layout.folder / "pause.tar"),
        ),
        Daemon("kubelet", ["kubelet", *(f"--{name}={value}" for name, value in kubelet.items())]),
    ]


def _has(image: Path) -> bool:
    """Whether containerd has the image of an archive now: it answers when it is ready."""
    command = ["ctr", "--namespace=k8s.io", "--connect-timeout=1s", "images", "import", str(image)]
    return subprocess.run(command, capture_output=True).returncode == 0


def _mount_folders(disk: Path) -> None:
    """The places that containerd and the kubelet keep things at, whatever they are told."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    for name in ("netns", "lock"):
        Path("/run", name).mkdir()
    for name in ("lib", "log"):
        (disk / name).mkdir(exist_ok=True)
        subprocess.run(["mount", "--bind", disk / name, Path("/var", name)], check=True)


def _keep_settings() -> None:
    """Have the kubelet write its settings of the kernel into files that nobody reads."""
    for name, value in _KUBELETS.items():
        decoy = Path("/run", name.replace("/", "-"))
        decoy.write_text(value)
        subprocess.run(["mount", "--bind", decoy, Path("/proc/sys", name)], check=True)


def _prepare_plugins(disk: Path, programs: Programs) -> None:
    plugins = disk / "cni/plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    for plugin in (programs.packages / "usr/lib/cni").iterdir():
        if not (plugins / plugin.name).is_symlink():
            (plugins / plugin.name).symlink_to(plugin)
    own = plugins / node_settings.LOOPBACK_ONLY
    program = ROOT / "scripts/kubernetes/loopback_only.py"
    own.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -S '{program}'\n")
    own.chmod(0o755)
    seccomp = Path("/var/lib/kubelet/seccomp")
    seccomp.mkdir(parents=True, exist_ok=True)
    (seccomp / "nested.json").write_text(json.dumps(node_settings.NESTED))
