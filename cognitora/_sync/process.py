# Derived from ../_async/process.py by `make generate`: change that, not this.
"""A process in the background of a session or a container."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from cognitora_openapi.api.processes import get_process, get_process_output
from cognitora_openapi.operations import OPERATIONS

from .. import callbacks, parsing, validation
from .._concurrency.beside import beside
from .._concurrency.threads import sleep
from ..deadline import Deadline, Silence
from ..errors import (
    APITimeoutError,
    CognitoraError,
    ConflictError,
    StreamTruncatedError,
    WaitTimeoutError,
)
from ..numbers import positive_seconds
from ..poll import LONGEST_PAUSE, Schedule
from ..results import ProcessInfo
from ..results.processes import OutputPiece, ProcessResult
from ..sse import ProcessProgress
from ..statuses import is_final
from .response import EVENTS, as_they_happen
from .stdin_writer import stdin_writer

if TYPE_CHECKING:
    from .operations.processes import ProcessesOperations

LONGEST = 1e9
"""Seconds, of what may take as long as the process runs."""

TRIES = 5
"""How often a stream that breaks is taken up again, with nothing new in between."""

FIRST_PAUSE = 0.1
"""Seconds before that; each time twice as long."""


class Process:
    """A command that runs in the background: it outlives this program, and ends with its sandbox.

    Made by `start` of a session or a container, and by `client.processes.attach(...)`. Iterating over it
    gives what it prints, from its beginning, as it comes; a connection that is lost meanwhile is taken up
    where it broke off, so that nothing comes twice and nothing is missing. What several tasks or threads
    write to it follows one another.
    """

    def __init__(
        self, processes: ProcessesOperations, info: ProcessInfo, *, stdin: bool = True
    ) -> None:
        self._processes = processes
        self._info = info
        self._stdin = stdin_writer(
            processes._client,
            info.id,
            taken=info.stdin_bytes or 0,
            closed="" if stdin else "it was started with stdin=False",
        )

    @property
    def id(self) -> str:
        """The service's name for it."""
        return self._info.id

    @property
    def info(self) -> ProcessInfo:
        """It as it was when the service was last asked; `refresh` asks."""
        return self._info

    @property
    def exit_code(self) -> int | None:
        """Its exit code, as far as is known (`poll` and `wait` ask); None where it runs or was stopped."""
        return self._info.exit_code

    def __iter__(self) -> Generator[OutputPiece]:
        return self.output()

    def refresh(self, *, request_timeout: float | None = None) -> ProcessInfo:
        """Asks how it is now.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            It as it is, which `info` is from now on.

        Raises:
            CognitoraError: The call failed.
        """
        self._info = self._processes.get_process(self.id, request_timeout=request_timeout)
        return self._info

    def poll(self, *, request_timeout: float | None = None) -> int | None:
        """Asks whether it has ended, as `Popen.poll` does, and doesn't wait for that.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            Its exit code; None while it runs.

        Raises:
            ExecutionError: It has no exit code, and won't have one: it was stopped. The message says why.
            CognitoraError: The call failed.
        """
        if not is_final(self._info.status):
            self.refresh(request_timeout=request_timeout)
        if is_final(self._info.status) and self._info.exit_code is None:
            self._info.raise_for_error()
        return self._info.exit_code

    def output(self, offset: int = 0, *, timeout: float | None = None) -> Generator[OutputPiece]:
        """Yields what it prints, as it comes, until it has ended.

        Args:
            offset: How many bytes of it to pass over, of both streams together.
            timeout: Seconds until it must have ended; by default it is followed for as long as it runs.

        Returns:
            The pieces, as bytes and as text.

        Raises:
            StreamTruncatedError: It broke off, again and again, or `timeout` is over.
            CognitoraError: It could not begin, or the server refuses to go on.
        """
        return self._output(ProcessProgress(validation.whole("offset", offset)), _limit(timeout))

    def write(self, data: bytes | str, *, timeout: float | None = None) -> None:
        """Gives it bytes, or text as UTF-8, by its standard input; returns when it has taken them.

        What it has taken of a write that failed stays taken: the next one follows that.

        Args:
            data: What to write.
            timeout: Seconds until it must have taken all, instead of the client's `timeout`.

        Raises:
            InvalidRequestError: It was started with `stdin=False`, or its input was closed by this.
            ConflictError: It takes no more: it has ended, or its input was closed.
            WaitTimeoutError: It hasn't taken all in time. What it has, as far as is known, is `error.last`.
            CognitoraError: The call failed otherwise.
        """
        content = self._stdin.checked(data)
        usual = self._processes._client.config.timeout
        self._stdin.give(content, _limit(timeout, usual), close=False)

    def close_stdin(self, *, request_timeout: float | None = None) -> None:
        """Ends its standard input: what it reads is at its end then.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        deadline = self._processes._client.deadline(request_timeout)
        self._stdin.give(b"", deadline, close=True)

    def signal(self, signal: int | str, *, request_timeout: float | None = None) -> None:
        """Sends a signal to it and to those of its process group.

        `"KILL"` goes to all that it has started, as when its time is up. To one that has ended nothing is
        sent.

        Args:
            signal: Its name, `"TERM"` or `"SIGTERM"`, in any case; its number; or `signal.SIGTERM`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        self._info = self._processes.signal_process(
            self.id, signal, request_timeout=request_timeout
        )

    def kill(self, *, request_timeout: float | None = None) -> None:
        """Ends it at once, and all that it has started: the signal `"KILL"`, see `signal`.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        self.signal("KILL", request_timeout=request_timeout)

    def resize(self, rows: int, columns: int, *, request_timeout: float | None = None) -> None:
        """Gives its terminal another size.

        Args:
            rows: How many lines.
            columns: How many characters in a line.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            ConflictError: It has no terminal.
            CognitoraError: The call failed otherwise.
        """
        self._info = self._processes.resize_process(
            self.id, rows, columns, request_timeout=request_timeout
        )

    def wait(
        self, timeout: float | None = None, *, request_timeout: float | None = None
    ) -> ProcessInfo:
        """Waits for its end.

        Args:
            timeout: Seconds to wait at most; by default as long as it runs.
            request_timeout: Seconds to wait for each answer that the server doesn't hold back, instead of the
                client's `timeout`.

        Returns:
            How it ended: `.exit_code`, `.ok`, `.reason`.

        Raises:
            WaitTimeoutError: It has not ended in time. It goes on.
            CognitoraError: The call failed.
        """
        deadline = _limit(timeout)
        usual = self._processes._client.deadline(request_timeout).seconds
        schedule = Schedule(deadline, LONGEST_PAUSE, lambda: True)
        while not is_final(self._info.status):
            hold = schedule.ask()
            try:
                self._info = self._look(hold, deadline, usual)
            except CognitoraError as error:
                if not schedule.goes_on(error):
                    raise
            if is_final(self._info.status):
                break
            pause = schedule.pause()
            if pause is None:
                raise self._not_ended(deadline, self._info, "get_process")
            sleep(pause)
        return self._info

    def communicate(
        self,
        data: bytes | str = b"",
        *,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        timeout: float | None = None,
    ) -> ProcessResult:
        """Gives it its input, ends that, and meanwhile reads all that it prints until it has ended.

        It needn't take all of its input: the rest is left where it has ended, or closed it itself. How much
        it took is `.info.stdin_bytes` of the result.

        Args:
            data: Its input.
            on_stdout: Called with what it prints to its standard output, as it comes.
            on_stderr: The same for its standard error.
            timeout: Seconds until it must have ended; by default as long as it runs.

        Returns:
            What it printed, and how it ended.

        Raises:
            InvalidRequestError: It takes no input: it was started with `stdin=False`, or that was closed.
            WaitTimeoutError: It has not ended in time. It goes on. `error.last` is what it has printed.
            ConflictError: Its input was closed by somebody else.
            CognitoraError: The call failed otherwise. The process goes on.
        """
        callbacks.check("on_stdout", on_stdout)
        callbacks.check("on_stderr", on_stderr)
        content, deadline = self._stdin.checked(data), _limit(timeout)
        pieces: list[OutputPiece] = []
        called = {"stdout": on_stdout, "stderr": on_stderr}
        over = deadline.at
        try:
            with beside(deadline.expire, self._feed, content, deadline):
                for piece in self._output(ProcessProgress(), deadline):
                    pieces.append(piece)
                    if (call := called.get(piece.stream)) is not None:
                        call(piece.text)
        except (StreamTruncatedError, APITimeoutError, WaitTimeoutError) as error:
            if deadline.clock() < over:
                raise
            so_far = ProcessResult(self._info, pieces)
            raise self._not_ended(deadline, so_far, "get_process_output") from error
        return ProcessResult(self._info, pieces)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self._info.status}>"

    def _output(self, progress: ProcessProgress, end: Deadline) -> Generator[OutputPiece]:
        tries, reached, begun = 0, progress.offset, False
        while not progress.ended:
            try:
                for piece in self._listen(progress, end):
                    yield piece
            except CognitoraError as error:
                truncated = isinstance(error, StreamTruncatedError)
                begun = begun or truncated
                tries = 1 if progress.offset > reached else tries + 1
                reached = progress.offset
                if end.remaining() <= 0 and error.is_retryable:
                    raise progress.broken(end.over(), error) from error
                if not error.is_retryable or (tries >= TRIES and (truncated or not begun)):
                    raise
                if tries >= TRIES:
                    raise progress.broken(error) from error
                sleep(min(FIRST_PAUSE * 2**tries, end.remaining()))
        self._info = progress.info or self._info

    def _feed(self, data: bytes, deadline: Deadline) -> None:
        """Gives it its input, beside what reads its output. What ends it otherwise is told by that."""
        try:
            self._stdin.give(data, deadline, close=True)
        except ConflictError as error:
            if error.code != "broken_pipe":
                raise

    def _listen(self, progress: ProcessProgress, end: Deadline) -> Generator[OutputPiece]:
        client = self._processes._client
        silence = Silence(client.config.timeout, end)
        built = get_process_output.build_request(self.id, offset=progress.offset)
        answer = client.stream(
            OPERATIONS["get_process_output"],
            built["url"],
            params=built["params"],
            headers={"Accept": EVENTS},
            deadline=silence,
        )
        for piece in as_they_happen(answer, progress, silence):
            yield piece

    def _look(self, hold: int, deadline: Deadline, usual: float) -> ProcessInfo:
        built = get_process.build_request(self.id, wait_seconds=hold)
        client = self._processes._client
        seconds = min(usual + hold, max(1.0, deadline.remaining()))
        return parsing.one(client.call("get_process", built, seconds), ProcessInfo)

    def _not_ended(self, deadline: Deadline, last: object, operation: str) -> WaitTimeoutError:
        return WaitTimeoutError(
            f"Process {self.id} has not ended within {deadline.seconds:g} s. It goes on.",
            last=last,
            operation=operation,
            is_retryable=True,
            may_have_run=True,
        )


def _limit(timeout: float | None, usual: float = LONGEST) -> Deadline:
    return Deadline(usual if timeout is None else positive_seconds("timeout", timeout))
