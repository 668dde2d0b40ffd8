# Derived from ../_async/container_logs.py by `make generate`: change that, not this.
"""What containers print: so far, and as it comes."""

from __future__ import annotations

import math
from collections.abc import Generator

from cognitora_openapi.api.compute import get_container_logs
from cognitora_openapi.operations import OPERATIONS

from .. import validation
from .._concurrency.threads import sleep
from ..deadline import Deadline, Silence
from ..errors import APITimeoutError, CognitoraError
from ..numbers import positive_seconds
from ..poll import LONGEST_PAUSE, Schedule
from ..sse import LogProgress
from ..statuses import is_final
from ..telemetry import tell_wait
from .container_files import ContainerFiles
from .response import EVENTS, JSON, as_they_happen


class ContainerLogs(ContainerFiles):
    """The part of the containers that reads what they print."""

    def follow_logs(
        self,
        container_id: str,
        *,
        timeout: float | None = None,
        request_timeout: float | None = None,
    ) -> Generator[str]:
        """Yields what a container prints, line by line, from the beginning until the container has ended.

        From a server that announces `streaming` the lines come as they are printed; of another it is asked
        after pauses of at most 5 s what there is by now. Leaving the loop, or closing the generator, closes
        the connection; the container goes on.

        Args:
            container_id: The container's id.
            timeout: Seconds until it must have ended; by default it is followed for as long as it runs.
            request_timeout: Seconds to wait for each answer of a server that can't stream, instead of the
                client's `timeout`.

        Returns:
            The lines of standard output and standard error, as text, without their line ends.

        Raises:
            NotFoundError: There is no such container.
            StreamTruncatedError: It broke off, or `timeout` is over; `error.received` has the lines
                until then, the last of them perhaps unfinished.
            CognitoraError: It could not begin.
        """
        validation.identifier("container_id", container_id)
        if timeout is not None:
            positive_seconds("timeout", timeout)
        usual = self._client.deadline(request_timeout).seconds
        return self._follow(container_id, timeout, usual)

    def _follow(self, container_id: str, timeout: float | None, usual: float) -> Generator[str]:
        client, progress = self._client, LogProgress()
        client.ready()  # before the time begins
        end = Deadline(timeout or math.inf)
        # A server that was never heard may be one that streams.
        if "streaming" in client.features or not client.heard:
            silence = Silence(client.config.timeout, end)
            answer = client.stream(
                OPERATIONS["get_container_logs"],
                get_container_logs.build_request(container_id)["url"],
                headers={"Accept": f"{EVENTS}, {JSON}"},
                deadline=silence,
            )
            with answer:
                if answer.has_events:
                    for line in as_they_happen(answer, progress, silence):
                        yield line
                    return
        schedule, taken, asked = Schedule(end, LONGEST_PAUSE), 0, False
        while not progress.ended:
            try:
                seconds = min(usual, end.left())
                # In this order: what is printed after the state was asked for is not missed.
                state = self.get_container(container_id, request_timeout=seconds)
                logs = self.get_container_logs(container_id, request_timeout=seconds)
            except CognitoraError as error:
                if not asked:
                    raise
                # A part of the call had but a part of its time, which means nothing to the caller.
                late = isinstance(error, APITimeoutError) and end.remaining() <= 0
                raise progress.broken(end.over() if late else error) from error
            asked, progress.ended = True, is_final(state.status)
            for line in progress.more(logs[taken:]):
                yield line
            taken = len(logs)
            pause = schedule.pause()
            if pause and not progress.ended:
                tell_wait("get_container_logs", container_id, state.status, pause)
                sleep(pause)
        for line in progress.last():
            yield line
