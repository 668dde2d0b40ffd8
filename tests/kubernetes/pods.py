"""Pods that tests make."""

from __future__ import annotations

from typing import Any

BUSYBOX = "docker.io/library/busybox:latest"
PYTHON = "docker.io/library/python:3.11"


def pod(
    name: str, *command: str, image: str = BUSYBOX, node: int = 1, **spec: Any
) -> dict[str, Any]:
    """A pod on a node, that runs a command, or waits. Its label `name` is its name."""
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "Never",
        "command": [*command] or ["sleep", "1000000"],
    }
    usual = {
        "containers": [container],
        "nodeSelector": {"kubernetes.io/hostname": f"n{node}"},
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"name": name}},
        "spec": usual | spec,
    }
