"""The client that the tasks of an evaluation share, as long as one of them goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ... import CognitoraAsync
from ...config import is_local


@dataclass
class _Shared:
    client: CognitoraAsync
    tasks: int = 0


_of_loops: dict[asyncio.AbstractEventLoop, _Shared] = {}


def begin_task() -> None:
    """Makes the client, if this is the first task."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loops:
        _of_loops[loop] = _Shared(CognitoraAsync.local() if is_local() else CognitoraAsync())
    _of_loops[loop].tasks += 1


def current() -> CognitoraAsync:
    """The client.

    Raises:
        RuntimeError: No task has begun.
    """
    shared = _of_loops.get(asyncio.get_running_loop())
    if shared is None:
        raise RuntimeError("No task has begun: call task_init first.")
    return shared.client


async def end_task() -> None:
    """Closes the client, and ends a runtime of its own, if this was the last task."""
    loop = asyncio.get_running_loop()
    shared = _of_loops[loop]
    shared.tasks -= 1
    if not shared.tasks:
        del _of_loops[loop]
        await shared.client.close()
