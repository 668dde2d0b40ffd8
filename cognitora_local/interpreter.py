"""The interpreter's operations, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response, StreamingResponse

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

from . import answers, files
from .call import Call, Handler, answer, read_pieces
from .errors import ApiError, bad_request, not_found, not_implemented
from .executions import Job, new_id
from .oneshots import OneShots
from .records import Records
from .rows import SessionRecord
from .sandbox import Limits
from .session import Session, gone
from .sessions import Sessions
from .settings import Settings

LANGUAGES = {"python"}
SHOWN_EXECUTIONS = 100  # of a session's details; `list_session_executions` pages through all
LEAST_MEMORY_MB = 64  # below it the Python process itself doesn't start


class Interpreter:
    """Runs code and keeps sessions."""

    def __init__(
        self, sessions: Sessions, oneshots: OneShots, records: Records, settings: Settings
    ) -> None:
        self._sessions = sessions
        self._oneshots = oneshots
        self._records = records
        self._settings = settings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "execute_code": self.execute_code,
            "create_session": self.create_session,
            "list_sessions": self.list_sessions,
            "get_session": self.get_session,
            "delete_session": self.delete_session,
            "get_session_logs": self.get_session_logs,
            "list_session_executions": self.list_session_executions,
            "upload_session_file": self.upload_session_file,
            "download_session_file": self.download_session_file,
            "list_executions": self.list_executions,
            "get_execution": self.get_execution,
        }

    async def execute_code(self, call: Call) -> Response:
        session = (
            self._sessions.find(call.body["session_id"]) if "session_id" in call.body else None
        )
        job = Job(
            code=call.body["code"],
            language=language_of(call.body, session),
            timeout_seconds=call.body.get("timeout_seconds", 60),
            networking=call.body.get("networking", True),
            environment=environment_of(call.body),
            files=files.uploads(call.body.get("files", [])),
        )
        execution = await (self._oneshots if session is None else session).run(job)
        return answer(answers.executed(execution))

    async def create_session(self, call: Call) -> Response:
        now = datetime.now(UTC)
        timeout = call.body.get("timeout_seconds")
        limits = limits_of(call.body.get("resources", {}))
        record = SessionRecord(
            id=new_id("ses"),
            language=language_of(call.body, None),
            created_at=now,
            expires_at=expiry_of(call.body, now, self._settings.session_seconds),
            timeout_seconds=None if timeout is None else int(timeout),
            resources={
                "cpu_cores": limits.cpu_cores,
                "memory_mb": limits.memory_mb,
                "storage_gb": limits.storage_gb,
            },
        )
        session = await self._sessions.create(record, limits, environment_of(call.body))
        return answer(SessionResponse(data=answers.session(session.record)))

    async def list_sessions(self, call: Call) -> Response:
        sessions = [answers.session(each) for each in self._records.active_sessions()]
        return answer(SessionListResponse(data=SessionList(sessions=sessions)))

    async def get_session(self, call: Call) -> Response:
        record = self._sessions.find(call.path["session_id"]).record
        executions = self._records.executions(session_id=record.id, limit=SHOWN_EXECUTIONS)
        return answer(SessionDetailsResponse(data=answers.details(record, executions)))

    async def delete_session(self, call: Call) -> Response:
        session = self._sessions.find(call.path["session_id"])
        await self._sessions.delete(session)
        message = f"Session {session.record.id} is deleted."
        return answer(Acknowledgement(success=True, message=message))

    async def get_session_logs(self, call: Call) -> Response:
        session_id = self._known_session(call)
        logs = self._records.logs(session_id, **call.query)
        entries = [answers.log_entry(each) for each in logs]
        return answer(SessionLogsResponse(data=SessionLogs(logs=entries)))

    async def list_session_executions(self, call: Call) -> Response:
        return self._page(session_id=self._known_session(call), **call.query)

    async def list_executions(self, call: Call) -> Response:
        return self._page(**call.query)

    async def get_execution(self, call: Call) -> Response:
        execution_id = call.path["execution_id"]
        record = self._records.execution(execution_id)
        if record is None:
            message = f"There is no execution {execution_id!r} here. Check the id."
            raise not_found("execution_not_found", message)
        return answer(answers.execution(record))

    async def upload_session_file(self, call: Call) -> Response:
        path = files.work_path(call.query["path"], "path")
        session = self._sessions.find(call.path["session_id"])
        folder = await session.work_folder()
        pieces = read_pieces(call.request, self._settings.max_file_bytes)
        size = await files.write_stream(folder, path, pieces)
        return answer(StoredFile(path=str(path), size=size))

    async def download_session_file(self, call: Call) -> Response:
        path = files.work_path(call.query["path"], "path")
        session = self._sessions.find(call.path["session_id"])
        file = files.open_file(await session.work_folder(), path)
        return StreamingResponse(
            file.pieces(),
            media_type="application/octet-stream",
            headers={"Content-Length": str(file.size)},
        )

    def _page(self, **choice: Any) -> Response:
        executions = [answers.execution(each) for each in self._records.executions(**choice)]
        return answer(InterpreterExecutionsResponse(executions=executions))

    def _known_session(self, call: Call) -> str:
        """A session's id, alive or not: its records stay readable."""
        session_id: str = call.path["session_id"]
        if self._records.session(session_id) is None:
            raise gone(session_id, None)
        return session_id


def language_of(body: Mapping[str, Any], session: Session | None) -> str:
    """The language to run; a session's own where the request names none."""
    language: str = body.get("language", session.record.language if session else "python")
    if session is not None and language != session.record.language:
        theirs = session.record.language
        message = f"Session {session.record.id} runs {theirs}, not {language}."
        advice = f"Send {theirs}, or create a session for {language}."
        raise ApiError(409, "language_mismatch", f"{message} {advice}")
    if language not in LANGUAGES:
        raise not_implemented(f"This runtime doesn't run {language} yet; it runs python.")
    return language


def environment_of(body: Mapping[str, Any]) -> dict[str, str]:
    environment: dict[str, str] = body.get("environment", {})
    for name, value in environment.items():
        if "=" in name or "\0" in name + value:
            # Its value may be a secret, and isn't repeated.
            raise bad_request(
                f"The environment variable {name[:80]!r} can't be set: "
                "a name may hold no `=`, and neither a name nor a value a NUL."
            )
    return environment


def limits_of(resources: Mapping[str, Any]) -> Limits:
    default = Limits()
    memory = int(resources.get("memory_mb", default.memory_mb))
    if memory < LEAST_MEMORY_MB:
        message = f"`resources.memory_mb` must be at least {LEAST_MEMORY_MB} here; it is {memory}."
        raise bad_request(message)
    return Limits(
        cpu_cores=float(resources.get("cpu_cores", default.cpu_cores)),
        memory_mb=memory,
        storage_gb=resources.get("storage_gb"),
    )


def expiry_of(body: Mapping[str, Any], now: datetime, default_seconds: int) -> datetime:
    """When a session ends: at the earlier of `expires_at` and `timeout_seconds` from now."""
    ends: list[datetime] = []
    if "expires_at" in body:
        ends.append(datetime.fromisoformat(body["expires_at"]).astimezone(UTC))
        if ends[0] <= now:
            raise bad_request(f"`expires_at` is past: {body['expires_at']}. Give a later time.")
    if "timeout_seconds" in body or not ends:
        try:
            ends.append(now + timedelta(seconds=body.get("timeout_seconds", default_seconds)))
        except OverflowError:
            message = "`timeout_seconds` is beyond the end of the calendar. Give a smaller one."
            raise bad_request(message) from None
    return min(ends)
