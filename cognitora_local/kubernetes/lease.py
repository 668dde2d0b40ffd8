"""A Lease of the cluster: of the gateways of a namespace the one that does what one alone is to do."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .cluster import MANAGED, Cluster

NAME = "cognitora-warm"
NOTE = "cognitora.dev/"
"""What the annotations begin with that gateways note something by."""


class Lease:
    """Whose turn it is, and what all are to know who get it.

    Args:
        holder: what this gateway is known by.
        seconds: after which another may have it that hasn't renewed it. No two clocks are compared: each
            gateway counts by its own, from when it has seen the last renewal.

    Attributes:
        noted: what gateways have noted.
    """

    def __init__(self, cluster: Cluster, holder: str, seconds: float) -> None:
        self.noted: frozenset[str] = frozenset()
        self._cluster = cluster
        self._holder = holder
        self._seconds = seconds
        self._held_until = 0.0
        self._seen: Mapping[str, Any] = {}
        self._seen_at = 0.0

    @property
    def held(self) -> bool:
        """Whether it is this gateway's."""
        return time.monotonic() < self._held_until

    async def renew(self) -> None:
        """Hold it, unless another does. Raises ClusterError."""
        began = time.monotonic()
        found = await self._read()
        spec = found.get("spec", {})
        if spec != self._seen:
            self._seen, self._seen_at = spec, began
        if spec.get("holderIdentity") not in (None, "", self._holder):
            since = time.monotonic() - self._seen_at
            if since < spec.get("leaseDurationSeconds", 0):
                self._held_until = 0.0
                return
        held = await self._write(found, self._holder, self.noted)
        self._held_until = began + self._seconds if held else 0.0

    async def note(self, what: str) -> None:
        """Have everybody know something. It may get lost. Raises ClusterError."""
        found = await self._read()
        holder = found.get("spec", {}).get("holderIdentity", "")
        if found and what not in self.noted:
            await self._write(found, holder, self.noted | {what})

    async def release(self) -> None:
        """Leave it to the others, if it is held. Raises ClusterError."""
        if self.held:
            self._held_until = 0.0
            await self._write(await self._read(), "", self.noted)

    async def _read(self) -> dict[str, Any]:
        found = await self._cluster.lease(NAME) or {}
        annotations = found.get("metadata", {}).get("annotations", {})
        begin = len(NOTE)
        self.noted = frozenset(key[begin:] for key in annotations if key.startswith(NOTE))
        return found

    async def _write(self, found: Mapping[str, Any], holder: str, noted: frozenset[str]) -> bool:
        before = found.get("metadata", {})
        version = before.get("resourceVersion")
        spec = dict(found.get("spec", {}))
        if holder in (self._holder, ""):
            spec |= {
                "holderIdentity": holder,
                "leaseDurationSeconds": math.ceil(self._seconds),
                "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
        return await self._cluster.put_lease(
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {
                    "name": NAME,
                    "labels": {MANAGED: "cognitora"},
                    "annotations": {
                        **before.get("annotations", {}),
                        **{f"{NOTE}{what}": "yes" for what in sorted(noted)},
                    },
                    **({} if version is None else {"resourceVersion": version}),
                },
                "spec": spec,
            }
        )
