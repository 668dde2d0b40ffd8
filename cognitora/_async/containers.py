"""The containers platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .container import AsyncContainer
from .container_waiting import AsyncContainerWaiting

if TYPE_CHECKING:
    from ..results import Execution
    from ..sandbox_text import InnerPath


class AsyncContainers(AsyncContainerWaiting):
    """Runs containers, once or until they are ended; reached as `client.containers`.

    Every method takes `request_timeout=` and raises a `CognitoraError` when the call fails, as those of
    `client.code_interpreter` do.
    """

    def container(
        self,
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncContainer:
        """A persistent container for a `with` block: started on entering, cancelled on every way out.

        The arguments are those of `create_persistent_container`.

        Args:
            image: The image, such as `"docker.io/library/python:3.11-slim"`.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            command: A command to start with, a list of words; without one the container stays up.
            timeout_seconds: How long it lives at most, in seconds; by default one day.
            expires_at: When it ends at the latest, instead: a datetime with a time zone, or text.
            environment: Environment variables.
            storage_gb: Storage in GiB; by default the service's own (the local runtime: no limit).
            gpu_count: GPUs, by default none.
            networking: Whether the container may reach the internet; None means False.
            metadata: Words of your own about it, by name; lists can be filtered by them.
            egress: What of the outside it may reach with networking, as `create_container` has it.
            request_timeout: Seconds to wait for it to be accepted, instead of the client's `timeout`.

        Returns:
            The container, with `run`, `logs`, `follow_logs`, `upload`, `download`, `update` and `close`.
        """

        async def create() -> Execution:
            return await self.create_persistent_container(
                image,
                cpu_cores,
                memory_mb,
                max_cost_credits,
                command,
                timeout_seconds,
                expires_at,
                environment,
                storage_gb,
                gpu_count,
                networking,
                metadata=metadata,
                egress=egress,
                request_timeout=request_timeout,
            )

        return AsyncContainer(self, create)

    async def attach(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> AsyncContainer:
        """Takes hold of a container that lives already, by whomever it was made.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container, open. It goes on unless it is closed, as by leaving a `with` block of it.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        found = await self.get_container(container_id, request_timeout=request_timeout)

        async def known() -> Execution:
            return found

        return await AsyncContainer(self, known).open()
