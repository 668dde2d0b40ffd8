# Derived from ../_async/container_records.py by `make generate`: change that, not this.
"""How containers stand, and what ran in them."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from cognitora_openapi.api.compute import (
    get_container,
    get_container_execution,
    list_all_container_executions,
    list_container_executions,
    list_containers,
)

from .. import answers, checks
from ..results import ContainerExecution, Execution
from .pages import walk
from .service import Service


class ContainerRecords(Service):
    """The part of the containers that looks them and their executions up."""

    def get_container(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> Execution:
        """Gets a container as it stands.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container; the statuses COMPLETED, FAILED, CANCELLED and TIMEOUT are final.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = get_container._get_kwargs(checks.identifier("container_id", container_id))
        response = self._wire.call("get_container", built, request_timeout)
        return answers.one(response, Execution)

    def list_containers(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[Execution]:
        """Lists the account's containers, the newest first.

        Args:
            limit: How many containers at most, up to 1000.
            offset: How many containers to pass over.
            status: Only those of this status, such as `"running"`, in either case.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The containers.

        Raises:
            CognitoraError: The call failed.
        """
        limit, offset = checks.page(limit, offset)
        built = list_containers._get_kwargs(
            limit=limit, offset=offset, status=checks.status(status)
        )
        response = self._wire.call("list_containers", built, request_timeout)
        return answers.many(response, Execution, "executions")

    def iter_containers(
        self,
        status: str | None = None,
        *,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[Execution]:
        """Iterates over all containers of the account, the newest first, page by page.

        Args:
            status: Only those of this status, such as `"running"`, in either case.
            page_size: How many containers to fetch at a time, up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The containers.
        """
        build = partial(list_containers._get_kwargs, status=checks.status(status))
        return walk(
            self._wire,
            "list_containers",
            build,
            lambda response: answers.many(response, Execution, "executions"),
            page_size,
            request_timeout,
        )

    def get_container_executions(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> list[ContainerExecution]:
        """Lists what ran in a container, the newest first.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = list_container_executions._get_kwargs(
            checks.identifier("container_id", container_id)
        )
        response = self._wire.call("list_container_executions", built, request_timeout)
        return answers.many(response, ContainerExecution, "executions")

    def iter_container_executions(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> Generator[ContainerExecution]:
        """Iterates over what ran in a container. The service gives it in one page.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions.
        """
        for execution in self.get_container_executions(
            container_id, request_timeout=request_timeout
        ):
            yield execution

    def list_all_container_executions(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[ContainerExecution]:
        """Lists what ran in the account's containers, the newest first.

        Args:
            limit: How many executions at most, up to 1000.
            offset: How many executions to pass over.
            status: Only those of this status, such as `"running"`, in either case.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions.

        Raises:
            CognitoraError: The call failed.
        """
        limit, offset = checks.page(limit, offset)
        built = list_all_container_executions._get_kwargs(
            limit=limit, offset=offset, status=checks.status(status)
        )
        response = self._wire.call("list_all_container_executions", built, request_timeout)
        return answers.many(response, ContainerExecution, "executions")

    def iter_all_container_executions(
        self,
        status: str | None = None,
        *,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[ContainerExecution]:
        """Iterates over what ran in the account's containers, the newest first, page by page.

        Args:
            status: Only those of this status, such as `"running"`, in either case.
            page_size: How many executions to fetch at a time, up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions.
        """
        build = partial(list_all_container_executions._get_kwargs, status=checks.status(status))
        return walk(
            self._wire,
            "list_all_container_executions",
            build,
            lambda response: answers.many(response, ContainerExecution, "executions"),
            page_size,
            request_timeout,
        )

    def get_container_execution(
        self, execution_id: str, *, request_timeout: float | None = None
    ) -> ContainerExecution:
        """Gets the record of something that ran in a container.

        Args:
            execution_id: The execution's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such execution.
            CognitoraError: The call failed otherwise.
        """
        built = get_container_execution._get_kwargs(checks.identifier("execution_id", execution_id))
        response = self._wire.call("get_container_execution", built, request_timeout)
        return answers.one(response, ContainerExecution)
