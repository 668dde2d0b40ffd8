# Derived from ../_async/processes.py by `make generate`: change that, not this.
"""Processes in the background, wherever they run."""

from __future__ import annotations

from .operations.processes import ProcessesOperations
from .process import Process


class Processes(ProcessesOperations):
    """Commands in the background of sessions and persistent containers; reached as `client.processes`.

    `start` of a session or a container starts one and returns its handle. Every method takes
    `request_timeout=` and raises a `CognitoraError` when the call fails: an `UnsupportedError` where the
    server has no processes, which it announces as `processes`.
    """

    def attach(self, process_id: str, *, request_timeout: float | None = None) -> Process:
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
        info = self.get_process(process_id, request_timeout=request_timeout)
        return Process(self, info)
