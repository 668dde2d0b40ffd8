"""Tables whose rows are records: each field of a dataclass has a column of its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import datetime
from types import NoneType
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args, get_type_hints

from .database import Database
from .pages import UnknownEntry
from .timestamps import moment, stamp

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""What makes a column's value of a field's, and the other way round."""

CODECS: Mapping[Any, Codec] = {
    bool: (bool, bool),
    datetime: (stamp, moment),
    list[str]: (json.dumps, json.loads),
    dict[str, Any]: (json.dumps, json.loads),
    dict[str, str]: (json.dumps, json.loads),
}
"""By type. All other values are the same in both, and None is NULL."""

ELSEWHERE = {"column": False}
"""The metadata of a field that isn't in its record's table."""

NONE_IS_ZERO = {"none": 0}
"""The metadata of a field whose column has 0 for None."""


class Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class Record(Dataclass, Protocol):
    id: str


D = TypeVar("D", bound=Dataclass)
T = TypeVar("T", bound=Record)


@dataclass(frozen=True, slots=True)
class Column:
    """What a field is in a row."""

    name: str
    none: object
    """What there is for None."""
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    settled: bool
    """Whether it is written once: the field has no default, so it was known when the record was made."""


class Columns(Generic[D]):
    """The columns of a dataclass's fields, in their order."""

    def __init__(self, made: type[D], codecs: Mapping[Any, Codec] = CODECS) -> None:
        self._made = made
        hints = get_type_hints(made)
        self.all = [
            Column(
                each.name,
                each.metadata.get("none"),
                *codec_of(hints[each.name], codecs),
                settled=each.default is MISSING and each.default_factory is MISSING,
            )
            for each in fields(made)
            if each.metadata.get("column", True)
        ]

    def row(self, value: D) -> dict[str, Any]:
        """What its columns have, by their names."""
        return {
            column.name: column.none if field is None else column.encode(field)
            for column in self.all
            for field in [getattr(value, column.name)]
        }

    def of(self, row: Iterable[Any]) -> D:
        """What has this in its columns."""
        found = {
            column.name: None if value == column.none else column.decode(value)
            for column, value in zip(self.all, row, strict=True)
        }
        return self._made(**found)


class Table(Generic[T]):
    """The records of one class, in the table of this name. For the work of the database's thread."""

    def __init__(self, database: Database, name: str, record: type[T]) -> None:
        self._database = database
        self._name = name
        self._record = record
        self._columns = Columns(record)
        names = ", ".join(column.name for column in self._columns.all)
        changing = (column.name for column in self._columns.all if not column.settled)
        changes = ", ".join(f"{name} = :{name}" for name in changing)
        self._select = f"SELECT {names} FROM {name} WHERE"
        self._update = f"UPDATE {name} SET {changes} WHERE id = :id"

    def insert(self, record: T, **more: Any) -> None:
        """Add a row, with `more` in columns that are no fields."""
        row = self._columns.row(record) | more
        values = ", ".join(f":{name}" for name in row)
        self._database.execute(
            f"INSERT INTO {self._name} ({', '.join(row)}) VALUES ({values})", row
        )

    def update(self, record: T) -> None:
        """Write down how it is now."""
        self._database.execute(self._update, self._columns.row(record))

    def delete(self, id: str) -> None:
        self._database.execute(f"DELETE FROM {self._name} WHERE id = ?", (id,))

    def get(self, id: str) -> T | None:
        return next(self.find("id = ?", id), None)

    def find(self, condition: str, *values: Any) -> Iterator[T]:
        """The records whose rows are so, as they are now, be it written down or not."""
        rows = self._database.execute(f"{self._select} {condition}", values)
        for found in map(self._columns.of, rows):
            latest = self._database.unwritten(found.id)
            yield latest if isinstance(latest, self._record) else found

    def newest(
        self,
        after: str | None,
        metadata: Mapping[str, str] | None = None,
        **wanted: str | None,
    ) -> tuple[str, list[Any]]:
        """The condition of records in their order, the newest first, and its values.

        It wants two more, the limit and the offset.

        Args:
            after: the id of the one that they follow.
            metadata: what its metadata is to have.
            wanted: what fields are to be; None: anything.

        Raises:
            UnknownEntry: there is no record `after`.
        """
        chosen: dict[str, Any] = {f"{name} = ?": each for name, each in wanted.items()}
        chosen["number < ?"] = None if after is None else self._number(after)
        chosen = {condition: each for condition, each in chosen.items() if each is not None}
        values = list(chosen.values())
        conditions = list(chosen)
        for pair in (metadata or {}).items():
            conditions.append(self._database.has_metadata)
            values += pair
        condition = " AND ".join(conditions) or "1 = 1"
        return f"{condition} ORDER BY number DESC LIMIT ? OFFSET ?", values

    def _number(self, id: str) -> int:
        query = f"SELECT number FROM {self._name} WHERE id = ?"
        for (number,) in self._database.execute(query, (id,)):
            return int(number)
        raise UnknownEntry(id)


def codec_of(hint: Any, codecs: Mapping[Any, Codec]) -> Codec:
    kind = get_args(hint)[0] if NoneType in get_args(hint) else hint
    return codecs.get(kind, (same, same))


def same(value: Any) -> Any:
    return value
