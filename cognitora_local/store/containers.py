"""What the runtime remembers of containers: how they went, what ran in them, what it printed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import UTC
from functools import partial

from .database import Database, in_database
from .gateways import LIVING
from .idempotency import Claim, IdempotencyKeys
from .models import PENDING, RUNNING, CommandRecord, ContainerRecord
from .pages import Page, most, page_of
from .processes import interrupt
from .program_outputs import ProgramOutputs
from .quotas import Spent, check_fewer, take_turns
from .table import Table
from .timestamps import stamp

UNFINISHED = (PENDING, RUNNING)
LIVE = "SELECT count(*) FROM containers WHERE status IN ('PENDING', 'RUNNING')"
SPENT = (
    "SELECT coalesce(sum(CASE WHEN status IN (?, ?) THEN max_cost_credits"
    " ELSE coalesce(cost_credits, 0) END), 0) FROM containers WHERE created_at >= ?"
)
"""What those have cost that have ended, and those may cost that haven't."""
UNSETTLED = "(status IN (?, ?) OR in_engine)"


class ContainerStore:
    """The records of containers. Every change is committed once what its method returns is done.

    Attributes:
        outputs: what their commands have printed.
    """

    def __init__(self, database: Database, idempotency_keys: IdempotencyKeys) -> None:
        self._database = database
        self.idempotency_keys = idempotency_keys
        self.outputs = ProgramOutputs(database)
        self._containers = Table(database, "containers", ContainerRecord)
        self._commands = Table(database, "commands", CommandRecord)

    # Containers

    @in_database
    def add_container(
        self,
        container: ContainerRecord,
        command: CommandRecord | None,
        claim: Claim | None = None,
        *,
        most: int | None = None,
        credits: int | None = None,
    ) -> None:
        """Record that it is about to be made, its own command, and what became of its key, at once.

        Raises:
            TooMany: there are `most` already that haven't ended, of all gateways together.
            Spent: with it, those of its month (UTC) might cost more than these `credits`.
        """
        container.gateway = self._database.epoch

        def undo() -> None:
            self.idempotency_keys.drop_execution(container.id)
            if command is not None:
                self._commands.delete(command.id)
            self._containers.delete(container.id)

        with self._database.beginning(container.id, undo):
            if most is not None:
                check_fewer(self._database, most, LIVE)
            if credits is not None:
                self._check_credits(container, credits)
            self._containers.insert(container, in_engine=True)
            if command is not None:
                self._commands.insert(command)
            self.idempotency_keys.keep_execution(claim, container.id)

    def _check_credits(self, container: ContainerRecord, credits: int) -> None:
        take_turns(self._database)
        month = container.created_at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0)
        ((spent,),) = self._database.execute(SPENT, (*UNFINISHED, stamp(month)))
        if container.max_cost_credits > credits - int(spent):
            raise Spent(credits - int(spent))

    def update_container(
        self, container: ContainerRecord, commands: Sequence[CommandRecord] = ()
    ) -> asyncio.Future[None]:
        """Write down how it is now, and those commands with it, at once."""
        now, theirs = copy(container), [copy(each) for each in commands]  # they go on changing

        def change() -> None:
            with self._database.transaction():
                self._containers.update(now)
                for each in theirs:
                    self._commands.update(each)

        return self._database.eventually(container.id, change, now)

    def is_written(self, container_id: str) -> asyncio.Future[bool]:
        """Whether what was to be written down of it is."""
        return self._database.do(lambda: self._database.unwritten(container_id) is None)

    def mark_removed(self, container_id: str) -> asyncio.Future[None]:
        """Note that the engine has nothing of it any more."""
        statement = "UPDATE containers SET in_engine = FALSE WHERE id = ?"
        change = partial(self._database.execute, statement, (container_id,))
        return self._database.eventually(f"{container_id} removed", change)

    @in_database
    def container(self, container_id: str) -> ContainerRecord | None:
        return self._containers.get(container_id)

    @in_database
    def containers(
        self,
        *,
        status: str | None = None,
        metadata: Mapping[str, str] | None = None,
        limit: int,
        offset: int = 0,
        after: str | None = None,
    ) -> Page[ContainerRecord]:
        """A page of containers, newest first. The status is compared without regard to case.

        It ends early where they are large.

        Raises:
            UnknownEntry: there is no container `after`.
        """
        condition, values = self._containers.newest(
            after, metadata, status=status and status.upper()
        )
        return page_of(self._containers.find(condition, *values, most(limit), offset), limit)

    @in_database
    def unsettled_containers(self) -> list[ContainerRecord]:
        """This gateway's that haven't ended, or that the engine may still have something of."""
        return list(
            self._containers.find(f"{UNSETTLED} AND gateway = ?", *UNFINISHED, self._database.epoch)
        )

    @in_database
    def take_over(self) -> None:
        """Make such containers this gateway's that are no living one's; what callers ran there has ended."""
        epoch = self._database.epoch
        with self._database.transaction():
            taken = self._database.execute(
                f"UPDATE containers SET gateway = ?, term = term + 1 WHERE {UNSETTLED}"
                f" AND gateway <> ? AND gateway NOT IN {LIVING} RETURNING id",
                (epoch, *UNFINISHED, epoch),
            )
            for (id,) in list(taken):
                interrupt(self._database, "container_id = ?", id)

    @property
    def shared(self) -> bool:
        """Whether other gateways may take over what is this one's."""
        return self._database.epoch != 0

    @in_database
    def is_ours(self, container_id: str) -> bool:
        """Whether it is this gateway's still, and is for nobody else to take over."""
        rows = self._database.execute(
            f"SELECT 1 FROM containers WHERE id = ? AND gateway = ? AND gateway IN {LIVING}",
            (container_id, self._database.epoch),
        )
        return bool(list(rows))

    # Commands

    @in_database
    def add_command(self, command: CommandRecord, claim: Claim | None = None) -> None:
        """Record that it is about to run, and that this is what became of its key, at once."""

        def undo() -> None:
            self.idempotency_keys.drop_execution(command.id)
            self._commands.delete(command.id)

        with self._database.beginning(command.id, undo):
            self._commands.insert(command)
            self.idempotency_keys.keep_execution(claim, command.id)

    def update_command(self, command: CommandRecord) -> asyncio.Future[None]:
        """Write down how it is now."""
        now = copy(command)  # it goes on changing
        return self._database.eventually(command.id, partial(self._commands.update, now), now)

    @in_database
    def command(self, command_id: str) -> CommandRecord | None:
        return self._commands.get(command_id)

    @in_database
    def main_command(self, container_id: str) -> CommandRecord | None:
        """The container's own command, if it has one."""
        return next(self._commands.find("container_id = ? AND first", container_id), None)

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
        condition, values = self._commands.newest(
            after, container_id=container_id, status=status and status.upper()
        )
        return page_of(self._commands.find(condition, *values, most(limit), offset), limit)

    @in_database
    def unfinished_commands(self, container_id: str) -> list[CommandRecord]:
        condition = "container_id = ? AND status IN (?, ?)"
        return list(self._commands.find(condition, container_id, *UNFINISHED))
