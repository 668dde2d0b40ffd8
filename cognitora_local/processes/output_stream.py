"""What a program prints as server-sent events, while it runs and afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ..concurrency.changes import Changes, wait_for
from ..http.event_stream import KEEP_ALIVE, KEEP_ALIVE_SECONDS, event
from ..store.program_outputs import ProgramOutputs
from . import responses

PIECES = 16
"""How many pieces of the records a reader holds: there may be 64 KiB in each."""


async def output_events(
    outputs: ProgramOutputs,
    program: str,
    offset: int = 0,
    *,
    changes: Changes | None,
    ended: Callable[[], bool],
) -> AsyncIterator[bytes]:
    """An event for each piece, from this byte on, up to its end. Each reader reads as fast as he likes.

    Args:
        outputs: where it is kept.
        program: its id.
        offset: where to begin.
        changes: told when there is more, and of its end; None: it has ended.
        ended: whether it has. What it has printed is in the records then.
    """
    over = False
    while not over:
        change = None if changes is None else changes.next
        over = change is None or ended()  # looked at before the records are
        while pieces := await outputs.read(program, offset, pieces=PIECES):
            for each in pieces:
                offset = each.end
                async for part in event("output", responses.piece(each).to_dict()):
                    yield part
        if change is not None and not over and not await wait_for(change, KEEP_ALIVE_SECONDS):
            yield KEEP_ALIVE
