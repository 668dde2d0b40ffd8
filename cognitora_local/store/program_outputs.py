"""What programs have printed: commands of containers, containers themselves, and processes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal, NamedTuple

from ..sandbox.streams import Stream
from .connection import ALL
from .database import Database, in_database


class Piece(NamedTuple):
    """A piece of what a program has printed, or of what the `runtime` says of it.

    `position` is its first byte's, in all streams together.
    """

    position: int
    stream: Stream | Literal["runtime"]
    data: bytes

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.position + len(self.data)


class Kept(NamedTuple):
    """How many bytes are kept: in all, and of those that the program has printed itself."""

    all: int = 0
    printed: int = 0


class ProgramOutputs:
    """The outputs of all programs, each by its id. A piece is committed once what `add` returns is done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, program: str, piece: Piece) -> asyncio.Future[None]:
        """Keep a piece."""
        statement = "INSERT INTO program_outputs VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        change = partial(self._database.execute, statement, (program, *piece))
        return self._database.eventually(f"{program} {piece.position}", change)

    @in_database
    def read(self, program: str, start: int = 0, *, pieces: int = ALL) -> list[Piece]:
        """What it has printed, from this byte on.

        `pieces` is how many of them to take at most; there may be 64 KiB and more in each.
        """
        rows = self._database.execute(
            "SELECT position, stream, data FROM program_outputs WHERE program = :program"
            " AND position >= coalesce((SELECT max(position) FROM program_outputs"
            " WHERE program = :program AND position <= :start), 0) ORDER BY position LIMIT :pieces",
            {"program": program, "start": start, "pieces": pieces},
        )
        found = [
            Piece(max(position, start), stream, data[max(0, start - position) :])
            for position, stream, data in rows
        ]
        return [piece for piece in found if piece.data]

    @in_database
    def kept(self, program: str) -> Kept:
        """How much there is of it."""
        (row,) = self._database.execute(
            "SELECT coalesce(sum(length(data)), 0),"
            " coalesce(sum(length(data)) FILTER (WHERE stream <> 'runtime'), 0)"
            " FROM program_outputs WHERE program = ?",
            (program,),
        )
        return Kept(*map(int, row))
