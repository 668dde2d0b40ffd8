"""Processes in the background, wherever they run."""

from __future__ import annotations

from .operations.processes import AsyncProcessesOperations
from .process import AsyncProcess


class AsyncProcesses(AsyncProcessesOperations):
    """Commands in the background of sessions and persistent containers; reached as `client.processes`.

    `start` of a session or a container starts one and returns its handle. Every method takes
    `request_timeout=` and raises a `CognitoraError` when the call fails: an `UnsupportedError` where the
    server has no processes, which it announces as `processes`.
    """

    async def attach(
        self, process_id: str, *, request_timeout: float | None = None
    ) -> AsyncProcess:
        """Takes hold of a process that was started before, by another program perhaps.

        Args:
            process_id: The process's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process. What it has printed before can be read from its beginning.

        Raises:
            NotFoundError: There is no such process.
            CognitoraError: The call failed otherwise.
        """
        info = await self.get_process(process_id, request_timeout=request_timeout)
        return AsyncProcess(self, info)
