"""What becomes of executions whose gateway was lost: each is told as it was, and none is run again."""

from __future__ import annotations

from collections.abc import Callable

from ..kernel import Outcome, TakenOverKernel
from ..store.interpreter import InterpreterStore
from ..store.models import INTERRUPTED, NOT_RUN, ExecutionRecord, SessionRecord
from .execution import record_outcome


async def resume(
    store: InterpreterStore,
    session: SessionRecord,
    kernel: TakenOverKernel,
    note: Callable[[ExecutionRecord, Outcome], None] = lambda record, outcome: None,
) -> None:
    """Write down what has become, or becomes, of a session's executions.

    The one that was begun is seen through to its end. The others were not, and never will be: of the gateway
    that had them nothing is heard any more where they were to run. So their keys are free. `note` may add to
    the record of the first.
    """
    begun = kernel.begun
    at_work: ExecutionRecord | None = None
    for record in await store.running(session.id):
        if begun is not None and record.id == begun.id:
            at_work = record
        else:
            record.status, record.errors = "failed", [NOT_RUN]
            await store.finish_execution(record)
            await store.free_key(record.id)
    if begun is None or begun.settled:
        if at_work is not None:  # its end had yet to be written when its gateway was lost
            await fail(store, at_work)
        return
    outcome = await kernel.resume(60.0 if at_work is None else at_work.timeout_seconds)
    if at_work is not None:
        record_outcome(outcome, at_work)
        note(at_work, outcome)
        await store.finish_execution(at_work)
    kernel.settle()


async def settle_unknown(store: InterpreterStore, session: SessionRecord) -> None:
    """Of executions whose sandbox is gone as well nobody knows how far they came."""
    for record in await store.running(session.id):
        await fail(store, record)


async def fail(store: InterpreterStore, record: ExecutionRecord) -> None:
    record.status, record.errors = "failed", [INTERRUPTED]
    await store.finish_execution(record)
