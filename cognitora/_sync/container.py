# Derived from ../_async/container.py by `make generate`: change that, not this.
"""A persistent container for a `with` block."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import callbacks, request_bodies, validation
from .._concurrency.threads import in_thread, to_the_end
from ..deadline import CLEANUP_SECONDS, GRACE_SECONDS, RUN_SECONDS
from ..results import ContainerExecResponse, Execution
from .cleanup import undone
from .network_handle import NetworkHandle
from .processes import Processes
from .stdin_writer import input_bytes

if TYPE_CHECKING:
    from cognitora_openapi.models import ContainerUpdateResponse

    from ..file_uploads import Files
    from ..sandbox_text import InnerPath
    from .container_logs import ContainerLogs
    from .handles import Starts
    from .sandbox_path import SandboxPath
    from .transfer import FileTransfer


class Container(NetworkHandle[Execution]):
    """A container that is started on entering a `with` block and cancelled on every way out of it.

    Made by `client.containers.container(...)`. Without `with`, call `open` and `close`.
    """

    _kind = "container"

    def __init__(self, containers: ContainerLogs, make: Callable[[], Execution]) -> None:
        super().__init__(make)
        self._containers = containers

    def run(
        self,
        command: Sequence[InnerPath],
        *,
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in the container: `execute_in_container`, see there.

        Args:
            command: The command and its arguments, a list of words; `["sh", "-c", "…"]` for shell.
            files: Files to write before it runs, as `execute_in_container` takes them.
            timeout_seconds: How long it may run, in seconds; by default as the service sees fit.
            working_directory: The folder to run it in, by default the image's.
            environment: Environment variables for this command.
            user: The user to run it as, such as `"nobody"` or `"1000:1000"`, by default the image's.
            stdin: What it reads from its standard input; by default nothing.
            on_stdout: Called with what it prints, as it comes. The server must announce `processes`.
            on_stderr: The same for its standard error.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` (300 where
                it is not given) + 30.

        Returns:
            What it printed, as `.output`; `.ok` says whether it ended well.

        Raises:
            APITimeoutError: It has not ended in time. With `on_stdout` or `on_stderr` it was killed, and what
                it had printed is `error.last`.
            CognitoraError: The call failed otherwise.
        """
        callbacks.check("on_stdout", on_stdout)
        callbacks.check("on_stderr", on_stderr)
        if on_stdout is None and on_stderr is None:
            return self._containers.execute_in_container(
                self._open_id(),
                command,
                files,
                timeout_seconds,
                working_directory,
                environment,
                user=user,
                stdin=stdin,
                request_timeout=request_timeout,
            )
        if timeout_seconds is not None:
            validation.whole_seconds("timeout_seconds", timeout_seconds)
        run_seconds = timeout_seconds or RUN_SECONDS["execute_in_container"]
        uploads = in_thread(validation.files, "files", files) if files else []
        how: dict[str, Any] = {
            "working_directory": working_directory,
            "environment": environment,
            "user": user,
            "timeout_seconds": int(run_seconds),
        }
        # What is wrong is told before the first file is written.
        request_bodies.process_request(command=command, **how)
        given = input_bytes("stdin", b"" if stdin is None else stdin)
        deadline = self._containers._client.deadline(request_timeout, run_seconds + GRACE_SECONDS)
        with deadline.shared():
            for upload in uploads:
                content = validation.content(upload)
                self.upload(content, upload.name, request_timeout=deadline.left())
            process = self.start(command, request_timeout=deadline.left(), **how)
            try:
                seconds = max(deadline.remaining(), 0.001)  # it runs: if time is over, that is late
                result = process.communicate(
                    given, on_stdout=on_stdout, on_stderr=on_stderr, timeout=seconds
                )
            except BaseException as error:
                kill = partial(self._starts()[0].signal_process, signal="KILL")
                fate = to_the_end(undone, kill, "process", process.id)
                error.add_note(f"Process {process.id}: {fate}")
                raise
        info = result.info
        return ContainerExecResponse(
            output=result.output,
            container_id=info.container_id,
            command=info.command,
            stdout=result.stdout,
            stdout_base_64=b64encode(result.stdout_bytes).decode(),
            stderr=result.stderr,
            stderr_base_64=b64encode(result.stderr_bytes).decode(),
            exit_code=info.exit_code,
            status=info.status,
            reason=info.reason,
            executed_at=info.started_at,
            files_uploaded=len(uploads),
        )

    def logs(self, *, request_timeout: float | None = None) -> str:
        """What the container has printed so far.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            Standard output and standard error, together.

        Raises:
            CognitoraError: The call failed.
        """
        return self._containers.get_container_logs(self._open_id(), request_timeout=request_timeout)

    def follow_logs(
        self, *, timeout: float | None = None, request_timeout: float | None = None
    ) -> Generator[str]:
        """Yields what the container prints, line by line: `follow_logs` of the containers, see there.

        It goes on until the container has ended. In the `with` block of the container that is when another
        thread or task ends it, or its time is over: leave the loop when enough was seen.

        Args:
            timeout: Seconds until it must have ended; by default it is followed for as long as it runs.
            request_timeout: Seconds to wait for each answer of a server that can't stream, instead of the
                client's `timeout`.

        Returns:
            The lines of standard output and standard error, as text, without their line ends.

        Raises:
            StreamTruncatedError: It broke off, or `timeout` is over; `error.received` has the lines
                until then.
            CognitoraError: It could not begin.
        """
        return self._containers.follow_logs(
            self._open_id(), timeout=timeout, request_timeout=request_timeout
        )

    def update(
        self,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse:
        """Gives the container a new end: `update_container`, see there.

        Args:
            timeout_seconds: How long it lives from now on, in seconds.
            expires_at: When it ends, instead: a datetime with a time zone, or ISO 8601 text.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The new end, which `info` has from now on.

        Raises:
            CognitoraError: The call failed.
        """
        new = self._containers.update_container(
            self._open_id(), timeout_seconds, expires_at, request_timeout=request_timeout
        )
        info = copy(self.info)
        info.status = new.status or info.status
        info.expires_at = new.expires_at or info.expires_at
        info.timeout_seconds = new.timeout_seconds or info.timeout_seconds
        self._info = info
        return new

    def _id_of(self, info: Execution) -> str:
        return info.id

    def _look(self, known_id: str, request_timeout: float | None) -> Execution:
        return self._containers.get_container(known_id, request_timeout=request_timeout)

    def _end(self, info: Execution) -> None:
        self._containers.cancel_container(info.id, request_timeout=CLEANUP_SECONDS)

    def _service(self) -> ContainerLogs:
        return self._containers

    def _starts(self) -> Starts:
        processes = Processes(self._containers._client)
        return processes, processes.start_container_process

    def _files(self) -> FileTransfer:
        return self._containers._files(self._open_id())

    def _path(self, path: InnerPath, user: str | None) -> SandboxPath:
        return self._containers.path(self._open_id(), path, user=user)
