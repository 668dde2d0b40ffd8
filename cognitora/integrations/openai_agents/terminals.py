"""Programs that agents talk to, with a terminal or without."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agents.sandbox.errors import ExecTransportError
from agents.sandbox.session.base_sandbox_session import BaseSandboxSession
from agents.sandbox.session.pty_output import collect_pty_output
from agents.sandbox.session.pty_types import (
    PTY_PROCESSES_MAX,
    PtyExecUpdate,
    allocate_pty_process_id,
    clamp_pty_yield_time_ms,
    process_id_to_prune_from_meta,
    resolve_pty_write_yield_time_ms,
)
from agents.sandbox.types import User

from ... import CognitoraError, ConflictError

if TYPE_CHECKING:
    from ... import AsyncProcess
    from ..commands import Sandbox

SIZE = (24, 80)
"""Rows and columns of a terminal."""


@dataclass
class Talk:
    """A program that an agent talks to."""

    process: AsyncProcess
    terminal: bool
    chunks: deque[bytes] = field(default_factory=deque)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    used: float = field(default_factory=time.monotonic)
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        """Reads what it prints, until it has ended."""
        try:
            async for piece in self.process:
                async with self.lock:
                    self.chunks.append(piece.data)
                self.news.set()
        finally:
            self.ended.set()
            self.news.set()

    async def end(self) -> None:
        """Ends it, and the reading of it."""
        with suppress(CognitoraError):  # it has ended, or its sandbox has
            await self.process.kill()
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)


class TerminalSession(BaseSandboxSession):
    """The part of a sandbox that keeps the programs which agents talk to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._talks: dict[int, Talk] = {}
        self._has_root = False

    def supports_pty(self) -> bool:
        """Whether there are terminals: there are."""
        return True

    async def pty_exec_start(
        self,
        *command: str | Path,
        timeout: float | None = None,
        shell: bool | list[str] = True,
        user: str | User | None = None,
        tty: bool = False,
        yield_time_s: float | None = None,
        max_output_tokens: int | None = None,
    ) -> PtyExecUpdate:
        """Starts a program, and gives what it prints for a while: see the framework's documentation."""
        words = self._prepare_exec_command(*command, shell=shell, user=None)
        name = user.name if isinstance(user, User) else user
        try:
            process = await self.sandbox.start(
                words,
                working_directory=self._folder(),
                user=name,
                stdin=tty,
                terminal=SIZE if tty else None,
                request_timeout=timeout,
            )
        except CognitoraError as error:
            raise ExecTransportError(command=words, cause=error, message=str(error)) from error
        talk = Talk(process, tty)
        talk.reading = asyncio.create_task(talk.read())
        ident = allocate_pty_process_id(set(self._talks))
        await self._make_room()
        self._talks[ident] = talk
        wait = clamp_pty_yield_time_ms(_milliseconds(yield_time_s, 10_000))
        return await self._update(ident, talk, wait, max_output_tokens)

    async def pty_write_stdin(
        self,
        *,
        session_id: int,
        chars: str,
        yield_time_s: float | None = None,
        max_output_tokens: int | None = None,
    ) -> PtyExecUpdate:
        """Types into a program's terminal, and gives what it prints for a while."""
        talk = self._resolve_pty_session_entry(pty_processes=self._talks, session_id=session_id)
        talk.used = time.monotonic()
        if chars:
            if not talk.terminal:
                raise RuntimeError("stdin is not available for this process")
            with suppress(ConflictError):  # it has ended meanwhile, which is told below
                await talk.process.write(chars)
        wait = resolve_pty_write_yield_time_ms(
            yield_time_ms=_milliseconds(yield_time_s, 250), input_empty=not chars
        )
        return await self._update(session_id, talk, wait, max_output_tokens)

    async def pty_terminate_all(self) -> None:
        """Ends all of them."""
        talks, self._talks = self._talks, {}
        for talk in talks.values():
            await talk.end()

    def _folder(self) -> str | None:
        """Where commands start: in the workspace, as soon as there is one."""
        return self._workspace_root_path().as_posix() if self._has_root else None

    async def _make_room(self) -> None:
        if len(self._talks) < PTY_PROCESSES_MAX:
            return
        known = [(ident, talk.used, talk.ended.is_set()) for ident, talk in self._talks.items()]
        oldest = process_id_to_prune_from_meta(known)
        if oldest is not None:
            await self._talks.pop(oldest).end()

    async def _update(
        self, ident: int, talk: Talk, wait: int, max_output_tokens: int | None
    ) -> PtyExecUpdate:
        output, tokens, ended = await collect_pty_output(
            output_chunks=talk.chunks,
            output_lock=talk.lock,
            output_notify=talk.news,
            is_done=talk.ended.is_set,
            yield_time_ms=wait,
            max_output_tokens=max_output_tokens,
        )
        if not ended:
            return PtyExecUpdate(ident, output, None, tokens)
        del self._talks[ident]
        exit_code = talk.process.exit_code
        return PtyExecUpdate(None, output, 1 if exit_code is None else exit_code, tokens)


def _milliseconds(seconds: float | None, usual: int) -> int:
    return usual if seconds is None else int(seconds * 1000)
