"""Processes in the background of sessions."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.responses import Response

from ..http.errors import ApiError
from ..http.idempotency import Replay
from ..http.request_limits import check_command, environment_of, folder_of, one_user
from ..http.requests import Call
from ..http.responses import model_response
from ..kernel import Kernel, TakenOverKernel
from ..processes import responses
from ..processes.handlers import page
from ..processes.process import End, StartUnknown, end_of_code
from ..processes.registry import ProcessRegistry
from ..sandbox import NeverStarted, RunningCommand, SandboxError, StartUnanswered, Terminal
from ..store.database import patiently
from ..store.interpreter import InterpreterStore
from ..store.models import CANCELLED, FAILED, INTERRUPTED, NOT_STARTED
from .session import Session, session_gone
from .sessions import Sessions

WORK = "/work"
KILLED = 137
END_SECONDS = 0.5
"""What was killed may have been so with its kernel, whose end is known so much later."""


class SessionProcessHandlers:
    """Starts and lists processes."""

    def __init__(
        self, sessions: Sessions, store: InterpreterStore, processes: ProcessRegistry
    ) -> None:
        self._sessions = sessions
        self._store = store
        self._processes = processes

    def replays(self) -> Mapping[str, Replay]:
        return {"start_session_process": self.replay}

    async def start_session_process(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        launcher = await launcher_of(call.body, session)
        record = await self._processes.start(
            call.body, launcher, call.claim, session_id=session.record.id
        )
        return model_response(responses.process(record))

    async def take_over(self, session: Session, kernel: TakenOverKernel) -> None:
        """Go on with what runs in a session whose gateway was lost."""
        store = self._processes.store
        for record in await patiently(lambda: store.unfinished(session.record.id)):
            kept = await patiently(partial(store.outputs.kept, record.id))

            def start(
                _: Kernel, id: str, printed: int = kept.printed
            ) -> Coroutine[Any, Any, RunningCommand]:
                return kernel.command(id, printed)

            launcher = SessionLauncher(session, kernel, start)
            try:
                program = await launcher.start(record.id)
            except SandboxError as error:
                never = isinstance(error, NeverStarted)  # else its end was told to nobody else
                if never:
                    await store.idempotency_keys.free_execution(record.id)
                record.status, record.reason = FAILED, NOT_STARTED if never else INTERRUPTED
                record.completed_at = datetime.now(UTC)
                await store.update(record)
            else:
                self._processes.take_over(record, launcher, program, kept)

    async def replay(self, call: Call, process_id: str) -> Response:
        return model_response(responses.process(await self._processes.find(process_id)))

    async def list_session_processes(self, call: Call) -> Response:
        session_id = call.path["session_id"]
        if await self._store.session(session_id) is None:
            raise session_gone(session_id, None)
        return await page(self._processes, call.query, session_id=session_id)


async def launcher_of(body: Mapping[str, Any], session: Session) -> SessionLauncher:
    """How the process that a request asks for is started in its session.

    Raises:
        ApiError: 400, when no process can be started like this; what `Session.kernel` raises.
    """
    check_command(body["command"])
    if "user" in body:
        raise one_user()
    size = body.get("terminal")
    folder = posixpath.join(WORK, folder_of(body.get("working_directory")) or "")
    environment = environment_of(body)
    terminal = size and Terminal(size["rows"], size["columns"])

    def start(kernel: Kernel, id: str) -> Coroutine[Any, Any, RunningCommand]:
        return kernel.exec(
            body["command"],
            folder=folder,
            environment=environment,
            terminal=terminal,
            stdin=body.get("stdin", True),
            id=id,
        )

    return SessionLauncher(session, await session.kernel(), start)


class SessionLauncher:
    """Starts a process in a session, by `start`: with the kernel that it runs beside, and by its id."""

    def __init__(
        self,
        session: Session,
        kernel: Kernel,
        start: Callable[[Kernel, str], Coroutine[Any, Any, RunningCommand]],
    ) -> None:
        self._session = session
        self._kernel = kernel
        self._start = start

    async def start(self, id: str) -> RunningCommand:
        try:
            self._exec = await self._start(self._kernel, id)
        except StartUnanswered as error:
            raise StartUnknown(ApiError(503, "sandbox_unavailable", str(error))) from error
        return self._exec

    async def end(self) -> End:
        code = await self._exec.wait()
        if code == KILLED and not self._exec.killed:
            with suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await self._kernel.wait()
        if code and (reason := self._session.record.reason) is not None:
            return End(CANCELLED, f"The process ended with its session: {reason}.")
        if code and not self._kernel.alive:
            return End(
                CANCELLED, "The process ended with the state of its session, which was lost."
            )
        return end_of_code(code)
