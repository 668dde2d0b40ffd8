"""Runs a command of a session or a container to its end, or to a time-out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import CognitoraError, OutputPiece, ProcessResult

if TYPE_CHECKING:
    from .. import AsyncContainer, AsyncInterpreterSession, AsyncProcess

    Sandbox: TypeAlias = AsyncInterpreterSession | AsyncContainer

GRACE_SECONDS = 30
"""How long after its time-out the sandbox itself stops a command, should nobody else have."""

_goes_on: set[asyncio.Task[Any]] = set()
"""What is seen to when its caller has been cancelled."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended.

    Attributes:
        result: what it printed, and how it ended.
        timed_out: whether it was stopped because its time was up.
    """

    result: ProcessResult
    timed_out: bool = False


async def run(
    sandbox: Sandbox,
    command: Sequence[str],
    *,
    timeout: float | None = None,
    working_directory: str | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> Finished:
    """Runs a command with nothing to read. It is killed when its time is up, or its caller is cancelled.

    Args:
        sandbox: Where it runs.
        command: Its words.
        timeout: Seconds it may take.
        working_directory: Where it starts; by default in the working folder.
        environment: Variables it has beside the sandbox's own.
        user: Who it runs as, in a container.

    Raises:
        CognitoraError: The call failed.
    """
    starting = asyncio.ensure_future(
        sandbox.start(
            command,
            working_directory=working_directory,
            environment=environment,
            user=user,
            timeout_seconds=None if timeout is None else math.ceil(timeout) + GRACE_SECONDS,
            stdin=False,
        )
    )
    pieces: list[OutputPiece] = []
    try:
        async with asyncio.timeout(timeout):
            process = await asyncio.shield(starting)
            async with aclosing(process.output()) as output:
                async for piece in output:
                    pieces.append(piece)  # noqa: PERF401  # what there is by a time-out stays
    except TimeoutError:
        if timeout is None:
            raise
        process = await starting
        await process.kill()
        return Finished(ProcessResult(process.info, pieces), timed_out=True)
    except BaseException:
        _see_to(_killed(starting))
        raise
    return Finished(ProcessResult(process.info, pieces))


async def _killed(starting: asyncio.Future[AsyncProcess]) -> None:
    with suppress(CognitoraError):  # it has ended, or its sandbox has
        await (await starting).kill()


def _see_to(work: Coroutine[Any, Any, None]) -> None:
    """Does something to the end, whatever becomes of the caller."""
    task = asyncio.ensure_future(work)
    _goes_on.add(task)
    task.add_done_callback(_goes_on.discard)
