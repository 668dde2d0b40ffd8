"""Runs a command of a session or a container to its end, or to a time-out."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import CognitoraError, ProcessResult, WaitTimeoutError

if TYPE_CHECKING:
    from .. import (
        AsyncContainer,
        AsyncInterpreterSession,
        AsyncProcess,
        Container,
        InterpreterSession,
        Process,
    )

    Sandbox: TypeAlias = AsyncInterpreterSession | AsyncContainer

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""The exit codes of a command that could not be started."""

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
    input: bytes | None = None,
    timeout: float | None = None,
    working_directory: str | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> Finished:
    """Runs a command. It is killed when its time is up, or its caller is cancelled.

    Args:
        sandbox: Where it runs.
        command: Its words.
        input: What it reads; by default nothing.
        timeout: Seconds it may take.
        working_directory: Where it starts; by default in the working folder.
        environment: Variables it has beside the sandbox's own.
        user: Who it runs as, in a container.

    Raises:
        CognitoraError: The call failed.
    """
    # Who is cancelled while it starts leaves none behind: the client sees to that.
    process = await sandbox.start(
        command,
        working_directory=working_directory,
        environment=environment,
        user=user,
        timeout_seconds=None if timeout is None else math.ceil(timeout) + GRACE_SECONDS,
        stdin=input is not None,
    )
    try:
        return Finished(await process.communicate(input or b"", timeout=timeout))
    except WaitTimeoutError as error:
        await process.kill()
        return Finished(error.last, timed_out=True)
    except BaseException:
        await asyncio.shield(to_the_end(_killed(process)))
        raise


async def run_in_threads(
    sandbox: InterpreterSession | Container,
    command: Sequence[str],
    *,
    timeout: float,
    input: bytes = b"",
    working_directory: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessResult:
    """The same for who has several event loops, and so a client that needs none.

    Its status is TIMEOUT where its time was up.
    """
    # A thread isn't cancelled: what it starts is waited for, and killed.
    starting = asyncio.ensure_future(
        asyncio.to_thread(
            sandbox.start,
            command,
            working_directory=working_directory,
            environment=environment,
            timeout_seconds=max(1, math.ceil(timeout)),
            stdin=bool(input),
        )
    )
    try:
        process = await asyncio.shield(starting)
        return await asyncio.to_thread(process.communicate, input)
    except asyncio.CancelledError:
        await asyncio.shield(to_the_end(_killed_in_a_thread(starting)))
        raise


def beside_code(reason: str | None, code: int | None) -> str | None:
    """The reason for which a command has ended, where it says more than the exit code."""
    plain = [f"The {what} ended with exit code {code}." for what in ("command", "process")]
    return None if reason in plain else reason


def why_not_run(ended: ProcessResult) -> str | None:
    """Why a command could not be started; None where it ran.

    A shell whose command can't be run says so; who says nothing was none.
    """
    code = ended.exit_code
    never_ran = code in (NOT_EXECUTABLE, NOT_FOUND) and not ended.pieces
    return beside_code(ended.info.reason, code) if never_ran else None


async def _killed_in_a_thread(starting: asyncio.Future[Process]) -> None:
    with suppress(CognitoraError):  # it could not be started, has ended, or its sandbox has
        await asyncio.to_thread((await starting).kill)


async def _killed(process: AsyncProcess) -> None:
    with suppress(CognitoraError):  # it has ended, or its sandbox has
        await process.kill()


def to_the_end(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Does something to the end, whatever becomes of the caller; who awaits it shields it."""
    task = asyncio.ensure_future(work)
    _goes_on.add(task)
    task.add_done_callback(_goes_on.discard)
    return task
