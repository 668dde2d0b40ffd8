"""Commands that callers have run in containers which stay up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ..concurrency.background_tasks import Chores
from ..http import files
from ..http.errors import bad_request, too_many
from ..http.idempotency import Replay, in_progress
from ..http.request_limits import MAX_SECONDS, environment_of, within
from ..http.requests import Call, Handler
from ..http.responses import answer
from ..settings import Settings
from ..store.containers import ComputeRecords
from . import responses
from .admission import check_command
from .command import Job, Run
from .registry import Containers

DEFAULT_SECONDS = 300  # that a command may run, where the request doesn't say


class Commands:
    """Runs commands in containers.

    Args:
        containers: where they run.
        records: where everything is written down.
        chores: what sees them through to their end before the runtime ends.
        settings: how many run at once in one container, and how much is kept of what each prints.
    """

    def __init__(
        self, containers: Containers, records: ComputeRecords, chores: Chores, settings: Settings
    ) -> None:
        self._containers = containers
        self._records = records
        self._chores = chores
        self._settings = settings
        self._running: Counter[str] = Counter()  # how many, by their container's id

    def handlers(self) -> Mapping[str, Handler]:
        return {"execute_in_container": self.execute_in_container}

    def replays(self) -> Mapping[str, Replay]:
        return {"execute_in_container": self.replay}

    async def execute_in_container(self, call: Call) -> Response:
        job = await job_of(call.body)
        live = await self._containers.running(call.path["container_id"])
        self._check_room(live.record.id)
        limit = self._settings.max_log_bytes
        run = Run(job, live, self._records, claim=call.claim, limit=limit)
        run.start()
        self._running[live.record.id] += 1
        self._chores.start(self._see_through(run, live.record.id))
        record = await run.finish()
        return answer(responses.executed(record, await self._records.printed(record.id)))

    async def replay(self, call: Call, command_id: str) -> Response:
        """What `execute_in_container` has answered to a call before."""
        record = await self._records.command(command_id)
        if record is None:
            raise RuntimeError(f"the record {command_id} of a key is missing")
        if not record.ended:  # a runtime that was killed has left it so; it is being settled
            raise in_progress()
        return answer(responses.executed(record, await self._records.printed(record.id)))

    def _check_room(self, container_id: str) -> None:
        most = self._settings.max_commands
        if self._running[container_id] >= most:
            message = f"{most} commands run in this container, and no more are taken at a time."
            raise too_many("too_many_commands", f"{message} Ask again in a moment.", seconds=1)

    async def _see_through(self, run: Run, container_id: str) -> None:
        await run.over()
        self._running[container_id] -= 1
        if not self._running[container_id]:
            del self._running[container_id]


async def job_of(body: Mapping[str, Any]) -> Job:
    """The command that a request asks for.

    Raises:
        ApiError: 400, when no process can be started like this.
    """
    check_command(body["command"])
    seconds = body.get("timeout_seconds", DEFAULT_SECONDS)
    return Job(
        command=body["command"],
        folder=folder_of(body.get("working_directory")),
        environment=environment_of(body),
        files=await files.uploads(body.get("files", [])),
        timeout_seconds=within("timeout_seconds", seconds, (1, MAX_SECONDS)),
    )


def folder_of(name: str | None) -> str | None:
    """`working_directory`. It is looked up inside the container, so it may be any path there."""
    if name is None:
        return None
    if "\0" in name:
        raise bad_request("`working_directory` has a NUL in it. Leave it out.", "invalid_path")
    if len(name.encode()) > files.PATH_BYTES:
        message = f"`working_directory` has more than {files.PATH_BYTES} bytes. Give a shorter one."
        raise bad_request(message, "invalid_path")
    return name
