"""What a cluster has of a kind, followed as it changes."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from scripts.kubernetes.api import Api

KINDS = {
    "pods": "/api/v1/pods",
    "namespaces": "/api/v1/namespaces",
    "policies": "/apis/networking.k8s.io/v1/networkpolicies",
}
_AGAIN_AFTER_S = 0.2
_WATCH_S = 30  # where an end of the connection is lost, nothing else tells

Objects = dict[tuple[str, str], dict[str, Any]]
"""By namespace (or an empty string) and name."""


def follow(api: Api, kind: str, objects: Objects, changed: Callable[[str], None]) -> None:
    """Keep `objects` as the cluster has them, for ever; tell of every change. For a thread of its own."""
    path = KINDS[kind]
    while True:
        try:
            whole = api.json(path)
            current = {_key(item): item for item in whole["items"]}
            objects.update(current)
            for key in objects.keys() - current.keys():
                del objects[key]
            changed(kind)
            version = whole["metadata"]["resourceVersion"]
            watch = f"{path}?watch=1&resourceVersion={version}&timeoutSeconds={_WATCH_S}"
            with api.ask(watch, timeout=_WATCH_S + 10) as events:
                for line in events:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        break
                    if event["type"] == "DELETED":
                        objects.pop(_key(event["object"]), None)
                    else:
                        objects[_key(event["object"])] = event["object"]
                    changed(kind)
        except (OSError, ValueError, http.client.HTTPException) as error:
            print(kind, error, file=sys.stderr, flush=True)
            time.sleep(_AGAIN_AFTER_S)


def _key(item: dict[str, Any]) -> tuple[str, str]:
    metadata = item["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
