"""Waiting for containers to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cognitora_openapi.api.compute import get_container
from cognitora_openapi.types import UNSET

from .. import parsing, progress, validation
from .._concurrency.tasks import async_sleep, async_to_the_end
from ..deadline import GRACE_SECONDS, RUN_SECONDS, Deadline
from ..errors import CognitoraError, WaitTimeoutError
from ..numbers import positive_seconds, whole_seconds
from ..poll import Schedule
from ..results import Execution, RunResult
from ..sandbox_text import InnerPath
from ..statuses import is_final
from ..telemetry import tell_wait
from .cleanup import undone
from .container_logs import AsyncContainerLogs

GOES_ON = "It goes on: wait again, or cancel_container(…)."


class AsyncContainerWaiting(AsyncContainerLogs):
    """The part of the containers that waits for their end."""

    async def wait_for_completion(
        self,
        container_id: str,
        timeout_seconds: float = 300,
        poll_interval: float = 5,
        *,
        request_timeout: float | None = None,
    ) -> Execution:
        """Waits until a container has ended, well or not.

        Asks often at first and then ever less, down to once in `poll_interval`; where the server can
        hold back its answer until then, it does.

        Args:
            container_id: The container's id.
            timeout_seconds: How long to wait, in seconds. The container is left alone in any case.
            poll_interval: The longest pause between two questions, in seconds.
            request_timeout: Seconds to wait for each answer, instead of the client's `timeout`.

        Returns:
            The container in its final state; `.ok` says whether it ended well, `.reason` why it did not.

        Raises:
            WaitTimeoutError: It has not ended in time; `error.last` is how it stood.
            NotFoundError: There is no such container.
            CognitoraError: A question failed otherwise.
        """
        deadline = Deadline(positive_seconds("timeout_seconds", timeout_seconds))
        longest = positive_seconds("poll_interval", poll_interval)
        last = await self._watch(container_id, deadline, longest, request_timeout)
        if last is None or not is_final(last.status):
            raise _late(container_id, deadline, last, GOES_ON, is_retryable=True)
        return last

    async def run_and_wait(
        self,
        image: str,
        command: Sequence[InnerPath],
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        *,
        networking: bool | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        egress: Sequence[str] | None = None,
        poll_interval: float = 5,
        cancel_on_failure: bool = True,
        request_timeout: float | None = None,
    ) -> RunResult:
        """Runs a container to its end.

        If the waiting fails, runs out of time or is interrupted, the container is cancelled.

        Args:
            image: The image, such as `"docker.io/library/python:3.11-slim"`.
            command: The command and its arguments, a list of words.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            networking: Whether the container may reach the internet; None means False.
            timeout_seconds: How long it may run, in seconds, by default 300.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            environment: Environment variables.
            storage_gb: Storage in GiB; by default the service's own (the local runtime: no limit).
            gpu_count: GPUs, by default none.
            egress: What of the outside it may reach with networking, as `create_container` has it.
            poll_interval: The longest pause between two questions for its state, in seconds.
            cancel_on_failure: Whether to cancel it when the waiting fails.
            request_timeout: Seconds for all of it, instead of `timeout_seconds` + 30.

        Returns:
            The container in its final state as `.execution`, what it printed as `.logs`; `.ok` says whether
            it ended well, `.raise_for_error()` raises an error where it did not.

        Raises:
            WaitTimeoutError: It has not ended in time; `error.last` is how it stood.
            CognitoraError: The call failed otherwise. If the container had ended, and only what it
                printed could not be fetched, `error.last` is its final state.
        """
        if timeout_seconds is None:
            usual = RUN_SECONDS["create_container"] + GRACE_SECONDS
        else:
            usual = whole_seconds("timeout_seconds", timeout_seconds) + GRACE_SECONDS
        deadline = self._client.deadline(request_timeout, usual)
        longest = positive_seconds("poll_interval", poll_interval)

        async def discard(container: Execution) -> str:
            if not cancel_on_failure:
                return GOES_ON
            return await undone(self.cancel_container, "container", container.id)

        with deadline.shared():
            container = await self.create_container(
                image,
                command,
                cpu_cores,
                memory_mb,
                max_cost_credits,
                networking,
                timeout_seconds=timeout_seconds,
                expires_at=expires_at,
                environment=environment,
                storage_gb=storage_gb,
                gpu_count=gpu_count,
                egress=egress,
                request_timeout=min(deadline.left(), self._client.config.timeout),
            )
        try:
            last = await self._watch(container.id, deadline, longest, None) or container
        except BaseException as error:
            fate = await async_to_the_end(discard, container)
            error.add_note(f"Container {container.id}: {fate}")
            raise
        if not is_final(last.status):
            fate = await async_to_the_end(discard, container)
            raise _late(container.id, deadline, last, fate, is_retryable=not cancel_on_failure)
        try:
            # Like the last look, this may take a moment beyond the deadline.
            seconds = min(self._client.config.timeout, max(1.0, deadline.remaining()))
            logs = await self.get_container_logs(container.id, request_timeout=seconds)
        except CognitoraError as error:
            error.last = last
            error.add_note(f"Container {container.id} has ended as {last.status}: see error.last.")
            raise
        return RunResult(last, logs)

    async def _watch(
        self,
        container_id: str,
        deadline: Deadline,
        longest: float,
        request_timeout: float | None,
    ) -> Execution | None:
        """Looks at a container until it has ended or the time is over; its last state that was seen."""
        schedule = Schedule(deadline, longest, lambda: "wait" in self._client.features)
        last: Execution | None = None
        container_id = validation.identifier("container_id", container_id)
        with progress.told(f"Container {container_id}") as bar:
            while True:
                try:
                    last = await self._look(container_id, schedule.ask(), deadline, request_timeout)
                except CognitoraError as error:
                    if not schedule.goes_on(error):
                        raise
                pause = schedule.pause()
                if pause is None or (last is not None and is_final(last.status)):
                    return last
                status = last.status if last else None
                bar.say(status or "")
                tell_wait("get_container", container_id, status, pause)
                if pause:
                    await async_sleep(pause)

    async def _look(
        self, container_id: str, hold: int, deadline: Deadline, request_timeout: float | None
    ) -> Execution:
        built = get_container.build_request(
            validation.identifier("container_id", container_id),
            wait_seconds=hold or UNSET,
        )
        seconds = self._client.deadline(request_timeout).seconds + hold
        # The last answer may still come a moment after the deadline of the wait.
        seconds = min(seconds, max(1.0, deadline.remaining()))
        response = await self._client.call("get_container", built, seconds)
        return parsing.one(response, Execution)


def _late(
    container_id: str,
    deadline: Deadline,
    last: Execution | None,
    fate: str,
    *,
    is_retryable: bool,
) -> WaitTimeoutError:
    status = last.status if last is not None else "unknown"
    return WaitTimeoutError(
        f"Container {container_id} has not ended within {deadline.seconds:g} s; its status was "
        f"{status}. {fate}",
        last=last,
        operation="get_container",
        is_retryable=is_retryable,
        may_have_run=True,
    )
