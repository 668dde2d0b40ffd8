"""The plain operations of the compute service, written by `make generate`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import overload

from cognitora_openapi.api.compute import (
    cancel_container,
    change_container_file,
    collect_garbage,
    create_container,
    estimate_cost,
    execute_in_container,
    expose_container_port,
    get_container,
    get_container_egress,
    get_container_execution,
    get_container_file,
    get_container_logs,
    list_all_container_executions,
    list_container_executions,
    list_container_files,
    list_container_ports,
    list_containers,
    make_container_folder,
    move_container_file,
    remove_container_file,
    set_container_egress,
    unexpose_container_port,
    update_container,
)
from cognitora_openapi.models import (
    CollectedGarbage,
    ComputeExecutionRequest,
    ContainerUpdateResponse,
    CostEstimate,
    EgressStatus,
    FileEntry,
    PersistentContainerRequest,
)

from ... import parsing, request_bodies, validation
from ..._concurrency.tasks import async_acquire
from ...deadline import GRACE_SECONDS, RUN_SECONDS
from ...file_uploads import Files
from ...results import ContainerExecResponse, ContainerExecution, Execution, ExposedPort
from ...sandbox_text import InnerPath
from ..cleanup import undoing
from ..files_along import with_files
from ..pages import follow, walk
from ..resource import AsyncResource


class AsyncComputeOperations(AsyncResource):
    """The operations that are as the contract says them."""

    async def list_containers(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> list[Execution]:
        """Lists the account's containers, the newest first.

        Args:
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            status: List only entries with this status, in either case.
            metadata: List only what has all of these words in its metadata.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The containers, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_containers.build_request(
            limit=validation.whole("limit", limit, least=1, most=1000),
            offset=validation.whole("offset", offset, least=0),
            status=validation.if_any(validation.text, "status", status, shortest=1),
            metadata=validation.if_any(validation.metadata_filter, "metadata", metadata),
        )
        response = await self._client.call("list_containers", built, request_timeout)
        return parsing.many(response, Execution, "executions")

    def iter_containers(
        self,
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[Execution]:
        """Iterates over all that `list_containers` lists, page by page.

        Args:
            status: List only entries with this status, in either case.
            metadata: List only what has all of these words in its metadata.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The containers, the newest first.
        """
        build = partial(
            list_containers.build_request,
            status=validation.if_any(validation.text, "status", status, shortest=1),
            metadata=validation.if_any(validation.metadata_filter, "metadata", metadata),
        )
        return walk(
            self._client,
            "list_containers",
            build,
            lambda response: parsing.many(response, Execution, "executions"),
            page_size,
            request_timeout,
        )

    @overload
    async def create_container(
        self,
        image: ComputeExecutionRequest | PersistentContainerRequest,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    @overload
    async def create_container(
        self,
        image: str,
        command: Sequence[InnerPath] | None,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        networking: bool | None = None,
        *,
        persistent: bool | None = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def create_container(
        self,
        image: str | ComputeExecutionRequest | PersistentContainerRequest,
        command: Sequence[InnerPath] | None = None,
        cpu_cores: float | None = None,
        memory_mb: int | None = None,
        max_cost_credits: int | None = None,
        networking: bool | None = None,
        *,
        persistent: bool | None = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution:
        """Starts a container and answers at once with its record.

        A one-shot container runs `command` and ends with it; a persistent one stays up until it is cancelled
        or expires, and commands are run in it.

        Args:
            image: The image, e.g. `docker.io/library/python:3.11-slim`. Or a request object, which says all
                but `request_timeout`.
            command: The command and its arguments, a list of words. A persistent container alone may have
                none.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            networking: Whether the container may reach the internet. None means False.
            persistent: Whether the container stays up when its command has ended.
            timeout_seconds: How long the container may run, in seconds; if persistent, one day unless it is
                said.
            expires_at: When the container ends, instead of `timeout_seconds`. A datetime with a time zone, or
                ISO 8601 text.
            environment: Environment variables, by name.
            storage_gb: Storage in GiB. Without it the service's default is taken; the local runtime sets no
                limit then.
            gpu_count: GPUs, by default none.
            metadata: Words of your own about it, by name; lists can be filtered by them.
            egress: What of the outside the container may reach, which takes `networking`, in the words of
                `set_egress`: `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it everything
                outside.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container; its `id` is what the other methods take.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        given: dict[str, object] = {
            "image": image,
            "command": command,
            "cpu_cores": cpu_cores,
            "memory_mb": memory_mb,
            "max_cost_credits": max_cost_credits,
            "networking": networking,
            "persistent": persistent,
            "timeout_seconds": timeout_seconds,
            "expires_at": expires_at,
            "environment": environment,
            "storage_gb": storage_gb,
            "gpu_count": gpu_count,
            "metadata": metadata,
            "egress": egress,
        }
        if isinstance(image, ComputeExecutionRequest | PersistentContainerRequest):
            given = validation.fields_of(image, given, persistent=False)
        said = validation.or_usual(given["persistent"], False)
        if validation.boolean("persistent", said) is True:
            body: ComputeExecutionRequest | PersistentContainerRequest = (
                request_bodies.persistent_container_request(**given)
            )
        else:
            body = request_bodies.compute_execution_request(**given)
        built = create_container.build_request(body=body)

        async def make() -> Execution:
            response = await self._client.call("create_container", built, request_timeout)
            return parsing.one(response, Execution)

        return await async_acquire(make, undoing(self.cancel_container, "container", "id"))

    async def create_persistent_container(
        self,
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution:
        """Starts a container that stays up until it is cancelled or expires, and answers at once.

        `container` does the same and cancels it in the end.

        Args:
            image: The image, e.g. `docker.io/library/python:3.11-slim`.
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            max_cost_credits: The most that the container may cost, in credits.
            command: A command to start with, a list of words. Without one the container just stays up.
            timeout_seconds: How long the container lives, in seconds. The service's default is one day.
            expires_at: When the container ends, instead of `timeout_seconds`. A datetime with a time zone, or
                ISO 8601 text.
            environment: Environment variables, by name.
            storage_gb: Storage in GiB. Without it the service's default is taken; the local runtime sets no
                limit then.
            gpu_count: GPUs, by default none.
            networking: Whether the container may reach the internet. None means False.
            metadata: Words of your own about it, by name; lists can be filtered by them.
            egress: What of the outside the container may reach, which takes `networking`, in the words of
                `set_egress`: `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`. Without it everything
                outside.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container; its `id` is what the other methods take.

        Raises:
            CognitoraError: The call failed. Its `may_have_run` says whether it may have been done.
        """
        built = create_container.build_request(
            body=request_bodies.persistent_container_request(
                image=image,
                cpu_cores=cpu_cores,
                memory_mb=memory_mb,
                max_cost_credits=max_cost_credits,
                command=command,
                timeout_seconds=timeout_seconds,
                expires_at=expires_at,
                environment=environment,
                storage_gb=storage_gb,
                gpu_count=gpu_count,
                networking=networking,
                metadata=metadata,
                egress=egress,
            )
        )

        async def make() -> Execution:
            response = await self._client.call("create_container", built, request_timeout)
            return parsing.one(response, Execution)

        return await async_acquire(make, undoing(self.cancel_container, "container", "id"))

    async def list_all_container_executions(
        self,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[ContainerExecution]:
        """Lists what ran in the account's containers, the newest first.

        Args:
            limit: How many entries to list at most. It may be up to 1000.
            offset: How many entries to pass over.
            status: List only entries with this status, in either case.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            CognitoraError: The call failed.
        """
        built = list_all_container_executions.build_request(
            limit=validation.whole("limit", limit, least=1, most=1000),
            offset=validation.whole("offset", offset, least=0),
            status=validation.if_any(validation.text, "status", status, shortest=1),
        )
        response = await self._client.call("list_all_container_executions", built, request_timeout)
        return parsing.many(response, ContainerExecution, "executions")

    def iter_all_container_executions(
        self,
        status: str | None = None,
        *,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[ContainerExecution]:
        """Iterates over all that `list_all_container_executions` lists, page by page.

        Args:
            status: List only entries with this status, in either case.
            page_size: How many entries to fetch at a time. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_all_container_executions.build_request,
            status=validation.if_any(validation.text, "status", status, shortest=1),
        )
        return walk(
            self._client,
            "list_all_container_executions",
            build,
            lambda response: parsing.many(response, ContainerExecution, "executions"),
            page_size,
            request_timeout,
        )

    async def get_container_execution(
        self, execution_id: str, *, request_timeout: float | None = None
    ) -> ContainerExecution:
        """Gets the record of one thing that ran in a container.

        Args:
            execution_id: The execution's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The execution.

        Raises:
            NotFoundError: There is no such execution.
            CognitoraError: The call failed otherwise.
        """
        built = get_container_execution.build_request(
            validation.identifier("execution_id", execution_id)
        )
        response = await self._client.call("get_container_execution", built, request_timeout)
        return parsing.one(response, ContainerExecution)

    async def get_container(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> Execution:
        """Gets a container.

        The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in whichever case they are
        written.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = get_container.build_request(validation.identifier("container_id", container_id))
        response = await self._client.call("get_container", built, request_timeout)
        return parsing.one(response, Execution)

    async def cancel_container(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> bool:
        """Stops a container and what runs in it. Its record and logs stay readable.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = cancel_container.build_request(validation.identifier("container_id", container_id))
        await self._client.call("cancel_container", built, request_timeout)
        return True

    async def update_container(
        self,
        container_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse:
        """Gives a persistent container a new end, counted in seconds from now or as a point in time.

        Args:
            container_id: The container's id.
            timeout_seconds: How long the container lives from now on, in seconds.
            expires_at: When the container ends, instead of `timeout_seconds`. A datetime with a time zone, or
                ISO 8601 text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The container's new end.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise. It is never repeated by itself.
        """
        built = update_container.build_request(
            validation.identifier("container_id", container_id),
            body=request_bodies.container_update_request(
                timeout_seconds=timeout_seconds, expires_at=expires_at
            ),
        )
        response = await self._client.call("update_container", built, request_timeout)
        return parsing.one(response, ContainerUpdateResponse)

    async def get_container_logs(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> str:
        """Gets what the container has printed so far, standard output and standard error together.

        What it wanted to reach and `egress` doesn't name is told there too, in lines in brackets.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What the container has printed.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = get_container_logs.build_request(
            validation.identifier("container_id", container_id)
        )
        response = await self._client.call("get_container_logs", built, request_timeout)
        return parsing.text(response, "logs")

    async def get_container_executions(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> list[ContainerExecution]:
        """Lists what ran in one container, the newest first.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        return parsing.Entries(
            [
                entry
                async for entry in self.iter_container_executions(
                    container_id, request_timeout=request_timeout
                )
            ]
        )

    def iter_container_executions(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ContainerExecution]:
        """Iterates over all that `get_container_executions` lists, page by page.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The executions, the newest first.
        """
        build = partial(
            list_container_executions.build_request,
            validation.identifier("container_id", container_id),
        )
        return follow(
            self._client,
            "list_container_executions",
            build,
            lambda response: parsing.many(response, ContainerExecution, "executions"),
            request_timeout,
        )

    async def execute_in_container(
        self,
        container_id: str,
        command: Sequence[InnerPath],
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
        stdin: bytes | str | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in a running persistent container, its files written first, and answers at its end.

        Args:
            container_id: The container's id.
            command: The command and its arguments, a list of words; for a line of shell, `["sh", "-c", "…"]`.
            files: Files to write before the command runs. Paths of this machine, each of which goes by its
                last part, and `FileUpload`s; or a dictionary from names to bytes, texts or such paths.
            timeout_seconds: How long the command may run, in seconds.
            working_directory: The folder to run the command in, by default the image's.
            environment: Environment variables, by name.
            user: The user to run it as, by name or number, with `:` and a group after it if need be.
            stdin: What the command reads from its standard input, which ends there; by default nothing.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` (300 where it is not
                given) + 30.

        Returns:
            What it printed, as `.output`, and where the server tells, its `.exit_code` and the `.reason` if
            it failed; `.ok` says whether it ended well, `.raise_for_error()` raises an error if not.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise. Its `may_have_run` says whether it may have been done.
        """
        built = execute_in_container.build_request(
            validation.identifier("container_id", container_id),
            body=await with_files(
                request_bodies.container_exec_request,
                command=command,
                files=files,
                timeout_seconds=timeout_seconds,
                working_directory=working_directory,
                environment=environment,
                user=user,
                stdin=stdin,
            ),
        )
        response = await self._client.call(
            "execute_in_container",
            built,
            request_timeout,
            (timeout_seconds or RUN_SECONDS["execute_in_container"]) + GRACE_SECONDS,
        )
        return parsing.one(response, ContainerExecResponse)

    async def list_ports(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]:
        """Lists the container's ports that are exposed, by their numbers.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = list_container_ports.build_request(
            validation.identifier("container_id", container_id)
        )
        response = await self._client.call("list_container_ports", built, request_timeout)
        return parsing.many(response, ExposedPort, "ports")

    async def iter_ports(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ExposedPort]:
        """Iterates over all that `list_ports` lists, which the service gives in one page.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers.
        """
        for entry in await self.list_ports(container_id, request_timeout=request_timeout):
            yield entry

    async def expose_port(
        self, container_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort:
        """Lets a server that listens in the container be reached from outside.

        TCP goes there, so HTTP and WebSockets too, with networking off as well, until the port is taken back
        or the container ends. The server may listen on the loopback or on all addresses. Exposing a port
        again gives the same address. Nothing needs to listen yet: until something does, connections are
        closed at once.

        Args:
            container_id: The container's id.
            port: The port inside that the server listens on. It may be up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The port, with the address that leads to it.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = expose_container_port.build_request(
            validation.identifier("container_id", container_id),
            port=validation.whole("port", port, least=1, most=65535),
        )
        response = await self._client.call("expose_container_port", built, request_timeout)
        return parsing.one(response, ExposedPort)

    async def unexpose_port(
        self, container_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool:
        """Takes an exposed port back. Connections through it are broken off.

        Args:
            container_id: The container's id.
            port: The port inside that the server listens on. It may be up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = unexpose_container_port.build_request(
            validation.identifier("container_id", container_id),
            port=validation.whole("port", port, least=1, most=65535),
        )
        await self._client.call("unexpose_container_port", built, request_timeout)
        return True

    async def list_files(
        self,
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> list[FileEntry]:
        """Lists what is in a folder, in the order of the paths.

        With `depth` the folders in it are listed too. Symbolic links are listed and not followed.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            depth: How many levels of folders to list. It may be up to 2048.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user. Permissions hold as they do for a command of that user.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            What is there, in the order of the paths.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        return parsing.Entries(
            [
                entry
                async for entry in self.iter_files(
                    container_id, path, depth, user=user, request_timeout=request_timeout
                )
            ]
        )

    def iter_files(
        self,
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[FileEntry]:
        """Iterates over all that `list_files` lists, page by page.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            depth: How many levels of folders to list. It may be up to 2048.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user. Permissions hold as they do for a command of that user.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            What is there, in the order of the paths.
        """
        build = partial(
            list_container_files.build_request,
            validation.identifier("container_id", container_id),
            path=validation.inner_path("path", path),
            depth=validation.whole("depth", depth, least=1, most=2048),
            user=validation.if_any(validation.text, "user", user, shortest=1, longest=255),
        )
        return follow(
            self._client,
            "list_container_files",
            build,
            lambda response: parsing.many(response, FileEntry, "files"),
            request_timeout,
        )

    async def stat_file(
        self,
        container_id: str,
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Tells what is at a path. A symbolic link is told as such, with its target.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user. Permissions hold as they do for a command of that user.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What is there.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = get_container_file.build_request(
            validation.identifier("container_id", container_id),
            path=validation.inner_path("path", path),
            user=validation.if_any(validation.text, "user", user, shortest=1, longest=255),
        )
        response = await self._client.call("get_container_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    async def remove_file(
        self,
        container_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bool:
        """Removes a file, a symbolic link or a folder.

        A folder that isn't empty is removed with `recursive` alone, and links in it aren't followed.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            recursive: Whether a folder is removed with all in it.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user. Permissions hold as they do for a command of that user.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            True.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = remove_container_file.build_request(
            validation.identifier("container_id", container_id),
            path=validation.inner_path("path", path),
            recursive=validation.boolean("recursive", recursive),
            user=validation.if_any(validation.text, "user", user, shortest=1, longest=255),
        )
        await self._client.call("remove_container_file", built, request_timeout)
        return True

    async def change_file(
        self,
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        user: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Changes a file's or folder's permissions, its owner, or when it was changed last.

        Symbolic links are followed.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, which is `.`, with `/`
                between its parts and no `..`.
            mode: Its permissions, such as `0o755`, which is 493. It may be up to 4095.
            owner: Its owner, by name or number, with `:` and a group if need be. Root alone may give files
                away.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user.
            modified: When it was changed last, as its times say. A datetime with a time zone, or ISO 8601
                text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What is there now.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = change_container_file.build_request(
            validation.identifier("container_id", container_id),
            path=validation.inner_path("path", path),
            body=request_bodies.container_file_change_request(
                mode=mode, owner=owner, user=user, modified=modified
            ),
        )
        response = await self._client.call("change_container_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    async def make_folder(
        self,
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Makes a folder, and those on its way.

        Args:
            container_id: The container's id.
            path: The path: absolute in the sandbox, or relative to the work folder, with `/` between its
                parts and no `..`.
            mode: Its permissions, such as `0o700`; `0o755` unless they are said. It may be up to 4095.
            exclusive: Whether it must not be there yet. Else one that is stays as it is.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The folder.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = make_container_folder.build_request(
            validation.identifier("container_id", container_id),
            body=request_bodies.container_folder_request(
                path=path, mode=mode, exclusive=exclusive, user=user
            ),
        )
        response = await self._client.call("make_container_folder", built, request_timeout)
        return parsing.one(response, FileEntry)

    async def move_file(
        self,
        container_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry:
        """Moves or renames a file, a folder or a symbolic link. Folders on the way of its new path are made.

        Args:
            container_id: The container's id.
            source: The path: absolute in the sandbox, or relative to the work folder, with `/` between its
                parts and no `..`.
            target: Its new path, of the same kind.
            replace: Whether a file, or an empty folder, that has the new path is replaced.
            user: As whom it is done, by name or number, with `:` and a group if need be; by default as the
                container's user.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What was moved, where it is now.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = move_container_file.build_request(
            validation.identifier("container_id", container_id),
            body=request_bodies.container_move_request(
                source=source, target=target, replace=replace, user=user
            ),
        )
        response = await self._client.call("move_container_file", built, request_timeout)
        return parsing.one(response, FileEntry)

    async def get_egress(
        self, container_id: str, *, request_timeout: float | None = None
    ) -> EgressStatus:
        """Gets what the container may reach with networking, and what of the rest it has tried to.

        Args:
            container_id: The container's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What it may reach, and what it was refused.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = get_container_egress.build_request(
            validation.identifier("container_id", container_id)
        )
        response = await self._client.call("get_container_egress", built, request_timeout)
        return parsing.one(response, EgressStatus)

    async def set_egress(
        self, container_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus:
        """Says what the container may reach with networking from now on.

        It takes the place of what was said before; open connections to what isn't named any more are broken
        off.

        Args:
            container_id: The container's id.
            egress: What of the outside may be reached with networking, by IPv4 and TCP; everything else is
                refused at once. Names (`pypi.org`, and for all names below one `*.pythonhosted.org`),
                addresses (`93.184.216.34`) and ranges of them (`10.1.0.0/16`), each with the port or the
                ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`), without them any port. An
                empty list lets out nothing.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What it may reach, and what it was refused.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        built = set_container_egress.build_request(
            validation.identifier("container_id", container_id),
            body=request_bodies.set_egress_request(egress=egress),
        )
        response = await self._client.call("set_container_egress", built, request_timeout)
        return parsing.one(response, EgressStatus)

    async def collect_garbage(self, *, request_timeout: float | None = None) -> CollectedGarbage:
        """Removes the containers, volumes and networks of local runtimes that are gone.

        What a runtime still owns is left alone, and so is everything that no runtime has made. A local
        runtime does the same for itself when it ends.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What was removed.

        Raises:
            CognitoraError: The call failed.
        """
        built = collect_garbage.build_request()
        response = await self._client.call("collect_garbage", built, request_timeout)
        return parsing.one(response, CollectedGarbage)

    async def estimate_cost(
        self,
        cpu_cores: float,
        memory_mb: int,
        storage_gb: float = 5,
        gpu_count: int = 0,
        timeout_seconds: int = 300,
        *,
        request_timeout: float | None = None,
    ) -> CostEstimate:
        """Says what a container with these resources would cost if it ran for `timeout_seconds`.

        Nothing is started.

        Args:
            cpu_cores: CPU cores; fractions are allowed.
            memory_mb: Memory in MiB.
            storage_gb: Storage in GiB.
            gpu_count: GPUs.
            timeout_seconds: How long the container would run, in seconds.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The estimate.

        Raises:
            CognitoraError: The call failed.
        """
        built = estimate_cost.build_request(
            body=request_bodies.cost_estimate_request(
                cpu_cores=cpu_cores,
                memory_mb=memory_mb,
                storage_gb=storage_gb,
                gpu_count=gpu_count,
                timeout_seconds=timeout_seconds,
            )
        )
        response = await self._client.call("estimate_cost", built, request_timeout)
        return parsing.one(response, CostEstimate)
