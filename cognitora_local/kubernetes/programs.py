"""The ConfigMap of the programs that pods need: kept while a gateway uses it, removed when nothing does.

Each version has one of its own. A gateway says from time to time that it uses one, as it may when none of its
pods does; what nobody has said so of for a day, and no pod has, is of a version that is gone.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from .cluster import CONTAINERS, MANAGED, Cluster, ClusterError
from .manifests import config_map

USED = "cognitora.dev/used"
"""The annotation that says when a gateway used it last."""

NOTE_SECONDS = 60 * 60.0
UNUSED = timedelta(days=1)

log = logging.getLogger(__name__)


async def note_use(cluster: Cluster) -> None:
    """See that there is ours, with all in it, and say that it is used. Raises ClusterError."""
    manifest = config_map()
    note = {USED: datetime.now(UTC).isoformat(timespec="seconds")}
    metadata = {**manifest["metadata"], "annotations": note}
    await cluster.put_config_map({**manifest, "metadata": metadata})


async def keep(cluster: Cluster) -> None:
    """Say so again and again."""
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        try:
            await note_use(cluster)
        except ClusterError as error:
            log.warning("%s", error)


async def remove_unused(cluster: Cluster) -> None:
    """Remove those of versions that are gone. Raises ClusterError."""
    since = datetime.now(UTC) - UNUSED
    ours: str = config_map()["metadata"]["name"]
    old = [
        found.metadata.name
        for found in await cluster.config_maps(f"{MANAGED}=cognitora")
        if found.metadata.name != ours and _used(found.metadata) < since
    ]
    if not old:
        return
    pods, _ = await cluster.pods(f"{MANAGED} in (cognitora, {CONTAINERS})")
    mounted = {
        volume["configMap"]["name"]
        for pod in pods
        for volume in pod["spec"].get("volumes", [])
        if "configMap" in volume
    }
    for name in old:
        if name not in mounted:
            await cluster.delete_config_map(name)


def _used(metadata: object) -> datetime:
    """When one was; long ago where that can't be told."""
    said = (getattr(metadata, "annotations", None) or {}).get(USED, "")
    try:
        return datetime.fromisoformat(said).astimezone(UTC)
    except ValueError:
        created = getattr(metadata, "creation_timestamp", None)
        return created if isinstance(created, datetime) else datetime.min.replace(tzinfo=UTC)
