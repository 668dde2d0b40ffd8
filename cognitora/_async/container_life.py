"""Starting containers, and ending those that nobody waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, overload

from cognitora_openapi.api.compute import create_container
from cognitora_openapi.models import ComputeExecutionRequest, PersistentContainerRequest

from .. import answers, checks, requests
from ..checks import given
from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, NotFoundError
from ..leftovers import remains
from ..requests import ContainerRequest
from ..results import Execution
from ..tasks import async_acquire
from .operations.compute import AsyncComputeOperations


class AsyncContainerLife(AsyncComputeOperations):
    """The part of the containers that starts and ends them."""

    @overload
    async def create_container(
        self, image: ContainerRequest, *, request_timeout: float | None = None
    ) -> Execution: ...

    @overload
    async def create_container(
        self,
        image: str,
        command: Sequence[str] | None,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        networking: bool | None = None,
        *,
        persistent: bool = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...

    async def create_container(
        self,
        image: str | ContainerRequest,
        command: Sequence[str] | None = None,
        cpu_cores: float | None = None,
        memory_mb: int | None = None,
        max_cost_credits: int | None = None,
        networking: bool | None = None,
        *,
        persistent: bool = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        request_timeout: float | None = None,
    ) -> Execution:
        """Starts a container and returns at once.

        Args:
            image: The image, such as `"docker.io/library/python:3.11-slim"`. Or a request object, which
                says all but `request_timeout`.
            command: The command and its arguments, a list of words; None only if `persistent`.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            networking: Whether the container may reach the internet; None means False.
            persistent: Whether it stays up when its command has ended.
            timeout_seconds: How long it may run, in seconds: by default 300, if persistent one day.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            environment: Environment variables.
            storage_gb: Storage in GiB; by default the service's own (the local runtime: no limit).
            gpu_count: GPUs, by default none.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container; its `id` is what the other methods take.

        Raises:
            CognitoraError: The call failed; `may_have_run` says whether it may have been started.
        """
        if isinstance(image, ContainerRequest):
            requests.alone(
                command=command,
                cpu_cores=cpu_cores,
                memory_mb=memory_mb,
                max_cost_credits=max_cost_credits,
                networking=networking,
                persistent=persistent or None,
                timeout_seconds=timeout_seconds,
                expires_at=expires_at,
                environment=environment,
                storage_gb=storage_gb,
                gpu_count=gpu_count,
            )
            request = image
        else:
            request = _request(
                persistent=persistent,
                command=command,
                image=image,
                cpu_cores=cpu_cores,
                memory_mb=memory_mb,
                max_cost_credits=max_cost_credits,
                networking=False if networking is None else networking,
                timeout_seconds=given(timeout_seconds),
                expires_at=given(expires_at),
                environment=given(environment),
                storage_gb=given(storage_gb),
                gpu_count=given(gpu_count),
            )
        built = create_container._get_kwargs(body=requests.container(request))

        async def create() -> Execution:
            response = await self._wire.call("create_container", built, request_timeout)
            return answers.one(response, Execution)

        async def discard(container: Execution) -> str:
            fate = await self._discard(container)
            return f"Container {container.id}: {fate}"

        return await async_acquire(create, discard)

    async def create_persistent_container(
        self,
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[str] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Execution:
        """Starts a container that stays up until it is cancelled or expires, and returns at once.

        `container` does the same and cancels it in the end.

        Args:
            image: The image, such as `"docker.io/library/python:3.11-slim"`.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            command: A command to start with, a list of words; without one the container stays up.
            timeout_seconds: How long it lives, in seconds; by default one day.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            environment: Environment variables.
            storage_gb: Storage in GiB; by default the service's own (the local runtime: no limit).
            gpu_count: GPUs, by default none.
            networking: Whether the container may reach the internet; None means False.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container.

        Raises:
            CognitoraError: The call failed; `may_have_run` says whether it may have been started.
        """
        return await self.create_container(
            image,
            command,
            cpu_cores,
            memory_mb,
            max_cost_credits,
            networking,
            persistent=True,
            timeout_seconds=timeout_seconds,
            expires_at=expires_at,
            environment=environment,
            storage_gb=storage_gb,
            gpu_count=gpu_count,
            request_timeout=request_timeout,
        )

    async def _discard(self, container: Execution) -> str:
        """Cancels a container that nobody waits for any more; what has become of it, as a sentence."""
        try:
            await self.cancel_container(container.id, request_timeout=CLEANUP_SECONDS)
        except NotFoundError:
            return "It is gone."
        except CognitoraError as error:
            return remains("container", container.id, error)
        return "It was cancelled."


def _request(*, persistent: bool, command: Sequence[str] | None, **fields: Any) -> ContainerRequest:
    if checks.boolean("persistent", persistent):
        return PersistentContainerRequest(persistent=True, command=given(command), **fields)
    return ComputeExecutionRequest(command=checks.words("command", command), **fields)
