"""The plain operations of the interpreter service, written by `make generate`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

from cognitora_openapi.api.interpreter import (
    delete_session,
    get_execution,
    get_session,
    get_session_logs,
    list_executions,
    list_session_executions,
    list_sessions,
)
from cognitora_openapi.models import Session, SessionDetails, SessionLogEntry

from ... import answers, checks
from ...results import InterpreterExecution
from ..pages import walk
from ..service import AsyncService


class AsyncInterpreterOperations(AsyncService):
    """The operations that are as the contract says them."""

    async def list_sessions(self, *, request_timeout: float | None = None) -> list[Session]:
        """Lists the active sessions of the account, the newest first.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_sessions._get_kwargs()
        response = await self._wire.call("list_sessions", built, request_timeout)
        return answers.many(response, Session, "data", "sessions")

    async def iter_sessions(
        self, *, request_timeout: float | None = None
    ) -> AsyncGenerator[Session]:
        """Iterates over all that `list_sessions` lists, which the service gives in one page.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The sessions, the newest first.
        """
        for entry in await self.list_sessions(request_timeout=request_timeout):
            yield entry

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
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session._get_kwargs(checks.identifier("session_id", session_id))
        response = await self._wire.call("get_session", built, request_timeout)
        return answers.one(response, SessionDetails, "data")

    async def delete_session(
        self, session_id: str, *, request_timeout: float | None = None
    ) -> bool:
        """Ends a session, stops what runs in it and removes its files. Its records stay readable.

        Args:
            session_id: The session's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such session.
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
        """Lists what was printed and raised in a session, one entry an output, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The entries, the newest first.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = get_session_logs._get_kwargs(
            checks.identifier("session_id", session_id),
            limit=checks.whole("limit", limit, least=1, most=1000),
            offset=checks.whole("offset", offset, least=0),
        )
        response = await self._wire.call("get_session_logs", built, request_timeout)
        return answers.many(response, SessionLogEntry, "data", "logs")

    def iter_session_logs(
        self, session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[SessionLogEntry]:
        """Iterates over all that `get_session_logs` lists, page by page.

        Args:
            session_id: The session's id.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The entries, the newest first.
        """
        build = partial(get_session_logs._get_kwargs, checks.identifier("session_id", session_id))
        return walk(
            self._wire,
            "get_session_logs",
            build,
            lambda response: answers.many(response, SessionLogEntry, "data", "logs"),
            page_size,
            request_timeout,
        )

    async def get_session_executions(
        self,
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the executions of one session, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        built = list_session_executions._get_kwargs(
            checks.identifier("session_id", session_id),
            limit=checks.whole("limit", limit, least=1, most=1000),
            offset=checks.whole("offset", offset, least=0),
            outputs=checks.if_any(checks.boolean, "outputs", outputs),
        )
        response = await self._wire.call("list_session_executions", built, request_timeout)
        return answers.many(response, InterpreterExecution, "executions")

    def iter_session_executions(
        self,
        session_id: str,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[InterpreterExecution]:
        """Iterates over all that `get_session_executions` lists, page by page.

        Args:
            session_id: The session's id.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_session_executions._get_kwargs,
            checks.identifier("session_id", session_id),
            outputs=checks.if_any(checks.boolean, "outputs", outputs),
        )
        return walk(
            self._wire,
            "list_session_executions",
            build,
            lambda response: answers.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )

    async def list_all_executions(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the account's executions across all sessions, the newest first.

        Args:
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            status: List only entries with this status, in either case.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_executions._get_kwargs(
            limit=checks.whole("limit", limit, least=1, most=1000),
            offset=checks.whole("offset", offset, least=0),
            status=checks.if_any(checks.text, "status", status, shortest=1),
            outputs=checks.if_any(checks.boolean, "outputs", outputs),
        )
        response = await self._wire.call("list_executions", built, request_timeout)
        return answers.many(response, InterpreterExecution, "executions")

    def iter_all_executions(
        self,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[InterpreterExecution]:
        """Iterates over all that `list_all_executions` lists, page by page.

        Args:
            status: List only entries with this status, in either case.
            outputs: Whether each execution comes with its outputs, as it does unless this is false. A server
                that announces `outputs` leaves them out, and a page holds far more executions; any other may
                give them all the same.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_executions._get_kwargs,
            status=checks.if_any(checks.text, "status", status, shortest=1),
            outputs=checks.if_any(checks.boolean, "outputs", outputs),
        )
        return walk(
            self._wire,
            "list_executions",
            build,
            lambda response: answers.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )

    async def get_execution(
        self, execution_id: str, *, request_timeout: float | None = None
    ) -> InterpreterExecution:
        """Gets the record of one execution, with its outputs.

        Args:
            execution_id: The execution's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The execution.

        Raises:
            NotFoundError: There is no such execution.
            CognitoraError: The call failed otherwise.
        """
        built = get_execution._get_kwargs(checks.identifier("execution_id", execution_id))
        response = await self._wire.call("get_execution", built, request_timeout)
        return answers.one(response, InterpreterExecution)
