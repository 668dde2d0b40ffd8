"""What the cluster is told to make."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cognitora_openapi

from ..sandbox import Limits
from ..sandbox.bubblewrap import DRIVERS, WORK
from .cluster import MANAGED
from .networks import NETWORK, Network
from .options import PodOptions

PREFIX = "cognitora-"
"""Of a pod's name; what follows is the name of its work folder."""

AGENT_PORT = 8700
PACKAGES = f"{DRIVERS}/packages"
"""Where the program that works on files is, in a pod."""

GATEWAY = "cognitora.dev/gateway"
"""The label that says whose a pod is."""

WARM = "cognitora.dev/warm"
"""The label of pods that are nobody's yet, until somebody takes them; it says what they are like."""

_PACKAGE = Path(__file__).parent.parent
_FILE_MODULES = ("__init__.py", "packing.py", "tar.py")
"""What the program that works on files needs of the generated package."""

_START = (
    f"import sys; sys.path.insert(0, {DRIVERS!r}); from agent.server import main; main(sys.argv[1])"
)
_SPARE_MB = 64
"""Of disk, beside the work folder: for what the container runtime keeps of a pod."""
_FIRST_USER, _USERS = 200_000, 2**30


@cache
def config_map() -> dict[str, Any]:
    """The agent and the drivers, which a pod of any image finds under DRIVERS.

    Its name tells what is in it, so that pods of another version have their own.
    """
    contents = {key: text for key, _, text in _files()}
    digest = hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"cognitora-{digest}", "labels": {MANAGED: "cognitora"}},
        "immutable": True,
        "data": contents,
    }


def pod(
    name: str,
    *,
    labels: Mapping[str, str],
    image: str,
    limits: Limits,
    network: Network,
    life_seconds: int,
    options: PodOptions,
    driver: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A pod whose first process is the agent, which starts `driver` before anybody asks it.

    It ends by itself when no gateway was heard for the `silence_seconds` of the options; the cluster ends it
    after `life_seconds`, whatever becomes of the gateways, the agent and the node.
    """
    # A user of its own: the kernel counts processes by user, which the agent sets the limit of.
    user = _FIRST_USER + int(hashlib.sha256(name.encode()).hexdigest(), 16) % _USERS
    order = {
        "port": AGENT_PORT,
        "packages": PACKAGES,
        "seconds": options.silence_seconds,
        "processes": limits.processes,
        "driver": driver,
    }
    spec: dict[str, Any] = {
        # Never: what has ended isn't run again. One second: with none the object would vanish while the
        # code runs on, where its node can't be reached.
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "activeDeadlineSeconds": life_seconds,
        # A node that isn't reached for a while may run on: its pods' agents know first whether they are.
        "tolerations": [
            {
                "key": f"node.kubernetes.io/{key}",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": math.ceil(options.silence_seconds),
            }
            for key in ("not-ready", "unreachable")
        ],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "sandbox",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": ["python3", "-I", "-S", "-c", _START, json.dumps(order)],
                "workingDir": WORK,
                "resources": {
                    "limits": {"cpu": f"{limits.cpu_cores:g}", "memory": f"{limits.memory_mb}Mi"},
                    # Memory in full, which can't be taken back; a share of a processor can wait.
                    "requests": {
                        "cpu": f"{limits.cpu_cores / 10:g}",
                        "memory": f"{limits.memory_mb}Mi",
                    },
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [
                    {"name": "work", "mountPath": WORK},
                    {"name": "tmp", "mountPath": "/tmp"},
                    {"name": "programs", "mountPath": DRIVERS, "readOnly": True},
                ],
            }
        ],
        "volumes": [
            {"name": "work", "emptyDir": {}},
            {"name": "tmp", "emptyDir": {"medium": "Memory"}},
            {
                "name": "programs",
                "configMap": {
                    "name": config_map()["metadata"]["name"],
                    "defaultMode": 0o555,
                    "items": [{"key": key, "path": path} for key, path, _ in _files()],
                },
            },
        ],
    }
    if options.runtime_class is not None:
        spec["runtimeClassName"] = options.runtime_class
    if options.nameservers:
        spec["dnsPolicy"] = "None"
        spec["dnsConfig"] = {"nameservers": [*options.nameservers]}
    if limits.storage_gb is not None:
        storage_mb = math.ceil(limits.storage_gb * 1024)
        spec["volumes"][0]["emptyDir"] = {"sizeLimit": f"{storage_mb}Mi"}
        for kind in ("limits", "requests"):
            resources = spec["containers"][0]["resources"][kind]
            resources["ephemeral-storage"] = f"{storage_mb + _SPARE_MB}Mi"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {MANAGED: "cognitora", NETWORK: network, **labels}},
        "spec": spec,
    }


@cache
def _files() -> tuple[tuple[str, str, str], ...]:
    """The key of each file in the map, its path under DRIVERS, and its text."""
    return tuple((path.replace("/", ".."), path, file.read_text()) for path, file in _paths())


def _paths() -> Iterator[tuple[str, Path]]:
    drivers = _PACKAGE / "kernel" / "drivers"
    for file in sorted(drivers.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            yield file.relative_to(drivers).as_posix(), file
    agent = _PACKAGE / "kubernetes" / "agent"
    for file in sorted(agent.glob("*.py")):
        yield f"agent/{file.name}", file
    for package in ("", "filesystem/", "filesystem/inside/"):
        pattern = "*.py" if package.endswith("inside/") else "__init__.py"
        for file in sorted((_PACKAGE / package).glob(pattern)):
            yield f"packages/cognitora_local/{package}{file.name}", file
    openapi = Path(cognitora_openapi.__file__).parent
    for name in _FILE_MODULES:
        yield f"packages/cognitora_openapi/{name}", openapi / name
