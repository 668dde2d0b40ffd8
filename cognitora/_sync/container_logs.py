# Derived from ../_async/container_logs.py by `make generate`: change that, not this.
"""What containers print: so far, and as it comes."""

from __future__ import annotations

import math
from collections.abc import Generator

from cognitora_openapi.api.compute import get_container_logs
from cognitora_openapi.operations import OPERATIONS

from .. import validation
from .._concurrency.threads import sleep
from ..config import positive_seconds
from ..deadline import Deadline
from ..errors import APITimeoutError, CognitoraError
from ..poll import LONGEST_PAUSE, Schedule
from ..sse import LogProgress
from ..statuses import is_final
from ..telemetry import tell_wait
from .container_files import ContainerFiles
from .response import EVENTS, JSON, SILENCE_SECONDS, as_they_happen


class ContainerLogs(ContainerFiles):
    """The part of the containers that reads what they print."""

    def follow_logs(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> Generator[str]:
        """Yields what a container prints, line by line, from the beginning until the container has ended.

        From a server that announces `streaming` the lines come as they are printed; of another it is asked
        after pauses of at most 5 s what there is by now. Leaving the loop, or closing the generator, closes
        the connection; the container goes on.

        Args:
            container_id: The container's id.
            request_timeout: Seconds for all of it; by default for as long as the container runs.

        Returns:
            The lines of standard output and standard error, as text, without their line ends.

        Raises:
            NotFoundError: There is no such container.
            StreamTruncatedError: It broke off, or `request_timeout` is over; `error.received` has the lines
                until then, the last of them perhaps unfinished.
            CognitoraError: It could not begin.
        """
        validation.identifier("container_id", container_id)
        if request_timeout is not None:
            positive_seconds("request_timeout", request_timeout)
        return self._follow(container_id, request_timeout)

    def _follow(self, container_id: str, request_timeout: float | None) -> Generator[str]:
        client, progress = self._client, LogProgress()
        client.ready()  # before the time begins
        end = Deadline(request_timeout or math.inf)
        # A server that was never heard may be one that streams.
        if "streaming" in client.features or not client.heard:
            silence = Deadline(max(SILENCE_SECONDS, client.config.timeout))
            answer = client.stream(
                OPERATIONS["get_container_logs"],
                get_container_logs.build_request(container_id)["url"],
                headers={"Accept": f"{EVENTS}, {JSON}"},
                deadline=end if request_timeout else silence,
            )
            with answer:
                if answer.has_events:
                    for line in as_they_happen(answer, progress, silence):
                        yield line
                    return
        schedule, taken, asked = Schedule(end, LONGEST_PAUSE), 0, False
        while not progress.ended:
            try:
                seconds = min(client.config.timeout, end.left())
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
