"""The interpreter's operations, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from starlette.responses import Response

from cognitora_openapi.models import (
    Acknowledgement,
    InterpreterExecutionsResponse,
    SessionDetailsResponse,
    SessionList,
    SessionListResponse,
    SessionLogs,
    SessionLogsResponse,
    SessionResponse,
    StoredFile,
)

from ..http import event_stream
from ..http.errors import ApiError, not_found, too_many
from ..http.files import NOT_A_FILE, most_bytes, work_path
from ..http.filesystem import FilesystemHandlers, Found, is_wanted
from ..http.idempotency import Replay
from ..http.peers import InProgress
from ..http.request_limits import egress_of, environment_of, metadata_of
from ..http.requests import Call, FileBody
from ..http.responses import FileResponse, large_response, model_response
from ..settings import Settings
from ..store.interpreter import InterpreterStore
from . import files, output_stream, responses
from .admission import expiry_of, job_of, limits_of, seconds_of, session_of
from .execution import Execute, Execution, Job
from .one_shot import OneShots
from .output_queue import OutputQueue
from .session import session_gone
from .sessions import Sessions

SHOWN_EXECUTIONS = 100  # of a session's details; `list_session_executions` pages through all


class InterpreterHandlers:
    """Runs code and keeps sessions."""

    def __init__(
        self, sessions: Sessions, one_shots: OneShots, store: InterpreterStore, settings: Settings
    ) -> None:
        self._sessions = sessions
        self._one_shots = one_shots
        self._store = store
        self._settings = settings
        self.filesystem = FilesystemHandlers("session", self._place_of, settings)
        self._executions: set[Execution] = set()

    @property
    def count(self) -> int:
        """How many executions run, or wait for their turn."""
        return len(self._executions)

    async def execute_code(self, call: Call) -> Response:
        session = (
            await self._sessions.find(call.body["session_id"])
            if "session_id" in call.body
            else None
        )
        job = await job_of(call.body, session)
        execute = self._one_shots.execute if session is None else session.execute
        if self._store.shared:
            self._check_room(await self._store.count_running())
        if event_stream.wants_events(call.request):
            return await self._stream(job, execute, call)
        execution = self._start(job, execute, call)
        return await large_response(await responses.executed_in_slices(await execution.finish()))

    def replays(self) -> Mapping[str, Replay]:
        return {"execute_code": self.replay_code}

    async def replay_code(self, call: Call, execution_id: str) -> Response:
        """What `execute_code` has answered to a call before."""
        execution = await self._store.execution(execution_id)
        if execution is None:
            raise RuntimeError(f"the record {execution_id} of a key is missing")
        if execution.status == "running":  # for another gateway, or for one that was lost
            raise InProgress
        if event_stream.wants_events(call.request):
            return output_stream.replayed_stream(execution)
        return await large_response(await responses.executed_in_slices(execution))

    async def create_session(self, call: Call) -> Response:
        limits = limits_of(call.body.get("resources", {}))
        record = session_of(call.body, limits, self._settings.session_seconds)
        networking = call.body.get("networking", True)
        egress = egress_of(call.body, networking=networking)
        answer = model_response(SessionResponse(data=responses.session(record)))
        keep = self._store.idempotency_keys.keep_answer
        note = partial(keep, call.claim, record.id, answer.status_code, bytes(answer.body))
        await self._sessions.create(
            *(record, limits, environment_of(call.body)),
            networking=networking,
            egress=egress,
            note=note,
        )
        return answer

    async def list_sessions(self, call: Call) -> Response:
        wanted = metadata_of(call.query["metadata"]).items()
        active = await self._store.active_sessions()
        sessions = [responses.session(each) for each in active if wanted <= each.metadata.items()]
        return model_response(SessionListResponse(data=SessionList(sessions=sessions)))

    async def get_session(self, call: Call) -> Response:
        record = (await self._sessions.find(call.path["session_id"])).record
        page = await self._store.executions(session_id=record.id, limit=SHOWN_EXECUTIONS)
        found = SessionDetailsResponse(data=responses.details(record, page.next)).to_dict()
        found["data"]["executions"] = [
            await responses.execution_in_slices(each) for each in page.rows
        ]
        return await large_response(found)

    async def update_session(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        seconds = self._settings.session_seconds
        expires_at = expiry_of(call.body, datetime.now(UTC), seconds)
        await self._sessions.extend(session, expires_at, seconds_of(call.body))
        return model_response(SessionResponse(data=responses.session(session.record)))

    async def delete_session(self, call: Call) -> Response:
        session = await self._sessions.find(call.path["session_id"])
        await self._sessions.delete(session)
        message = f"Session {session.record.id} is deleted."
        return model_response(Acknowledgement(success=True, message=message))

    async def get_session_logs(self, call: Call) -> Response:
        session_id = await self._known_session(call)
        page = await self._store.logs(session_id, **call.query)
        entries = [responses.log_entry(each) for each in page.rows]
        found = SessionLogsResponse(data=SessionLogs(logs=entries, next=page.next))
        return await large_response(found.to_dict())

    async def list_session_executions(self, call: Call) -> Response:
        return await self._page(session_id=await self._known_session(call), **call.query)

    async def list_executions(self, call: Call) -> Response:
        return await self._page(**call.query)

    async def get_execution(self, call: Call) -> Response:
        execution_id = call.path["execution_id"]
        record = await self._store.execution(execution_id)
        if record is None:
            message = f"There is no execution {execution_id[:80]!r} here. Check the id."
            raise not_found("execution_not_found", message)
        return await large_response(await responses.execution_in_slices(record))

    async def upload_session_file(self, call: Call) -> Response:
        if is_wanted(call):
            return await self.filesystem.upload_file(call)
        path = work_path(call.query["path"], "path")
        session = await self._sessions.find(call.path["session_id"])
        folder = await session.work_folder()
        if folder is None:
            return await self.filesystem.upload_file(call)
        body = FileBody(call.request, self._settings.max_file_bytes)
        try:
            size = await files.write_stream(folder, path, body)
        except ApiError as error:
            if error.code != NOT_A_FILE or body.begun:
                raise
            return await self.filesystem.upload_file(call)
        return model_response(StoredFile(path=str(path), size=size))

    async def download_session_file(self, call: Call) -> Response:
        if is_wanted(call):
            return await self.filesystem.download_file(call)
        path = work_path(call.query["path"], "path")
        session = await self._sessions.find(call.path["session_id"])
        folder = await session.work_folder()
        if folder is None:
            return await self.filesystem.download_file(call)
        limit = most_bytes(self._settings.max_download_bytes, session.limits.storage_gb)
        try:
            file = files.open_file(folder, path, limit=limit)
        except ApiError as error:
            if error.code != NOT_A_FILE:
                raise
            return await self.filesystem.download_file(call)
        return FileResponse(file.pieces(), file.size, file.close)

    async def _stream(self, job: Job, execute: Execute, call: Call) -> Response:
        if call.claim is not None:
            call.claim.streamed = True
        queue = OutputQueue()
        execution = self._start(job, execute, call, queue)
        return await output_stream.live_stream(execution, queue, call.request)

    def _start(
        self, job: Job, execute: Execute, call: Call, queue: OutputQueue | None = None
    ) -> Execution:
        self._check_room(len(self._executions))
        execution = Execution(job, execute, call.claim, queue)
        self._executions.add(execution)
        execution.task.add_done_callback(lambda _: self._executions.discard(execution))
        return execution

    def _check_room(self, running: int) -> None:
        most = self._settings.max_executions
        if running >= most:
            message = f"No more executions than {most} run or wait here at a time."
            raise too_many("too_many_executions", f"{message} Ask again in a moment.", seconds=1)

    async def _page(self, *, outputs: bool | None, **choice: Any) -> Response:
        outputs = outputs is not False
        page = await self._store.executions(outputs=outputs, **choice)
        found = InterpreterExecutionsResponse(executions=[], next=page.next).to_dict()
        found["executions"] = [
            await responses.execution_in_slices(each, outputs=outputs) for each in page.rows
        ]
        return await large_response(found)

    async def _place_of(self, call: Call) -> Found:
        session = await self._sessions.find(call.path["session_id"])
        filesystem = (await session.kernel()).filesystem
        return Found(session, filesystem, session.limits.storage_gb, users=False)

    async def _known_session(self, call: Call) -> str:
        """A session's id, alive or not: its records stay readable."""
        session_id: str = call.path["session_id"]
        if await self._store.session(session_id) is None:
            raise session_gone(session_id, None)
        return session_id
