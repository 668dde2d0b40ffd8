"""What becomes of commands whose runtime was killed."""

from __future__ import annotations

from datetime import UTC, datetime

from ..store.containers import ContainerStore
from ..store.models import FAILED, INTERRUPTED, ContainerRecord


async def settle_commands(container: ContainerRecord, store: ContainerStore) -> None:
    """Record that the commands have ended that an earlier runtime has run in a container.

    Its own isn't touched: that goes on, or ends, as the container does.
    """
    for command in await store.unfinished_commands(container.id):
        if command.first:
            continue
        command.status, command.reason = FAILED, INTERRUPTED
        command.completed_at = datetime.now(UTC)
        await store.update_command(command)
