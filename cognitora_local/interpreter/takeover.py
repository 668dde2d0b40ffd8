"""What becomes of executions whose gateway was lost: each is told as it was, and none is run again."""

from __future__ import annotations

from collections.abc import Callable

from ..concurrency.completion import to_completion
from ..kernel import Outcome, TakenOverKernel
from ..store.database import patiently
from ..store.interpreter import InterpreterStore
from ..store.models import INTERRUPTED, NOT_RUN, ExecutionRecord, SessionRecord
from .execution import record_outcome, settle

LONGEST_SECONDS = 60.0
"""For what is told again of an execution that has ended."""


async def resume(
    store: InterpreterStore,
    running: list[ExecutionRecord],
    kernel: TakenOverKernel,
    note: Callable[[ExecutionRecord, Outcome], None] = lambda record, outcome: None,
) -> bool:
    """Write down what has become, or becomes, of executions: of those that were `left` in a session.

    The one that was begun is seen through to its end. The others were not, and never will be: of the gateway
    that had them nothing is heard any more where they were to run. So their keys are free. `note` may add to
    the record of the first.

    Returns whether its sandbox has nothing to keep any more for another gateway: see `settle`.
    """
    begun = kernel.begun
    at_work: ExecutionRecord | None = None
    for record in running:
        if begun is not None and record.id == begun.id:
            at_work = record
        else:
            record.status, record.errors = "failed", [NOT_RUN]
            # First: else who sends it again is told that it failed.
            await store.idempotency_keys.free_execution(record.id)
            await store.finish_execution(record)
    if begun is None or begun.settled:
        if at_work is not None:  # its end had yet to be written when its gateway was lost
            await fail(store, at_work)
        return True
    seconds = LONGEST_SECONDS if at_work is None else at_work.timeout_seconds
    try:
        outcome = await kernel.resume(seconds)
    except BaseException:
        if at_work is not None:
            await to_completion(fail(store, at_work))
        raise
    if (
        at_work is not None
    ):  # else its end was written down, and its gateway was lost before it said so
        record_outcome(outcome, at_work)
        note(at_work, outcome)
        await store.finish_execution(at_work)
    return settle(store, kernel, begun.id)


async def left(store: InterpreterStore, session: SessionRecord) -> list[ExecutionRecord]:
    """The executions that a lost gateway has left: to be asked before any other can follow them."""
    return await patiently(lambda: store.running(session.id))


async def settle_unknown(store: InterpreterStore, session: SessionRecord) -> None:
    """Of executions whose sandbox is gone as well nobody knows how far they came."""
    for record in await left(store, session):
        await fail(store, record)


async def fail(store: InterpreterStore, record: ExecutionRecord) -> None:
    record.status, record.errors = "failed", [INTERRUPTED]
    await store.finish_execution(record)
