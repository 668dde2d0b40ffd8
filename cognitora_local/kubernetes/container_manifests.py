"""What the cluster is told to make of a container."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..engine import ContainerSpec
from ..sandbox import Limits
from ..sandbox.bubblewrap import DRIVERS, PYTHON
from . import manifests, python_copy
from .cluster import CONTAINERS, MANAGED
from .options import PodOptions

OURS = CONTAINERS
"""What manages them, as their label says: no session's pod is one of them."""

OWNER, CONTAINER, PERSISTENT = (
    f"cognitora.dev/{key}" for key in ("owner", "container", "persistent")
)
"""Labels: whose a container is, our id of it, and whether it stays up."""

NAME = "container"
"""Of the container in its pod."""

HOME = "/home/cognitora"
"""A folder that the container's user may write to, whatever its image is."""

START_SECONDS = 600
"""How long a pod may take to run, its image pulled."""

AGENT_MB = 32
"""What a persistent container's agent may take of memory, beside what was asked for."""

LEAST_MB = 16
"""With less memory a pod's container can hardly be started."""

PROGRAMS_GB = 0.1
"""What the agent and its Python take of its disk."""

_COPY = f"{inspect.getsource(python_copy)}\ncopy(Path({DRIVERS!r}), Path({PYTHON!r}))\n"
_START = (
    f"import sys; sys.path[:0] = [{PYTHON!r}]; from agent.server import main; main(sys.argv[1])"
)


def name_of(container_id: str) -> str:
    """Of its pod: by this it can't be made twice."""
    return f"cognitora-{container_id.replace('_', '-')}"


def pod(spec: ContainerSpec, options: PodOptions, owner: str) -> dict[str, Any]:
    """A pod that runs a command by itself; a persistent one's first process is the agent.

    It is that of a session, in an image of its own: its user is nobody on the node, and no other pod's.
    """
    made = manifests.pod(
        name_of(spec.id),
        labels={
            MANAGED: OURS,
            OWNER: owner,
            CONTAINER: spec.id,
            PERSISTENT: "yes" if spec.persistent else "no",
        },
        image=spec.image.reference,
        limits=_limits(spec),
        network="outside" if spec.networking else "none",
        life_seconds=_life_seconds(spec, options),
        options=options,
    )
    wanted = made["spec"]
    (container,) = wanted["containers"]
    (programs,) = [each for each in wanted["volumes"] if each["name"] == "programs"]
    del container["command"], container["workingDir"]
    container["name"] = NAME
    container["env"] = [
        {"name": name, "value": _literal(value)}
        for name, value in {"HOME": HOME, **spec.environment}.items()
    ]
    container["securityContext"]["readOnlyRootFilesystem"] = False
    container["volumeMounts"] = [{"name": "home", "mountPath": HOME}]
    wanted["volumes"] = [{"name": "home", "emptyDir": {}}]
    if spec.storage_gb is not None:
        size = spec.storage_gb + (PROGRAMS_GB if spec.persistent else 0)
        limits = container["resources"]["limits"]
        limits["ephemeral-storage"] = f"{math.ceil(size * 1024)}Mi"
    if spec.persistent:
        wanted["volumes"] += [{"name": "python", "emptyDir": {}}, programs]
        wanted["initContainers"] = [_copying(container, options)]
        container["command"] = [_literal(word) for word in _agent(spec, options)]
        container["volumeMounts"] += [{"name": "python", "mountPath": PYTHON, "readOnly": True}]
    else:
        # The pod's own first process is its init then: it reaps, and signals take hold of the command.
        wanted["shareProcessNamespace"] = True
        container["args"] = [_literal(word) for word in spec.command]
    return made


def _agent(spec: ContainerSpec, options: PodOptions) -> list[str]:
    order = {
        "port": manifests.AGENT_PORT,
        "packages": f"{PYTHON}/packages",
        "seconds": options.silence_seconds,
        "processes": spec.processes,
        "python": python_copy.python(Path(PYTHON)),
    }
    return [*python_copy.python(Path(PYTHON)), "-I", "-S", "-c", _START, json.dumps(order)]


def _copying(container: Mapping[str, Any], options: PodOptions) -> dict[str, Any]:
    """What copies the agent in beforehand, with a Python that needs nothing of the container's image."""
    return {
        "name": "agent",
        "image": options.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-I", "-S", "-c", _literal(_COPY)],
        "resources": container["resources"],
        "securityContext": {**container["securityContext"], "readOnlyRootFilesystem": True},
        "volumeMounts": [
            {"name": "python", "mountPath": PYTHON},
            {"name": "programs", "mountPath": DRIVERS, "readOnly": True},
        ],
    }


def _limits(spec: ContainerSpec) -> Limits:
    memory_mb = spec.memory_mb + (AGENT_MB if spec.persistent else 0)
    least = max(memory_mb, LEAST_MB)
    return Limits(cpu_cores=spec.cpu_cores, memory_mb=least, processes=spec.processes)


_LONGEST_LIFE = 2**31 - 1
"""That a cluster takes, some 68 years: what few credits last for may be more."""


def _life_seconds(spec: ContainerSpec, options: PodOptions) -> int:
    """After which the cluster ends it, as the last resort: that can't be put off afterwards."""
    life = options.life_seconds if spec.persistent else math.ceil(spec.seconds or 0)
    return min(life + START_SECONDS, _LONGEST_LIFE)


def _literal(text: str) -> str:
    """As it is: the cluster would put in the values of variables."""
    return text.replace("$", "$$")
