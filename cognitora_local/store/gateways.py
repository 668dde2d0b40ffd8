"""The gateways that share these records: runtimes, each with a row that says how long it counts as alive.

A gateway's number, its epoch, is given by the database once and never again. With whatever it changes the
database looks whether its row is still there (`check_gateway` in `postgresql_schema.py`). So once it has
expired, because it hadn't renewed its lease in time, it can change nothing any more, however it comes
back. Time is the database's alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from .connection import RecordsError, Unusable
from .database import Database, in_database

LEASE_SECONDS = 15.0
"""A gateway that hasn't renewed its lease for so long expires."""

RENEW_SECONDS = LEASE_SECONDS / 5

JOIN = (
    "INSERT INTO gateways (url, expires_at)"
    " VALUES (%s, clock_timestamp() + %s * interval '1 second') RETURNING epoch"
)
LEAVE = "UPDATE gateways SET expires_at = clock_timestamp() WHERE epoch = %s"

LIVING = "(SELECT epoch FROM gateways)"
"""What isn't the work of one of these is nobody's. A runtime that has its records alone isn't among them."""

log = logging.getLogger("cognitora_local")


class Gateways:
    """Those that share a database, as one of them sees them.

    Attributes:
        take_over: called when some have expired, again until it says that it was done; None: this one can't
            take over now, and removes nobody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.take_over: Callable[[], Awaitable[bool]] | None = None
        self._owed = False  # there is something to take over
        self._taking_over = asyncio.Lock()

    @property
    def epoch(self) -> int:
        """This one's; 0: it has the records alone, and no lease."""
        return self._database.epoch

    @in_database
    def url(self, epoch: int) -> str | None:
        """Where another is reached; None where it isn't alive."""
        rows = self._database.execute("SELECT url FROM gateways WHERE epoch = ?", (epoch,))
        return next((url for (url,) in rows), None)

    @in_database
    def announce_leaving(self) -> bool:
        """Let the others know that this one ends; returns whether one that doesn't is there to take over.

        So of several that end at once none counts on another.
        """
        if not self.epoch:
            return False
        self._database.execute("UPDATE gateways SET leaving = TRUE WHERE epoch = ?", (self.epoch,))
        rows = self._database.execute(
            "SELECT 1 FROM gateways WHERE epoch <> ? AND NOT leaving AND expires_at > clock_timestamp()",
            (self.epoch,),
        )
        return bool(list(rows))

    async def keep(self) -> None:
        """Renew the lease for ever, and remove the rows of those whose own is over.

        Who couldn't renew it for a while removes nobody for as long as a lease: the others may have been
        cut off as well, as by a database that was gone.
        """
        loop = asyncio.get_running_loop()
        renewed = steady = loop.time()
        async with asyncio.TaskGroup() as beside:
            while self.epoch:
                await asyncio.sleep(RENEW_SECONDS)
                try:
                    await self._renew()
                    now = loop.time()
                    if now - renewed > 2 * RENEW_SECONDS:
                        steady = now
                    renewed = now
                    if self.take_over is not None and now - steady >= LEASE_SECONDS:
                        await self._expire()
                except Unusable as error:
                    log.warning("The lease of this gateway can't be renewed now (%s)", error)
                except RecordsError:
                    log.exception("The lease of this gateway can't be renewed now")
                if self._owed and self.take_over and not self._taking_over.locked():
                    # Beside it: what it takes over may take longer to answer than a lease lasts.
                    beside.create_task(self._take_over())

    async def take_over_at_once(self) -> None:
        """Take over from those that have left, as `keep` would soon."""
        if not self.epoch or self.take_over is None:
            return
        await self._expire()
        if self._owed or self._taking_over.locked():
            await self._take_over()

    async def _take_over(self) -> None:
        """Have it done; where it fails, it is owed still."""
        async with self._taking_over:
            if self.take_over is None:
                return
            self._owed = False
            done = False
            try:
                done = await self.take_over()
            except RecordsError as error:
                log.warning("Gateways that were lost can't be taken over from now (%s)", error)
            except Exception:
                log.exception("Gateways that were lost can't be taken over from yet")
            finally:
                self._owed |= not done

    async def _expire(self) -> list[int]:
        """Take for dead whose lease is over; which those are."""
        try:
            dead = await self._remove_dead()
        except Unusable:
            self._owed = True  # their rows may be gone all the same, and tell nobody any more
            raise
        if dead:
            log.warning("Gateways were lost, whose work is taken over: %s", dead)
            self._owed = True
        return dead

    @in_database
    def _renew(self) -> None:
        self._database.execute(
            "UPDATE gateways SET expires_at = clock_timestamp() + ? * interval '1 second'"
            " WHERE epoch = ?",
            (LEASE_SECONDS, self.epoch),
        )
        self._database.execute("SELECT check_epoch()")

    @in_database
    def _remove_dead(self) -> list[int]:
        """Those that were alive until now and aren't any more. One that is writing now is left for later."""
        rows = self._database.execute(
            "DELETE FROM gateways WHERE epoch IN (SELECT epoch FROM gateways"
            " WHERE expires_at < clock_timestamp() AND epoch <> ? FOR UPDATE SKIP LOCKED)"
            " RETURNING epoch",
            (self.epoch,),
        )
        return [epoch for (epoch,) in rows]
