"""A process in the background of a session or a container."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from cognitora_openapi.api.processes import get_process, get_process_output, write_process_stdin
from cognitora_openapi.models import ProcessStdin
from cognitora_openapi.operations import OPERATIONS

from .. import callbacks, parsing, validation
from .._concurrency.tasks import async_sleep
from ..config import positive_seconds
from ..deadline import Deadline, Silence
from ..errors import (
    APITimeoutError,
    CognitoraError,
    ConflictError,
    InvalidRequestError,
    WaitTimeoutError,
)
from ..poll import LONGEST_PAUSE, Schedule
from ..results import ProcessInfo
from ..results.processes import OutputPiece, ProcessResult
from ..sse import ProcessProgress
from ..statuses import is_final
from .response import EVENTS, SILENCE_SECONDS, as_they_happen
from .transfer import NO_FILE

if TYPE_CHECKING:
    from .operations.processes import AsyncProcessesOperations

PIECE_BYTES = 1024 * 1024
"""What one call gives a process at most."""

LONGEST = 1e9
"""Seconds, of what may take as long as the process runs."""

TRIES = 5
"""How often a stream that breaks is taken up again, with nothing new in between."""

FIRST_PAUSE = 0.1
"""Seconds before that; each time twice as long."""


class AsyncProcess:
    """A command that runs in the background: it outlives this program, and ends with its sandbox.

    Made by `start` of a session or a container, and by `client.processes.attach(...)`. Iterating over it
    gives what it prints, from its beginning, as it comes; a connection that is lost meanwhile is taken up
    where it broke off, so that nothing comes twice and nothing is missing. One task or thread writes to it.
    """

    def __init__(self, processes: AsyncProcessesOperations, info: ProcessInfo) -> None:
        self._processes = processes
        self._info = info
        self._written: int | None = info.stdin_bytes or 0

    @property
    def id(self) -> str:
        """The service's name for it."""
        return self._info.id

    @property
    def info(self) -> ProcessInfo:
        """It as it was when the service was last asked."""
        return self._info

    @property
    def exit_code(self) -> int | None:
        """Its exit code, as far as is known (`wait` asks for it); None where it runs or was stopped."""
        return self._info.exit_code

    def __aiter__(self) -> AsyncGenerator[OutputPiece]:
        return self.output()

    async def output(
        self, offset: int = 0, *, request_timeout: float | None = None
    ) -> AsyncGenerator[OutputPiece]:
        """Yields what it prints, as it comes, until it has ended.

        Args:
            offset: How many bytes of it to pass over, of both streams together.
            request_timeout: Seconds for all of it; by default for as long as it runs.

        Returns:
            The pieces, as bytes and as text.

        Raises:
            StreamTruncatedError: It broke off, again and again, or `request_timeout` is over.
            CognitoraError: It could not begin.
        """
        progress = ProcessProgress(validation.whole("offset", offset))
        end = self._processes._client.deadline(request_timeout, LONGEST)
        tries, reached = 0, progress.offset
        while not progress.ended:
            try:
                async for piece in self._listen(progress, end):
                    yield piece
            except CognitoraError as error:
                tries = 1 if progress.offset > reached else tries + 1
                reached = progress.offset
                if not error.is_retryable or tries >= TRIES or end.remaining() <= 0:
                    raise
                await async_sleep(min(FIRST_PAUSE * 2**tries, end.remaining()))
        self._info = progress.info or self._info

    async def write(self, data: bytes | str, *, request_timeout: float | None = None) -> None:
        """Gives it bytes, or text as UTF-8, by its standard input; returns when it has taken them.

        What it has taken of a write that failed stays taken: the next one follows that.

        Args:
            data: What to write.
            request_timeout: Seconds until it must have taken all, instead of the client's `timeout`.

        Raises:
            ConflictError: It takes no more: it has ended, or its input was closed.
            WaitTimeoutError: It hasn't taken all in time. What it has, as far as is known, is `error.last`.
            CognitoraError: The call failed otherwise.
        """
        deadline = self._processes._client.deadline(request_timeout)
        await self._give(_bytes(data), deadline, close=False)

    async def close_stdin(self, *, request_timeout: float | None = None) -> None:
        """Ends its standard input: what it reads is at its end then.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        deadline = self._processes._client.deadline(request_timeout)
        await self._give(b"", deadline, close=True)

    async def signal(self, signal: int | str, *, request_timeout: float | None = None) -> None:
        """Sends a signal to it and to those of its process group; to one that has ended nothing is sent.

        Args:
            signal: Its name, `"TERM"` or `"SIGTERM"`, in any case; its number; or `signal.SIGTERM`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        self._info = await self._processes.signal_process(
            self.id, signal, request_timeout=request_timeout
        )

    async def kill(self, *, request_timeout: float | None = None) -> None:
        """Ends it at once: the signal `"KILL"`, see `signal`.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed.
        """
        await self.signal("KILL", request_timeout=request_timeout)

    async def resize(
        self, rows: int, columns: int, *, request_timeout: float | None = None
    ) -> None:
        """Gives its terminal another size.

        Args:
            rows: How many lines.
            columns: How many characters in a line.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            ConflictError: It has no terminal.
            CognitoraError: The call failed otherwise.
        """
        self._info = await self._processes.resize_process(
            self.id, rows, columns, request_timeout=request_timeout
        )

    async def wait(self, timeout: float | None = None) -> ProcessInfo:
        """Waits for its end.

        Args:
            timeout: Seconds to wait at most; by default as long as it runs.

        Returns:
            How it ended: `.exit_code`, `.ok`, `.reason`.

        Raises:
            WaitTimeoutError: It has not ended in time. It goes on.
            CognitoraError: The call failed.
        """
        deadline = Deadline(LONGEST if timeout is None else positive_seconds("timeout", timeout))
        schedule = Schedule(deadline, LONGEST_PAUSE, lambda: True)
        while not is_final(self._info.status):
            hold = schedule.ask()
            try:
                self._info = await self._look(hold, deadline)
            except CognitoraError as error:
                if not schedule.goes_on(error):
                    raise
            if is_final(self._info.status):
                break
            pause = schedule.pause()
            if pause is None:
                raise WaitTimeoutError(
                    f"Process {self.id} has not ended within {deadline.seconds:g} s. It goes on.",
                    last=self._info,
                    operation="get_process",
                    is_retryable=True,
                    may_have_run=True,
                )
            await async_sleep(pause)
        return self._info

    async def communicate(
        self,
        data: bytes | str = b"",
        *,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        request_timeout: float | None = None,
    ) -> ProcessResult:
        """Gives it its input, ends that, and reads all that it prints until it has ended.

        It needn't take all of its input: the rest is left where it has ended, or closed it.

        Args:
            data: Its input.
            on_stdout: Called with what it prints to its standard output, as it comes once it has its input.
            on_stderr: The same for its standard error.
            request_timeout: Seconds for all of it; by default for as long as it runs.

        Returns:
            What it printed, and how it ended.

        Raises:
            CognitoraError: The call failed. The process goes on.
        """
        callbacks.check("on_stdout", on_stdout)
        callbacks.check("on_stderr", on_stderr)
        deadline = self._processes._client.deadline(request_timeout, LONGEST)
        try:
            await self._give(_bytes(data), deadline, close=True)
        except ConflictError as error:
            if error.code != "stdin_closed":
                raise
        pieces: list[OutputPiece] = []
        called = {"stdout": on_stdout, "stderr": on_stderr}
        left = None if request_timeout is None else deadline.left()
        async for piece in self.output(request_timeout=left):
            pieces.append(piece)
            if (call := called.get(piece.stream)) is not None:
                call(piece.text)
        return ProcessResult(self._info, pieces)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self._info.status}>"

    async def _listen(
        self, progress: ProcessProgress, end: Deadline
    ) -> AsyncGenerator[OutputPiece]:
        client = self._processes._client
        silence = Silence(max(SILENCE_SECONDS, client.config.timeout), end)
        built = get_process_output.build_request(self.id, offset=progress.offset)
        answer = await client.stream(
            OPERATIONS["get_process_output"],
            built["url"],
            params=built["params"],
            headers={"Accept": EVENTS},
            deadline=silence,
        )
        async for piece in as_they_happen(answer, progress, silence):
            yield piece

    async def _look(self, hold: int, deadline: Deadline) -> ProcessInfo:
        built = get_process.build_request(self.id, wait_seconds=hold)
        client = self._processes._client
        seconds = min(client.config.timeout + hold, max(1.0, deadline.remaining()))
        return parsing.one(await client.call("get_process", built, seconds), ProcessInfo)

    async def _give(self, data: bytes, deadline: Deadline, *, close: bool) -> None:
        start = place = await self._place(deadline)
        told = None
        while True:
            piece = data[place - start : place - start + PIECE_BYTES]
            last = place - start + len(piece) >= len(data)
            try:
                told = await self._put(piece, place, deadline, close=close and last)
            except APITimeoutError as error:
                if not data:
                    raise
                raise self._not_taken(place - start, len(data), deadline, told) from error
            if told.offset - start >= len(data) and (told.closed or not close):
                self._written = told.offset
                return
            if told.offset == place and piece:
                await async_sleep(min(FIRST_PAUSE, deadline.remaining()))
            place = told.offset

    def _not_taken(
        self, taken: int, of: int, deadline: Deadline, told: ProcessStdin | None
    ) -> WaitTimeoutError:
        return WaitTimeoutError(
            f"Process {self.id} has taken {taken} of {of} bytes within {deadline.seconds:g} s, as far "
            "as is known.",
            last=told,
            operation="write_process_stdin",
            is_retryable=False,
            may_have_run=True,
        )

    async def _place(self, deadline: Deadline) -> int:
        """How much it has been given: asked for, where a call before has failed and nobody knows."""
        written, self._written = self._written, None
        if written is None:
            written = (await self._put(b"", 0, deadline, close=False)).offset
        return written

    async def _put(
        self, piece: bytes, offset: int, deadline: Deadline, *, close: bool
    ) -> ProcessStdin:
        built = write_process_stdin.build_request(self.id, body=NO_FILE, offset=offset, close=close)
        response = await self._processes._client.send(
            OPERATIONS["write_process_stdin"],
            built["url"],
            params=built["params"],
            headers={"Content-Type": "application/octet-stream"},
            body=piece,
            deadline=deadline,
        )
        return parsing.one(response, ProcessStdin)


def _bytes(data: object) -> bytes:
    if isinstance(data, str):
        return validation.text("data", data).encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise InvalidRequestError(f"data must be bytes or str, not {type(data).__name__}.")
