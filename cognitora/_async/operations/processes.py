"""The plain operations of the processes service, written by `make generate`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial

from cognitora_openapi.api.processes import (
    get_process,
    get_process_output,
    list_container_processes,
    list_session_processes,
    resize_process,
    signal_process,
    start_container_process,
    start_session_process,
)
from cognitora_openapi.models import ProcessOutput, TerminalSize

from ... import parsing, request_bodies, validation
from ..._concurrency.tasks import async_acquire
from ...results import ProcessInfo
from ...sandbox_text import InnerPath
from ..cleanup import undoing
from ..pages import follow
from ..resource import AsyncResource


class AsyncProcessesOperations(AsyncResource):
    """The operations that are as the contract says them."""

    async def list_session_processes(
        self, session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]:
        """Lists the processes that were started in a session, the newest first.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The processes, the newest first.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise.
        """
        return parsing.Entries(
            [
                entry
                async for entry in self.iter_session_processes(
                    session_id, limit, request_timeout=request_timeout
                )
            ]
        )

    def iter_session_processes(
        self, session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ProcessInfo]:
        """Iterates over all that `list_session_processes` lists, page by page.

        Args:
            session_id: The session's id.
            limit: How many entries to list at most. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The processes, the newest first.
        """
        build = partial(
            list_session_processes.build_request,
            validation.identifier("session_id", session_id),
            limit=validation.whole("limit", limit, least=1, most=1000),
        )
        return follow(
            self._client,
            "list_session_processes",
            build,
            lambda response: parsing.many(response, ProcessInfo, "processes"),
            request_timeout,
        )

    async def start_session_process(
        self,
        session_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        user: None = None,
        request_timeout: float | None = None,
    ) -> ProcessInfo:
        """Starts a command in the background of a session.

        It outlives the call and its caller, and ends with its session. It also ends when the session loses
        its state, and it reaches the network only while code runs there that may. What it prints is kept up
        to a limit, which `output_limit` says.

        Args:
            session_id: The session's id.
            command: The command and its arguments, a list of words; for a line of shell, `["sh", "-c", "…"]`.
            working_directory: The folder to run the command in, by default a session's work folder or the
                image's.
            environment: Environment variables, by name.
            timeout_seconds: How long it may run, in seconds; by default as long as its session or container
                lives.
            stdin: Whether it can be written to; if not, its standard input is at its end from the start.
            terminal: The size of a terminal, in characters. A process that has one prints all to its standard
                output.
            user: A session has one user alone, so that none can be chosen. Leave it out, or use a container.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process, as it was started.

        Raises:
            NotFoundError: There is no such session.
            CognitoraError: The call failed otherwise. Its `may_have_run` says whether it may have been done.
        """
        validation.refuse(
            user,
            "A session has one user alone, so that none can be chosen. Leave it out, or use a container.",
        )
        built = start_session_process.build_request(
            validation.identifier("session_id", session_id),
            body=request_bodies.process_request(
                command=command,
                working_directory=working_directory,
                environment=environment,
                timeout_seconds=timeout_seconds,
                stdin=stdin,
                terminal=terminal,
            ),
        )

        async def make() -> ProcessInfo:
            response = await self._client.call("start_session_process", built, request_timeout)
            return parsing.one(response, ProcessInfo)

        return await async_acquire(
            make, undoing(partial(self.signal_process, signal="KILL"), "process", "id")
        )

    async def list_container_processes(
        self, container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]:
        """Lists the processes that were started in a container, the newest first.

        Args:
            container_id: The container's id.
            limit: How many entries to list at most. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The processes, the newest first.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise.
        """
        return parsing.Entries(
            [
                entry
                async for entry in self.iter_container_processes(
                    container_id, limit, request_timeout=request_timeout
                )
            ]
        )

    def iter_container_processes(
        self, container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ProcessInfo]:
        """Iterates over all that `list_container_processes` lists, page by page.

        Args:
            container_id: The container's id.
            limit: How many entries to list at most. It may be up to 1000.
            request_timeout: Seconds to wait for each page, instead of the client's `timeout`.

        Returns:
            The processes, the newest first.
        """
        build = partial(
            list_container_processes.build_request,
            validation.identifier("container_id", container_id),
            limit=validation.whole("limit", limit, least=1, most=1000),
        )
        return follow(
            self._client,
            "list_container_processes",
            build,
            lambda response: parsing.many(response, ProcessInfo, "processes"),
            request_timeout,
        )

    async def start_container_process(
        self,
        container_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ProcessInfo:
        """Starts a command in the background of a persistent container.

        It outlives the call and its caller, and ends with its container. What it prints is kept up to a
        limit, which `output_limit` says.

        Args:
            container_id: The container's id.
            command: The command and its arguments, a list of words; for a line of shell, `["sh", "-c", "…"]`.
            working_directory: The folder to run the command in, by default a session's work folder or the
                image's.
            environment: Environment variables, by name.
            user: The user to run it as, by name or number, with `:` and a group after it if need be; by
                default the image's. A session has one user only, so there it is refused.
            timeout_seconds: How long it may run, in seconds; by default as long as its session or container
                lives.
            stdin: Whether it can be written to; if not, its standard input is at its end from the start.
            terminal: The size of a terminal, in characters. A process that has one prints all to its standard
                output.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process, as it was started.

        Raises:
            NotFoundError: There is no such container.
            CognitoraError: The call failed otherwise. Its `may_have_run` says whether it may have been done.
        """
        built = start_container_process.build_request(
            validation.identifier("container_id", container_id),
            body=request_bodies.process_request(
                command=command,
                working_directory=working_directory,
                environment=environment,
                user=user,
                timeout_seconds=timeout_seconds,
                stdin=stdin,
                terminal=terminal,
            ),
        )

        async def make() -> ProcessInfo:
            response = await self._client.call("start_container_process", built, request_timeout)
            return parsing.one(response, ProcessInfo)

        return await async_acquire(
            make, undoing(partial(self.signal_process, signal="KILL"), "process", "id")
        )

    async def get_process(
        self, process_id: str, *, request_timeout: float | None = None
    ) -> ProcessInfo:
        """Gets a process, when it has ended or `wait_seconds` have passed.

        Args:
            process_id: The process's id.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process.

        Raises:
            NotFoundError: There is no such process.
            CognitoraError: The call failed otherwise.
        """
        built = get_process.build_request(validation.identifier("process_id", process_id))
        response = await self._client.call("get_process", built, request_timeout)
        return parsing.one(response, ProcessInfo)

    async def get_process_output(
        self, process_id: str, offset: int = 0, *, request_timeout: float | None = None
    ) -> ProcessOutput:
        """Gets what the process has printed from `offset` on, as far as one answer carries it.

        Standard output and standard error are in the order they came. What follows begins at the answer's
        `next_offset`.

        Args:
            process_id: The process's id.
            offset: The bytes of its output to pass over, of both streams together.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            What it has printed.

        Raises:
            NotFoundError: There is no such process.
            CognitoraError: The call failed otherwise.
        """
        built = get_process_output.build_request(
            validation.identifier("process_id", process_id),
            offset=validation.whole("offset", offset, least=0),
        )
        response = await self._client.call("get_process_output", built, request_timeout)
        return parsing.one(response, ProcessOutput)

    async def signal_process(
        self, process_id: str, signal: int | str, *, request_timeout: float | None = None
    ) -> ProcessInfo:
        """Sends a signal to a process and to those of its process group.

        `KILL` goes to all that it has started, as when its time is up. To one that has ended nothing is sent.

        Args:
            process_id: The process's id.
            signal: The signal, by its name without `SIG`. With it, in small letters, by its number or as
                `signal.SIGTERM` it is taken as well.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process, as it was then.

        Raises:
            NotFoundError: There is no such process.
            CognitoraError: The call failed otherwise. It is never repeated by itself.
        """
        built = signal_process.build_request(
            validation.identifier("process_id", process_id),
            body=request_bodies.process_signal_request(signal=signal),
        )
        response = await self._client.call("signal_process", built, request_timeout)
        return parsing.one(response, ProcessInfo)

    async def resize_process(
        self, process_id: str, rows: int, columns: int, *, request_timeout: float | None = None
    ) -> ProcessInfo:
        """Gives the terminal of a process another size. A process without a terminal is answered with 409.

        Args:
            process_id: The process's id.
            rows: How many lines. It may be up to 65535.
            columns: How many characters in a line. It may be up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The process, as it was then.

        Raises:
            NotFoundError: There is no such process.
            CognitoraError: The call failed otherwise.
        """
        built = resize_process.build_request(
            validation.identifier("process_id", process_id),
            body=request_bodies.terminal_size(rows=rows, columns=columns),
        )
        response = await self._client.call("resize_process", built, request_timeout)
        return parsing.one(response, ProcessInfo)
