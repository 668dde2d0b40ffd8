"""What an engine is told to make: a container with every limit, in the engine's own words.

Nothing in here is built out of text: what users give stands in fields of its own, and every field
by which an engine could be told to give more is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sandbox import terminals
from ..sandbox.bubblewrap import PRESSURE
from .users import NOBODY, Users

LOG_BYTES = 16 * 1024 * 1024
INIT = "/.cognitora/init"

_PERIOD_US = 100_000
_FILES = 8192
# Counted over all of the user's processes on the machine, so it is no limit of ours; but Podman
# sets one in any case, and a million is more than some machines let it.
_THREADS = 8192
# One byte: less than a core dump, and the kernel doesn't pipe it to the machine's crash handler.
_CORE = 1
# With a limit, which Docker can't be told: all that runs on a machine shares some 3,000.
_TERMINALS = {
    "type": "devpts",
    "source": "devpts",
    "destination": "/dev/pts",
    "options": ["nosuid", "noexec", "gid=5", *terminals.OPTIONS.split(",")],
}
_SHM_BYTES = 64 * 1024 * 1024
# Docker's own list, which what it is told stands in place of, and Podman's is shorter than.
_HIDDEN = (
    str(PRESSURE),
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
)


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """A container to be made.

    Attributes:
        name: the engine's name for it.
        image: the image's id.
        command: what it runs, with the image's entrypoint before it.
        stays: whether it runs nothing but an init, until it is killed.
        init: the program on this machine that is its first process, and reaps what others leave.
        files: files of this machine that it is shown, read-only, by their path in it.
        profile: the file of the system calls that it may make.
        disk_bytes: None: not limited.
        network_of: the container whose network it shares; None: it has one with nothing in it.
        volumes: paths that the image declares as volumes.
        users: whom its users are, and what its root may do.
        gpus: those of the machine's that it has, by the names of their descriptions.
    """

    name: str
    hostname: str
    image: str
    command: Sequence[str]
    stays: bool
    init: Path
    files: Mapping[str, Path]
    profile: Path
    labels: Mapping[str, str]
    environment: Mapping[str, str]
    folder: str
    cpu_cores: float
    memory_bytes: int
    processes: int
    disk_bytes: int | None
    network_of: str | None = None
    volumes: Sequence[str] = ()
    users: Users = NOBODY
    gpus: Sequence[str] = ()

    @property
    def cpu_quota(self) -> int:
        return max(1000, round(self.cpu_cores * _PERIOD_US))

    @property
    def shown(self) -> dict[str, Path]:
        return {**self.files, INIT: self.init}

    @property
    def entrypoint(self) -> list[str]:
        return [INIT, "-P"] if self.stays else [INIT, "--"]


def for_podman(config: ContainerConfig) -> dict[str, Any]:
    """For Podman's own API: its Docker-compatible one ignores the limit of the disk.

    https://docs.podman.io/en/v4.3/_static/api.html#tag/containers/operation/ContainerCreateLibpod
    """
    spec: dict[str, Any] = {
        "name": config.name,
        "hostname": config.hostname,
        "image": config.image,
        "entrypoint": config.entrypoint,
        "command": list(config.command),
        "env": dict(config.environment),
        # Not a word of the working folder: the image's own is made where it is missing.
        "labels": dict(config.labels),
        "resource_limits": {
            "memory": {"limit": config.memory_bytes, "swap": config.memory_bytes},
            "cpu": {"quota": config.cpu_quota, "period": _PERIOD_US},
            "pids": {"limit": config.processes},
        },
        "r_limits": [
            {"type": "core", "soft": _CORE, "hard": _CORE},
            {"type": "nofile", "soft": _FILES, "hard": _FILES},
            {"type": "nproc", "soft": _THREADS, "hard": _THREADS},
        ],
        "cap_drop": ["ALL"],
        "cap_add": list(config.users.capabilities),
        "no_new_privileges": True,
        "seccomp_profile_path": str(config.profile),
        "privileged": False,
        "mask": _hidden(),
        "netns": {"nsmode": "none"},
        "mounts": [
            _TERMINALS,
            *(
                {
                    "type": "bind",
                    "source": str(source),
                    "destination": target,
                    "options": ["bind", "ro", "nosuid", "nodev"],
                }
                for target, source in config.shown.items()
            ),
        ],
        "shm_size": _SHM_BYTES,
        "log_configuration": {"driver": "k8s-file", "size": LOG_BYTES},
        # A volume would be a folder of this machine, beyond the limit of the disk.
        "image_volume_mode": "ignore",
        # A command called /sbin/init would be given more than others.
        "systemd": "false",
        "healthconfig": {"Test": ["NONE"]},
        "httpproxy": False,
        "env_host": False,
        "restart_policy": "no",
        "stop_timeout": 0,
    }
    if ids := config.users.ids:
        ours = [{"container_id": 0, "host_id": ids.first, "size": ids.count}]
        spec["userns"] = {"nsmode": "private"}
        spec["idmappings"] = {"UIDMap": ours, "GIDMap": ours}
        # As Docker has it: ports below 1024 and ping are everybody's, in a network of one's own.
        spec["sysctl"] = {
            "net.ipv4.ip_unprivileged_port_start": "0",
            "net.ipv4.ping_group_range": f"0 {ids.count - 1}",
        }
    if config.gpus:
        spec["devices"] = [{"path": name} for name in config.gpus]
    if config.network_of is not None:
        spec["netns"] = {"nsmode": "container", "value": config.network_of}
    if config.disk_bytes is not None:
        spec["storage_opts"] = {"size": str(config.disk_bytes)}
    return spec


def for_docker(config: ContainerConfig) -> dict[str, Any]:
    """https://docs.docker.com/reference/api/engine/version/v1.40/#operation/ContainerCreate."""
    host: dict[str, Any] = {
        "Memory": config.memory_bytes,
        "MemorySwap": config.memory_bytes,
        "CpuQuota": config.cpu_quota,
        "CpuPeriod": _PERIOD_US,
        "PidsLimit": config.processes,
        "Ulimits": [
            {"Name": "core", "Soft": _CORE, "Hard": _CORE},
            {"Name": "nofile", "Soft": _FILES, "Hard": _FILES},
        ],
        "CapDrop": ["ALL"],
        "CapAdd": list(config.users.capabilities),
        "SecurityOpt": ["no-new-privileges", f"seccomp={config.profile.read_text()}"],
        "Privileged": False,
        "MaskedPaths": _hidden(),
        "NetworkMode": "none" if config.network_of is None else f"container:{config.network_of}",
        "IpcMode": "private",
        "Mounts": [
            {"Type": "bind", "Source": str(source), "Target": target, "ReadOnly": True}
            for target, source in config.shown.items()
        ],
        # A volume would be a folder of this machine, beyond the limit of the disk. In memory it is
        # within the limit of the memory, but for what is uploaded there: hence its size.
        "Tmpfs": dict.fromkeys(config.volumes, f"rw,nosuid,nodev,size={config.memory_bytes}"),
        "ShmSize": _SHM_BYTES,
        "LogConfig": {
            "Type": "json-file",
            "Config": {"max-size": str(LOG_BYTES), "max-file": "1"},
        },
        "Init": False,
        "OomKillDisable": False,
        "RestartPolicy": {"Name": "no"},
    }
    if config.disk_bytes is not None:
        host["StorageOpt"] = {"size": str(config.disk_bytes)}
    if config.gpus:
        host["DeviceRequests"] = [{"Driver": "cdi", "DeviceIDs": list(config.gpus)}]
    spec: dict[str, Any] = {
        "Image": config.image,
        "Entrypoint": config.entrypoint,
        "Cmd": list(config.command) or None,
        "Env": [f"{name}={value}" for name, value in config.environment.items()],
        "WorkingDir": config.folder,
        "Labels": dict(config.labels),
        "Healthcheck": {"Test": ["NONE"]},
        "AttachStdout": True,
        "AttachStderr": True,
        "StopTimeout": 0,
        "HostConfig": host,
    }
    if config.network_of is None:  # a shared network comes with its owner's name
        spec["Hostname"] = config.hostname
    return spec


def _hidden() -> list[str]:
    of_each_cpu = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/thermal_throttle")
    return [*_HIDDEN, *map(str, of_each_cpu)]
