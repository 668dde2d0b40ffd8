"""Commands that callers have run in containers which stay up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ..concurrency.background_tasks import BackgroundTasks
from ..http import event_stream, files
from ..http.errors import too_many
from ..http.idempotency import Replay
from ..http.peers import InProgress
from ..http.request_limits import (
    MAX_SECONDS,
    bounded,
    check_command,
    environment_of,
    folder_of,
    user_of,
)
from ..http.requests import Call
from ..http.responses import model_response
from ..settings import Settings
from ..store.containers import ContainerStore
from . import command_stream, responses
from .command import Command, Job
from .registry import ContainerRegistry
from .running import RunningContainer
from .users import check_user

DEFAULT_SECONDS = 300  # that a command may run, where the request doesn't say


class CommandHandlers:
    """Runs commands in containers.

    Args:
        registry: where they run.
        store: where everything is written down.
        background_tasks: what sees them through to their end before the runtime ends.
        settings: how many run at once in one container, and how much is kept of what each prints.
    """

    def __init__(
        self,
        registry: ContainerRegistry,
        store: ContainerStore,
        background_tasks: BackgroundTasks,
        settings: Settings,
    ) -> None:
        self._registry = registry
        self._store = store
        self._background_tasks = background_tasks
        self._settings = settings
        self._running: Counter[str] = Counter()  # how many, by their container's id

    def replays(self) -> Mapping[str, Replay]:
        return {"execute_in_container": self.replay}

    async def execute_in_container(self, call: Call) -> Response:
        job = await job_of(call.body)
        running = await self._registry.find_running(call.path["container_id"])
        self._check_room(running.record.id)
        self._running[running.record.id] += 1
        try:
            await check_user(running, job.user)
        except BaseException:
            self._leave(running.record.id)
            raise
        limit = self._settings.max_log_bytes
        command = Command(job, running, self._store, claim=call.claim, limit=limit)
        command.start()
        self._background_tasks.start(self._see_through(command, running))
        if event_stream.wants_events(call.request):
            if call.claim is not None:
                call.claim.streamed = True
            return await command_stream.live_stream(command, self._store, call.request)
        record = await command.finish()
        return model_response(responses.executed(record, await self._store.outputs.read(record.id)))

    async def replay(self, call: Call, command_id: str) -> Response:
        """What `execute_in_container` has answered to a call before."""
        record = await self._store.command(command_id)
        if record is None:
            raise RuntimeError(f"the record {command_id} of a key is missing")
        if not record.ended:  # a runtime that was killed has left it so; it is being settled
            raise InProgress
        if event_stream.wants_events(call.request):
            return command_stream.replayed_stream(record, self._store)
        return model_response(responses.executed(record, await self._store.outputs.read(record.id)))

    def _check_room(self, container_id: str) -> None:
        most = self._settings.max_commands
        if self._running[container_id] >= most:
            message = f"No more commands than {most} are taken in a container at a time."
            raise too_many("too_many_commands", f"{message} Ask again in a moment.", seconds=1)

    async def _see_through(self, command: Command, running: RunningContainer) -> None:
        await command.over()
        self._leave(running.record.id)
        await running.tell_refused()

    def _leave(self, container_id: str) -> None:
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
        timeout_seconds=bounded("timeout_seconds", seconds, (1, MAX_SECONDS)),
        user=user_of(body),
        stdin=await files.stdin_of(body),
    )
