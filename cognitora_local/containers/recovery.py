"""What becomes of commands whose runtime was killed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from ..engine import ContainerGone, EngineError, MadeContainer
from ..store.containers import ContainerStore
from ..store.models import FAILED, INTERRUPTED, ContainerRecord


async def settle_commands(
    container: ContainerRecord, inner: MadeContainer | None, store: ContainerStore
) -> None:
    """End the commands that an earlier runtime has run in a container: nobody waits for them.

    Its own isn't touched: that goes on, or ends, as the container does.
    """
    if inner is not None and container.persistent:
        main = await store.main_command(container.id)
        with suppress(ContainerGone, EngineError):
            if not (await inner.state()).starting:  # else there are none yet
                await inner.end_commands(but=None if main is None else main.engine_id)
    for command in await store.unfinished_commands(container.id):
        if command.first:
            continue
        command.status, command.reason = FAILED, INTERRUPTED
        command.completed_at = datetime.now(UTC)
        await store.update_command(command)
