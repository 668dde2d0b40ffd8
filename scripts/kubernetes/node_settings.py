"""What a node's daemons read when they start."""

from __future__ import annotations

import json

from scripts.kubernetes.build import Programs
from scripts.kubernetes.layout import OUTSIDE, Layout, Node

PAUSE = "docker.io/library/pause:1"
"""The image of the process that holds a pod's name spaces."""
LOOPBACK_ONLY = "loopback-only"
"""The CNI plugin that gives a pod no other network."""
ISOLATED = "isolated"
"""The RuntimeClass whose pods have no network but loopback."""

NESTED = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [
        {
            "action": "SCMP_ACT_ERRNO",
            "names": """
                acct add_key bpf clock_settime delete_module finit_module init_module io_uring_enter
                io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load keyctl
                open_by_handle_at perf_event_open quotactl reboot request_key settimeofday swapoff
                swapon syslog userfaultfd
            """.split(),
        }
    ],
}
"""The seccomp profile `nested.json`, for pods that make sandboxes: user name spaces and mounts are theirs."""

_CONTAINERD = """\
version = 2
root = "{disk}/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.internal.v1.tracing",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
disable_tcp_service = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{disk}/cni/plugins"
conf_dir = "{disk}/cni/pods"

[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
options = {{ BinaryName = "{runc}" }}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{isolated}]
runtime_type = "io.containerd.runc.v2"
cni_conf_dir = "{disk}/cni/{isolated}"
options = {{ BinaryName = "{runc}" }}
"""


def write(node: Node, layout: Layout, programs: Programs) -> None:
    """Write it all onto the node's disk."""
    disk = layout.machine(node.name)
    (disk / "containerd.toml").write_text(
        _CONTAINERD.format(
            disk=disk,
            isolated=ISOLATED,
            pause=PAUSE,
            runc=programs.packages / "usr/sbin/runc",
        )
    )
    (disk / "resolv.conf").write_text(f"nameserver {OUTSIDE}\n")  # if a test has one there
    (disk / "kubelet.json").write_text(json.dumps(_kubelet(node, layout), indent=1))
    addresses = {"type": "host-local", "dataDir": str(disk / "cni/addresses")}
    own = {
        "type": "ptp",
        "ipMasq": False,
        "mtu": 1500,
        "ipam": addresses | {"ranges": [[{"subnet": node.pods}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }
    none = {"type": LOOPBACK_ONLY, "ipam": addresses | {"ranges": [[{"subnet": node.nowhere}]]}}
    for name, plugin in (("pods", own), (ISOLATED, none)):
        folder = disk / "cni" / name
        folder.mkdir(parents=True, exist_ok=True)
        network = {"cniVersion": "0.4.0", "name": name, "plugins": [plugin]}
        (folder / "network.conflist").write_text(json.dumps(network, indent=1))


def _kubelet(node: Node, layout: Layout) -> dict[str, object]:
    disk = layout.machine(node.name)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.address,
        "readOnlyPort": 0,
        "healthzPort": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(layout.secrets / "ca.crt")},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}/{node.name}",
        "cgroupsPerQOS": True,
        "enforceNodeAllocatable": ["pods"],
        "systemReserved": {"memory": "1Gi", "cpu": "200m"},
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "podPidsLimit": 256,
        "maxPods": 110,
        "makeIPTablesUtilChains": False,
        "resolvConf": str(disk / "resolv.conf"),
        "volumePluginDir": str(disk / "volume-plugins"),
        "featureGates": {"ProcMountType": True},
        "evictionHard": {"memory.available": "100Mi"},
        "evictionPressureTransitionPeriod": "10s",
        "imageGCHighThresholdPercent": 100,  # images that a test has loaded stay
        # As quick as a test wants it: pods by the hundred, a loss seen in seconds.
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "kubeAPIQPS": 50,
        "kubeAPIBurst": 100,
        "syncFrequency": "10s",
        "fileCheckFrequency": "60s",
        "volumeStatsAggPeriod": "10s",
        "nodeStatusUpdateFrequency": "2s",
        "nodeStatusReportFrequency": "10s",
        "nodeLeaseDurationSeconds": 8,
    }
