"""A connection to the database of the records, whichever that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Values = Sequence[Any] | Mapping[str, Any]
"""Of a statement's `?`, or of its `:name`s."""

ALL = 2**62
"""As a limit: all there are."""


class DatabaseError(Exception):
    """The records can't be used: the message says why, and what to do."""


class RecordsError(Exception):
    """A statement about the records failed."""


class Unusable(RecordsError):
    """The records can't be read or written now, and may be later.

    Attributes:
        full: whether there is no room for more.
        doubtful: whether what was to be committed may have been: nobody could be asked.
    """

    def __init__(self, message: str, *, full: bool = False, doubtful: bool = False) -> None:
        super().__init__(message)
        self.full = full
        self.doubtful = doubtful


class Fenced(RecordsError):
    """Other gateways took this one for dead, and have its work: it may change nothing any more."""


class Connection(Protocol):
    """For one thread. Statements are written in the SQL that all these databases have.

    Attributes:
        has_metadata: the condition that a row's metadata has a key (the first value) with a value.
        epoch: which of the gateways that share the records this is; 0: it has them alone.
    """

    has_metadata: str
    epoch: int

    def execute(self, statement: str, values: Values = ()) -> Iterator[Any]:
        """Run a statement; a change outside of a transaction is committed at once. Its rows.

        Raises RecordsError, which the rows raise as well.
        """
        ...

    def executemany(self, statement: str, rows: Iterable[Values]) -> None:
        """Run it for each of these. Raises RecordsError."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Let all that is changed inside be changed at once, or not at all. Raises RecordsError."""
        ...

    def close(self) -> None: ...
