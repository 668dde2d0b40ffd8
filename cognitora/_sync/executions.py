# Derived from ../_async/executions.py by `make generate`: change that, not this.
"""The records of what the interpreter has run."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from cognitora_openapi.api.interpreter import (
    get_execution,
    list_executions,
    list_session_executions,
)

from .. import answers, checks
from ..results import InterpreterExecution
from .pages import walk
from .service import Service


class Executions(Service):
    """The part of the interpreter that reads executions."""

    def list_all_executions(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the account's executions, in all sessions and in none, the newest first.

        Args:
            limit: How many executions at most, up to 1000.
            offset: How many executions to pass over.
            status: Only those of this status, such as `"completed"`, in either case.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions.

        Raises:
            CognitoraError: The call failed.
        """
        limit, offset = checks.page(limit, offset)
        built = list_executions._get_kwargs(
            limit=limit, offset=offset, status=checks.status(status)
        )
        response = self._wire.call("list_executions", built, request_timeout)
        return answers.many(response, InterpreterExecution, "executions")

    def iter_all_executions(
        self,
        status: str | None = None,
        *,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[InterpreterExecution]:
        """Iterates over all executions of the account, the newest first, page by page.

        Args:
            status: Only those of this status, such as `"completed"`, in either case.
            page_size: How many executions to fetch at a time, up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions.
        """
        build = partial(list_executions._get_kwargs, status=checks.status(status))
        return walk(
            self._wire,
            "list_executions",
            build,
            lambda response: answers.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )

    def get_execution(
        self, execution_id: str, *, request_timeout: float | None = None
    ) -> InterpreterExecution:
        """Gets the record of an execution, with its outputs.

        Args:
            execution_id: The execution's id, such as `result.data.execution_id`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The record, read like a result: `.ok`, `.stdout` and so on.

        Raises:
            NotFoundError: There is no such execution.
            CognitoraError: The call failed otherwise.
        """
        built = get_execution._get_kwargs(checks.identifier("execution_id", execution_id))
        response = self._wire.call("get_execution", built, request_timeout)
        return answers.one(response, InterpreterExecution)

    def get_session_executions(
        self,
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]:
        """Lists the executions of a session, the newest first.

        Args:
            session_id: The session's id.
            limit: How many executions at most, up to 1000.
            offset: How many executions to pass over.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        limit, offset = checks.page(limit, offset)
        built = list_session_executions._get_kwargs(
            checks.identifier("session_id", session_id), limit=limit, offset=offset
        )
        response = self._wire.call("list_session_executions", built, request_timeout)
        return answers.many(response, InterpreterExecution, "executions")

    def iter_session_executions(
        self, session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[InterpreterExecution]:
        """Iterates over all executions of a session, the newest first, page by page.

        Args:
            session_id: The session's id.
            page_size: How many executions to fetch at a time, up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions.
        """
        session_id = checks.identifier("session_id", session_id)
        return walk(
            self._wire,
            "list_session_executions",
            partial(list_session_executions._get_kwargs, session_id),
            lambda response: answers.many(response, InterpreterExecution, "executions"),
            page_size,
            request_timeout,
        )
