"""Processes in the background of persistent containers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ..engine import ContainerGone, EngineError, RunningExec
from ..http.idempotency import Replay
from ..http.request_limits import check_command, environment_of, folder_of, user_of
from ..http.requests import Call
from ..http.responses import model_response
from ..processes import responses
from ..processes.handlers import page
from ..processes.process import End, StartUnknown
from ..processes.registry import ProcessRegistry
from ..sandbox import Program, Terminal
from .command import end_of, ended_container
from .lazy_engine import engine_unavailable
from .refusals import not_running
from .registry import ContainerRegistry
from .users import check_user

if TYPE_CHECKING:
    from .running import RunningContainer


class ContainerProcessHandlers:
    """Starts and lists processes."""

    def __init__(self, containers: ContainerRegistry, processes: ProcessRegistry) -> None:
        self._containers = containers
        self._processes = processes

    def replays(self) -> Mapping[str, Replay]:
        return {"start_container_process": self.replay}

    async def start_container_process(self, call: Call) -> Response:
        running = await self._containers.find_running(call.path["container_id"])
        record = await self._processes.start(
            call.body,
            ContainerLauncher(running, call.body),
            call.claim,
            container_id=running.record.id,
            check=partial(check_user, running, user_of(call.body)),
        )
        return model_response(responses.process(record))

    async def replay(self, call: Call, process_id: str) -> Response:
        return model_response(responses.process(await self._processes.find(process_id)))

    async def list_container_processes(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        await self._containers.record(container_id)
        return await page(self._processes, call.query, container_id=container_id)


class ContainerLauncher:
    """Starts a process in a container.

    Args:
        running: the container.
        body: what is asked for. Raises ApiError, 400, when no process can be started like this.
    """

    def __init__(self, running: RunningContainer, body: Mapping[str, Any]) -> None:
        assert running.inner is not None
        check_command(body["command"])
        size = body.get("terminal")
        self._stdin = body.get("stdin", True)
        self._running = running
        self._start = partial(
            running.inner.execute,
            body["command"],
            folder=folder_of(body.get("working_directory")),
            environment=environment_of(body),
            user=user_of(body),
            stdin=self._stdin or size is not None,
            terminal=size and Terminal(size["rows"], size["columns"]),
        )

    async def start(self, id: str) -> Program:
        try:
            self._exec: RunningExec = await self._start()
        except ContainerGone:
            raise not_running(await ended_container(self._running)) from None
        except EngineError as error:  # it may have begun all the same, whatever the engine says
            raise StartUnknown(engine_unavailable(error)) from error
        if not self._stdin:
            await self._exec.close_stdin()
        return self._exec

    async def end(self) -> End:
        found = await end_of(self._exec, self._running)
        return End(found.status, found.reason, found.exit_code)
