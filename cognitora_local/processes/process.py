"""One process in the background, from its start to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from ..concurrency.changes import Changes, wait_for
from ..http.errors import ApiError
from ..sandbox import CommandError, Program, SandboxError, Terminal
from ..store.models import COMPLETED, FAILED, RUNNING, TIMEOUT, ProcessRecord
from ..store.processes import ProcessStore
from ..store.program_outputs import Kept
from .output_writer import OutputWriter

GRACE_SECONDS = 5.0  # that the end of what was killed is waited for: others may hold its output
KILL_SECONDS = 0.1  # between two attempts to kill what had hardly begun at the first
WRITE_SECONDS = 2.0
"""How long a caller waits for a process to take what was written, before it is told what was taken."""

T = TypeVar("T")

log = logging.getLogger("cognitora_local")


@dataclass(frozen=True, slots=True)
class End:
    """How a process has ended: its last status, and why, as a sentence, where it didn't end well."""

    status: str
    reason: str | None = None
    exit_code: int | None = None


class StartUnknown(Exception):
    """Whether a process was started isn't known, and will not be; `error` is what its caller is told."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.message)
        self.error = error


class Launcher(Protocol):
    """Starts a process where it runs, in a session or in a container, and tells how it ended there."""

    async def start(self, id: str) -> Program:
        """Start its command there; by this `id` another gateway knows it.

        Raises:
            CommandError: it can't be started.
            ApiError, SandboxError: nothing can be started there.
            StartUnknown: nobody knows.
        """
        ...

    async def end(self) -> End:
        """How it has ended, once it has. To be called when its output has ended."""
        ...


class Process:
    """A process under way.

    Args:
        record: what is known of it.
        store: where everything is written down.
        launcher: starts it where it runs.
        timeout_seconds: how long it may; None: as long as where it runs lives.
    """

    def __init__(
        self,
        record: ProcessRecord,
        store: ProcessStore,
        launcher: Launcher,
        *,
        timeout_seconds: float | None,
    ) -> None:
        self.record = record
        self.changes = Changes()
        self.stdin_closed = False
        self._store = store
        self._launcher = launcher
        self._timeout_seconds = timeout_seconds
        self._program: Program | None = None
        self._kept = Kept()
        self._writing = asyncio.Lock()

    async def start(self, *, stdin: bool) -> None:
        """Start its command, to be seen through to its end in `over`; with no `stdin`, as its launcher knows.

        Raises:
            ApiError, SandboxError: nothing was started.
            StartUnknown: nobody knows.
        """
        try:
            self._program = await self._launcher.start(self.record.id)
        except CommandError as error:
            self._note(End(FAILED, str(error), error.exit_code))
            return
        except (ApiError, SandboxError, StartUnknown) as error:
            self._note(End(FAILED, str(error)))
            raise
        self.record.status = RUNNING
        self.record.started_at = datetime.now(UTC)
        self._store.update(self.record)
        self.stdin_closed = not stdin

    def take_over(self, program: Program, given: tuple[int, bool] | None, kept: Kept) -> None:
        """Have a command that another gateway has started.

        What it prints from now on follows what is `kept` in the records. `given` is how many bytes of stdin
        it has had, and whether that was closed.
        """
        self._kept = kept
        self._program = program
        if given is not None:
            self.record.stdin_bytes, self.stdin_closed = given
        self.record.status = RUNNING
        self._store.update(self.record)

    async def over(self) -> None:
        """Keep what it prints, and write down its end."""
        if self._program is None:
            return
        program = self._program
        reading = asyncio.create_task(self._read(program))
        try:
            await asyncio.wait({reading}, timeout=self._left())
            end = reading.result() if reading.done() else self._time_up()
            await kill(program, reading)
            self._note(end)
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            program.close()
            if not self.record.ended:
                self._note(
                    End(FAILED, "Something went wrong in the runtime. Its log has the details.")
                )

    async def ended(self, seconds: float) -> None:
        """Wait for its end, for so long."""
        deadline = time.monotonic() + seconds
        while not self.record.ended and (left := deadline - time.monotonic()) > 0:
            await wait_for(self.changes.next, left)

    async def write(self, offset: int, pieces: AsyncIterable[bytes], *, close: bool) -> None:
        """Give it what it hasn't been given yet, and then the end of its input.

        When it takes nothing for a while, the rest is left: `record.stdin_bytes` tells how far it came.

        Raises:
            ApiError: 409, as there is a gap, or it takes no more.
        """
        async with self._writing:
            async for piece in pieces:
                if not await self._write_piece(offset, piece):
                    return
                offset += len(piece)
            if offset > self.record.stdin_bytes:
                raise self._gap(offset)
            if close and offset == self.record.stdin_bytes:
                await self._close_stdin()

    async def signal(self, number: int) -> None:
        """To it and its process group; SIGKILL to all that it has started."""
        if self._program is None or self.record.ended:
            return
        if number == signal.SIGKILL:
            await self._program.kill()
        else:
            await self._program.signal(number)

    async def resize(self, terminal: Terminal) -> None:
        if self._program is not None and not self.record.ended:
            await self._program.resize(terminal)

    async def _read(self, program: Program) -> End:
        record = self.record
        writer = OutputWriter(
            self._store.outputs,
            record.id,
            lambda: self._note_output(writer),
            limit=record.output_limit,
            kept=self._kept,
        )
        await writer.drain(program.output)
        return await self._launcher.end()

    def _note_output(self, writer: OutputWriter) -> None:
        self.record.output_bytes, self.record.output_cut = writer.printed, writer.cut
        self.changes.notify()

    async def _write_piece(self, offset: int, piece: bytes) -> bool:
        """Whether all of it was taken."""
        record = self.record
        if offset > record.stdin_bytes:
            raise self._gap(offset)
        rest = memoryview(piece)[record.stdin_bytes - offset :]
        while rest:
            if self.stdin_closed:
                message = "The process takes no more: its standard input was closed."
                raise ApiError(409, "stdin_closed", message)
            program = self._running()
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    taken = await program.write(rest)
            except TimeoutError:
                return False
            except BrokenPipeError:
                raise _takes_no_more("it has closed its standard input") from None
            record.stdin_bytes += taken
            rest = rest[taken:]
        return True

    def _running(self) -> Program:
        if self._program is None or self.record.ended:
            raise _takes_no_more("it has ended")
        return self._program

    async def _close_stdin(self) -> None:
        if self._program is not None and not self.stdin_closed and not self.record.ended:
            with suppress(TimeoutError):  # a full terminal takes that no more than anything else
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._program.close_stdin()
                self.stdin_closed = True

    def _gap(self, offset: int) -> ApiError:
        taken = self.record.stdin_bytes
        message = (
            f"The process was given {taken} bytes so far, so what begins at {offset} can't follow."
        )
        return ApiError(409, "stdin_gap", f"{message} Send the bytes from {taken} on.")

    def _left(self) -> float | None:
        """Seconds that it may go on; None: as long as it likes."""
        if self._timeout_seconds is None or self.record.started_at is None:
            return self._timeout_seconds
        gone = datetime.now(UTC) - self.record.started_at
        return max(0.0, self._timeout_seconds - gone.total_seconds())

    def _time_up(self) -> End:
        seconds = self._timeout_seconds
        return End(TIMEOUT, f"The process was stopped: its time of {seconds} s was up.")

    def _note(self, end: End) -> None:
        record = self.record
        record.status, record.reason, record.exit_code = end.status, end.reason, end.exit_code
        record.completed_at = datetime.now(UTC)
        self._store.update(record)
        self.changes.notify()


async def kill(program: Program, reading: asyncio.Task[T]) -> None:
    """Kill a program with all that it has started, and let the last of what it printed be read."""
    deadline = time.monotonic() + GRACE_SECONDS
    while not reading.done() and time.monotonic() < deadline:
        try:
            await program.kill()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is tried again
            log.warning("A program can't be killed. %s", error)
        await asyncio.wait({reading}, timeout=KILL_SECONDS)


def end_of_code(code: int) -> End:
    """How a process has ended that nothing but itself, or a signal, has ended."""
    if code == 0:
        return End(COMPLETED, None, 0)
    killed = f" It was killed by signal {code - 128}." if code > 128 else ""
    return End(FAILED, f"The process ended with exit code {code}.{killed}", code)


async def check_given(record: ProcessRecord, offset: int, pieces: AsyncIterable[bytes]) -> None:
    """Refuse what a process that has ended wasn't given. The rest may be sent again: the answer was lost.

    Raises:
        ApiError: 409.
    """
    async for piece in pieces:
        offset += len(piece)
    if offset > record.stdin_bytes:
        raise _takes_no_more("it has ended")


def _takes_no_more(why: str) -> ApiError:
    return ApiError(409, "broken_pipe", f"The process takes no more: {why}.")
