"""How many there may be of something in all gateways together that share the records."""

from __future__ import annotations

from .database import Database

_IN_TURN = "UPDATE gateways SET url = url WHERE epoch = (SELECT min(epoch) FROM gateways)"


class TooMany(Exception):
    """There are as many as there may be."""


class Spent(Exception):
    """It would cost more than there is left: so many credits."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


def check_fewer(database: Database, most: int, count: str) -> None:
    """Look, in the transaction that adds one, whether there are fewer than `most`: `count` counts them.

    A gateway that has its records alone knows without looking.

    Raises:
        TooMany: there aren't.
    """
    if not database.epoch:
        return
    take_turns(database)
    if counted(database, count) >= most:
        raise TooMany


def take_turns(database: Database) -> None:
    """Have gateways add one after the other, to the end of a transaction: each sees what was there before."""
    if database.epoch:
        database.execute(_IN_TURN)


def counted(database: Database, count: str) -> int:
    return next(int(number) for (number,) in database.execute(count))
