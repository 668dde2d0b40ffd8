"""The container that a runtime is run in, and its rights: no more than it takes, in each engine's own words.

docs/local-runtime.md tells what each is for, and the `docker run` and `podman run` that say the same.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PORT = 8700
"""Where the runtime listens in its container."""

EXPOSED = range(9000, 9032)
"""The ports of the container that are there for those that sandboxes expose."""

LOOPBACK = "127.0.0.1"
LABEL = "dev.cognitora.engine-image"

CAPABILITIES = (
    *("SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "MKNOD"),
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
DEVICES = ("/dev/net/tun", "/dev/loop-control")
_LOOP_DEVICES = 7  # the kernel's number of them all

# Twice what its containers have. Podman's default is a million of each, which some machines don't let it.
_LIMITS = {"nofile": 16384, "nproc": 16384}


def for_docker(image: str, arguments: Sequence[str], port: int = 0) -> dict[str, Any]:
    """A container whose standard input ends with who is attached; `port` is that of the loopback, 0: any.

    https://docs.docker.com/reference/api/engine/version/v1.40/#operation/ContainerCreate
    """
    bindings = {
        f"{inside}/tcp": [{"HostIp": LOOPBACK, "HostPort": str(outside) if outside else ""}]
        for inside, outside in _published(port).items()
    }
    # Docker's own filter of system calls lets nobody call pivot_root, by which sandboxes are made.
    profile = Path(__file__).with_name("seccomp.json").read_text("utf-8")
    return {
        "Image": image,
        "Cmd": ["--attached", *arguments],
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
        "Labels": _labels(),
        "ExposedPorts": {inside: {} for inside in bindings},
        "HostConfig": {
            "AutoRemove": True,
            "CapDrop": ["ALL"],
            "CapAdd": list(CAPABILITIES),
            "SecurityOpt": ["no-new-privileges", "apparmor=unconfined", f"seccomp={profile}"],
            "Devices": [
                {"PathOnHost": path, "PathInContainer": path, "CgroupPermissions": "rwm"}
                for path in DEVICES
            ],
            "DeviceCgroupRules": [f"b {_LOOP_DEVICES}:* rwm"],
            "Ulimits": [
                {"Name": name, "Soft": most, "Hard": most} for name, most in _LIMITS.items()
            ],
            "PortBindings": bindings,
            # By which Docker Desktop leads to its machine's own loopback: the runtime closes it off.
            "ExtraHosts": ["host.docker.internal:host-gateway"],
            "LogConfig": {"Type": "none"},
        },
    }


def for_podman(image: str, arguments: Sequence[str], port: int = 0) -> dict[str, Any]:
    """The same for Podman's own API: its Docker-compatible one forgets the rule for loop devices.

    https://docs.podman.io/en/v4.3/_static/api.html#tag/containers/operation/ContainerCreateLibpod
    """
    return {
        "image": image,
        "command": ["--attached", *arguments],
        "stdin": True,
        "remove": True,
        "systemd": "false",
        "labels": _labels(),
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "no_new_privileges": True,
        "apparmor_profile": "unconfined",
        "selinux_opts": ["disable"],
        "devices": [{"path": path} for path in DEVICES],
        "device_cgroup_rule": [
            {"allow": True, "type": "b", "major": _LOOP_DEVICES, "minor": -1, "access": "rwm"}
        ],
        "r_limits": [{"type": name, "soft": most, "hard": most} for name, most in _LIMITS.items()],
        "portmappings": [
            {"container_port": inside, "host_ip": LOOPBACK, "host_port": outside}
            for inside, outside in _published(port).items()
        ],
        "netns": {"nsmode": "bridge"},
        "log_configuration": {"driver": "none"},
    }


def _published(port: int) -> dict[int, int]:
    return {PORT: port, **dict.fromkeys(EXPOSED, 0)}


def _labels() -> dict[str, str]:
    return {LABEL: str(os.getpid())}
