"""Sessions: sandboxes that keep variables, imports and files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from cognitora_openapi.api.interpreter import (
    create_session,
    delete_session,
    get_session,
    get_session_logs,
    list_sessions,
)
from cognitora_openapi.models import CreateSessionRequest, Session, SessionDetails, SessionLogEntry

from .. import answers, checks, requests
from ..checks import given
from ..deadline import CLEANUP_SECONDS
from ..errors import CognitoraError, NotFoundError
from ..leftovers import remains
from ..tasks import async_acquire
from .pages import walk
from .service import AsyncService

if TYPE_CHECKING:
    from cognitora_openapi.models import Language, SessionResourcesRequest


class AsyncSessions(AsyncService):
    """The part of the interpreter that keeps sessions."""

    async def create_session(
        self,
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session:
        """Creates a session: a sandbox that keeps variables, imports and files until it ends.

        `session` does the same and deletes it in the end.

        Args:
            language: The one language of the session.
            timeout_seconds: How long the session lives, in seconds; by default one day.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            environment: Environment variables of the session.
            resources: What it may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB).
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session; its `session_id` is what `execute` takes.

        Raises:
            CognitoraError: The call failed.
        """
        request = CreateSessionRequest(
            language=given(language),
            timeout_seconds=given(timeout_seconds),
            expires_at=given(expires_at),
            environment=given(environment),
            resources=given(resources),
        )
        return await self.create_session_request(request, request_timeout=request_timeout)

    async def create_session_request(
        self, request: CreateSessionRequest, *, request_timeout: float | None = None
    ) -> Session:
        """Creates a session that is described by a request object: `create_session` in another form.

        Args:
            request: The session.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session.

        Raises:
            CognitoraError: The call failed.
        """
        built = create_session._get_kwargs(body=requests.session(request))

        async def create() -> Session:
            response = await self._wire.call("create_session", built, request_timeout)
            return answers.one(response, Session, "data")

        return await async_acquire(create, self._discard)

    async def _discard(self, session: Session) -> str:
        """Deletes a session that nobody waits for any more; what has become of it, as a sentence."""
        name = session.session_id
        try:
            await self.delete_session(name, request_timeout=CLEANUP_SECONDS)
        except NotFoundError:
            fate = "It is gone."
        except CognitoraError as error:
            fate = remains("session", name, error)
        else:
            fate = "It was deleted."
        return f"Session {name}: {fate}"

    async def list_sessions(self, *, request_timeout: float | None = None) -> list[Session]:
        """Lists the active sessions of the account, the newest first.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions.

        Raises:
            CognitoraError: The call failed.
        """
        response = await self._wire.call(
            "list_sessions", list_sessions._get_kwargs(), request_timeout
        )
        return answers.many(response, Session, "data", "sessions")

    async def iter_sessions(
        self, *, request_timeout: float | None = None
    ) -> AsyncGenerator[Session]:
        """Iterates over the active sessions, the newest first. The service gives them in one page.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions.
        """
        for session in await self.list_sessions(request_timeout=request_timeout):
            yield session

    async def get_session(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> SessionDetails:
        """Gets a session with its executions, the newest first.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The session.

        Raises:
            NotFoundError: There is no such session, or no longer.
            CognitoraError: The call failed otherwise.
        """
        built = get_session._get_kwargs(checks.identifier("session_id", session_id))
        response = await self._wire.call("get_session", built, request_timeout)
        return answers.one(response, SessionDetails, "data")

    async def delete_session(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> bool:
        """Ends a session: stops what runs in it and removes its files.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such session, or no longer.
            CognitoraError: The call failed otherwise.
        """
        built = delete_session._get_kwargs(checks.identifier("session_id", session_id))
        await self._wire.call("delete_session", built, request_timeout)
        return True

    async def get_session_logs(
        self,
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        request_timeout: float | None = None,
    ) -> list[SessionLogEntry]:
        """Lists what was printed and raised in a session, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries at most, up to 1000.
            offset: How many entries to pass over.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The entries.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        limit, offset = checks.page(limit, offset)
        built = get_session_logs._get_kwargs(
            checks.identifier("session_id", session_id), limit=limit, offset=offset
        )
        response = await self._wire.call("get_session_logs", built, request_timeout)
        return answers.many(response, SessionLogEntry, "data", "logs")

    def iter_session_logs(
        self, session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[SessionLogEntry]:
        """Iterates over all log entries of a session, the newest first, page by page.

        Args:
            session_id: The session's id.
            page_size: How many entries to fetch at a time, up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The entries.
        """
        session_id = checks.identifier("session_id", session_id)
        return walk(
            self._wire,
            "get_session_logs",
            partial(get_session_logs._get_kwargs, session_id),
            lambda response: answers.many(response, SessionLogEntry, "data", "logs"),
            page_size,
            request_timeout,
        )
