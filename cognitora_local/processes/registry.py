"""The processes that run: started, found, and seen through to their end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..concurrency.background_tasks import BackgroundTasks
from ..concurrency.completion import to_completion
from ..http.errors import not_found, too_many
from ..http.request_limits import MAX_SECONDS, bounded
from ..sandbox import RunningCommand
from ..settings import Settings
from ..store.idempotency import Claim
from ..store.models import ProcessRecord, new_id
from ..store.pages import Page
from ..store.processes import ProcessStore
from ..store.program_outputs import Kept
from .process import Launcher, Process, StartUnknown


class ProcessRegistry:
    """All processes of a runtime.

    Args:
        store: where everything is written down.
        background_tasks: what sees them through to their end before the runtime ends.
        settings: how many run at once in one session or container, and how much is kept of each.
    """

    def __init__(
        self, store: ProcessStore, background_tasks: BackgroundTasks, settings: Settings
    ) -> None:
        self.store = store
        self._background_tasks = background_tasks
        self._settings = settings
        self._live: dict[str, Process] = {}
        self._counts: Counter[str] = Counter()  # by their session's or container's id

    @property
    def count(self) -> int:
        """How many haven't ended."""
        return len(self._live)

    async def start(
        self,
        body: Mapping[str, Any],
        launcher: Launcher,
        claim: Claim | None,
        *,
        session_id: str | None = None,
        container_id: str | None = None,
        check: Callable[[], Awaitable[None]] | None = None,
    ) -> ProcessRecord:
        """Start a process; its record, as it was started.

        `check` is called before anything begins, once there is room.

        Raises:
            ApiError: 429, as there are too many, or what `check` or `launcher` raises.
        """
        seconds = body.get("timeout_seconds")
        if seconds is not None:
            seconds = bounded("timeout_seconds", seconds, (1, MAX_SECONDS))
        record = ProcessRecord(
            id=new_id("proc"),
            session_id=session_id,
            container_id=container_id,
            command=list(body["command"]),
            terminal="terminal" in body,
            output_limit=self._settings.max_log_bytes,
            created_at=datetime.now(UTC),
            timeout_seconds=seconds,
        )
        owner = session_id or container_id or ""
        self._check_room(owner)
        process = Process(record, self.store, launcher, timeout_seconds=record.timeout_seconds)
        self._counts[owner] += 1
        if check is not None:
            try:
                await check()
            except BaseException:
                self._leave(owner)
                raise
        await to_completion(self._begin(process, owner, claim, stdin=body.get("stdin", True)))
        return record

    def take_over(
        self, record: ProcessRecord, launcher: Launcher, program: RunningCommand, kept: Kept
    ) -> None:
        """Go on with a process that another gateway has started, behind what is `kept` of its output."""
        process = Process(record, self.store, launcher, timeout_seconds=record.timeout_seconds)
        process.take_over(program, program.given, kept)
        owner = record.session_id or record.container_id or ""
        self._counts[owner] += 1
        self._live[record.id] = process
        self._background_tasks.start(self._see_through(process, owner))

    async def find(self, process_id: str) -> ProcessRecord:
        """The record of a process, which goes on changing while it runs.

        Raises:
            ApiError: 404.
        """
        if process := self.live(process_id):
            return process.record
        record = await self.store.get(process_id)
        if record is None:
            message = f"There is no process {process_id[:80]!r} here. Check the id."
            raise not_found("process_not_found", message)
        return record

    async def page(self, **query: Any) -> Page[ProcessRecord]:
        """A page of the records, newest first, with how far those have come that run."""
        found = await self.store.page(**query)
        rows = [process.record if (process := self.live(each.id)) else each for each in found.rows]
        return Page(rows, found.next)

    def live(self, process_id: str) -> Process | None:
        """The process, if it runs."""
        return self._live.get(process_id)

    async def _begin(
        self, process: Process, owner: str, claim: Claim | None, *, stdin: bool
    ) -> None:
        begun = False
        try:
            await self.store.add(process.record, claim)
            begun = True
            if claim is not None:
                claim.kept = True
            await process.start(stdin=stdin)
        except StartUnknown as unknown:  # so its key is used up
            self._leave(owner)
            raise unknown.error from unknown
        except BaseException:
            if begun and claim is not None:
                self.store.idempotency_keys.forget(claim.key, process.record.id)
            self._leave(owner)
            raise
        self._live[process.record.id] = process
        self._background_tasks.start(self._see_through(process, owner))

    async def _see_through(self, process: Process, owner: str) -> None:
        try:
            await process.over()
        finally:
            del self._live[process.record.id]
            self._leave(owner)

    def _leave(self, owner: str) -> None:
        self._counts[owner] -= 1
        if not self._counts[owner]:
            del self._counts[owner]

    def _check_room(self, owner: str) -> None:
        most = self._settings.max_commands
        if self._counts[owner] >= most:
            message = f"No more processes than {most} are taken here at a time."
            raise too_many("too_many_processes", f"{message} End one first.", seconds=1)
