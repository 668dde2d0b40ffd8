"""What the runtime remembers of containers: how they went, what ran in them, what it printed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial
from typing import Any

from .container_rows import COMMAND_COLUMNS, CONTAINER_COLUMNS, command_of, container_of
from .database import Database, in_database
from .idempotency import Claim, IdempotencyKeys
from .models import PENDING, RUNNING, CommandRecord, ContainerRecord
from .pages import Page, number_of, page_of
from .timestamps import stamp

UNFINISHED = (PENDING, RUNNING)


class ContainerStore:
    """The records of containers. Every change is committed once what its method returns is done."""

    def __init__(self, database: Database, idempotency_keys: IdempotencyKeys) -> None:
        self._database = database
        self.idempotency_keys = idempotency_keys

    # Containers

    @in_database
    def add_container(
        self,
        container: ContainerRecord,
        command: CommandRecord | None,
        claim: Claim | None = None,
    ) -> None:
        """Record that it is about to be made, its own command, and what became of its key, at once."""
        with self._database.beginning():
            self._insert_container(container)
            if command is not None:
                self._insert_command(command)
            if claim is not None:
                self.idempotency_keys.keep_execution(claim.key, claim.fingerprint, container.id)

    def update_container(
        self, container: ContainerRecord, commands: Sequence[CommandRecord] = ()
    ) -> asyncio.Future[None]:
        """Write down how it is now, and those commands with it, at once."""
        now = copy(container)  # both go on changing
        change = partial(self._update_both, now, [copy(each) for each in commands])
        return self._database.eventually(container.id, change, now)

    def _update_both(self, container: ContainerRecord, commands: Sequence[CommandRecord]) -> None:
        with self._database.transaction():
            self._update_container(container)
            for command in commands:
                self._update_command(command)

    def mark_removed(self, container_id: str) -> asyncio.Future[None]:
        """Note that the engine has nothing of it any more."""
        statement = "UPDATE containers SET in_engine = 0 WHERE id = ?"

        def change() -> None:
            self._database.execute(statement, (container_id,))

        return self._database.eventually(f"{container_id} removed", change)

    @in_database
    def container(self, container_id: str) -> ContainerRecord | None:
        return next(self._containers("WHERE id = ?", container_id), None)

    @in_database
    def containers(
        self, *, status: str | None = None, limit: int, offset: int = 0, after: str | None = None
    ) -> Page[ContainerRecord]:
        """A page of containers, newest first. The status is compared without regard to case.

        It ends early where they are large.

        Raises:
            UnknownEntry: there is no container `after`.
        """
        where, values = self._page("containers", status, after)
        found = self._containers(where, *values, -1, offset)
        return page_of(found, limit, lambda container: container.id, ContainerRecord.size)

    @in_database
    def unsettled_containers(self) -> list[ContainerRecord]:
        """Those that haven't ended, or that the engine may still have something of."""
        return list(self._containers("WHERE status IN (?, ?) OR in_engine", *UNFINISHED))

    # Commands

    @in_database
    def add_command(self, command: CommandRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""
        with self._database.beginning():
            self._insert_command(command)
            if claim is not None:
                self.idempotency_keys.keep_execution(claim.key, claim.fingerprint, command.id)

    def update_command(self, command: CommandRecord) -> asyncio.Future[None]:
        """Write down how it is now."""
        now = copy(command)  # it goes on changing
        return self._database.eventually(command.id, partial(self._update_command, now), now)

    @in_database
    def command(self, command_id: str) -> CommandRecord | None:
        return next(self._commands("WHERE id = ?", command_id), None)

    @in_database
    def main_command(self, container_id: str) -> CommandRecord | None:
        """The container's own command, if it has one."""
        return next(self._commands("WHERE container_id = ? AND first", container_id), None)

    @in_database
    def commands(
        self,
        *,
        container_id: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        after: str | None = None,
    ) -> Page[CommandRecord]:
        """A page of commands, newest first. The status is compared without regard to case.

        It ends early where they are large.

        Raises:
            UnknownEntry: there is no command `after`.
        """
        where, values = self._page("commands", status, after, container_id)
        found = self._commands(where, *values, -1, offset)
        return page_of(found, limit, lambda command: command.id, CommandRecord.size)

    @in_database
    def unfinished_commands(self, container_id: str) -> list[CommandRecord]:
        where = "WHERE container_id = ? AND status IN (?, ?)"
        return list(self._commands(where, container_id, *UNFINISHED))

    # What commands print

    def add_printed(self, command_id: str, position: int, data: bytes) -> asyncio.Future[None]:
        """Keep a piece of what a command printed, which begins at this byte of it."""
        statement = "INSERT INTO printed SELECT number, ?, ? FROM commands WHERE id = ?"

        def change() -> None:
            self._database.execute(statement, (position, data, command_id))

        return self._database.eventually(f"{command_id} {position}", change)

    @in_database
    def printed(self, command_id: str, start: int = 0, *, pieces: int = -1) -> bytes:
        """What a command has printed, from this byte on. `start` is where a piece begins.

        `pieces` is how many of them to take at most; there may be 64 KiB and more in each.
        """
        rows = self._database.execute(
            "SELECT data FROM printed JOIN commands ON command_number = number"
            " WHERE id = ? AND position >= ? ORDER BY position LIMIT ?",
            (command_id, start, pieces),
        )
        return b"".join(data for (data,) in rows)

    @in_database
    def printed_size(self, command_id: str) -> int:
        """How many bytes of what it printed are kept."""
        (size,) = self._database.execute(
            "SELECT coalesce(max(position + length(data)), 0) FROM printed"
            " JOIN commands ON command_number = number WHERE id = ?",
            (command_id,),
        ).fetchone()
        found: int = size
        return found

    def _page(
        self, table: str, status: str | None, after: str | None, container_id: str | None = None
    ) -> tuple[str, list[Any]]:
        conditions = ["1"]
        values: list[Any] = []
        if container_id is not None:
            conditions.append("container_id = ?")
            values.append(container_id)
        if status is not None:
            conditions.append("status = ?")
            values.append(status.upper())
        if after is not None:
            conditions.append("number < ?")
            values.append(number_of(self._database, table, after))
        return f"WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ? OFFSET ?", values

    def _containers(self, where: str, *values: Any) -> Iterator[ContainerRecord]:
        query = f"SELECT {CONTAINER_COLUMNS} FROM containers {where}"
        for found in map(container_of, self._database.execute(query, values)):
            latest = self._database.unwritten(found.id)
            yield latest if isinstance(latest, ContainerRecord) else found

    def _commands(self, where: str, *values: Any) -> Iterator[CommandRecord]:
        query = f"SELECT {COMMAND_COLUMNS} FROM commands {where}"
        for found in map(command_of, self._database.execute(query, values)):
            latest = self._database.unwritten(found.id)
            yield latest if isinstance(latest, CommandRecord) else found

    def _insert_container(self, container: ContainerRecord) -> None:
        resources = container.resources
        self._database.execute(
            f"INSERT INTO containers ({CONTAINER_COLUMNS}, in_engine)"
            f" VALUES ({', '.join('?' * 19)}, 1)",
            (
                container.id,
                container.image,
                None if container.command is None else json.dumps(container.command),
                container.persistent,
                resources.cpu_cores,
                resources.memory_mb,
                resources.storage_gb or 0,
                resources.gpu_count,
                container.networking,
                container.max_cost_credits,
                stamp(container.created_at),
                container.timeout_seconds,
                stamp(container.expires_at),
                container.status,
                container.reason,
                container.exit_code,
                container.cost_credits,
                stamp(container.started_at),
                stamp(container.completed_at),
            ),
        )

    def _update_container(self, container: ContainerRecord) -> None:
        self._database.execute(
            "UPDATE containers SET status = ?, reason = ?, exit_code = ?, cost_credits = ?,"
            " timeout_seconds = ?, expires_at = ?, started_at = ?, completed_at = ? WHERE id = ?",
            (
                container.status,
                container.reason,
                container.exit_code,
                container.cost_credits,
                container.timeout_seconds,
                stamp(container.expires_at),
                stamp(container.started_at),
                stamp(container.completed_at),
                container.id,
            ),
        )

    def _insert_command(self, command: CommandRecord) -> None:
        self._database.execute(
            f"INSERT INTO commands ({COMMAND_COLUMNS}) VALUES ({', '.join('?' * 12)})",
            (
                command.id,
                command.container_id,
                json.dumps(command.command),
                stamp(command.created_at),
                command.first,
                command.engine_id,
                command.files_uploaded,
                command.status,
                command.reason,
                command.exit_code,
                stamp(command.started_at),
                stamp(command.completed_at),
            ),
        )

    def _update_command(self, command: CommandRecord) -> None:
        self._database.execute(
            "UPDATE commands SET engine_id = ?, files_uploaded = ?, status = ?, reason = ?,"
            " exit_code = ?, started_at = ?, completed_at = ? WHERE id = ?",
            (
                command.engine_id,
                command.files_uploaded,
                command.status,
                command.reason,
                command.exit_code,
                stamp(command.started_at),
                stamp(command.completed_at),
                command.id,
            ),
        )
