"""What every object in an answer can do. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .shown import shown_object

log = logging.getLogger("cognitora")
T = TypeVar("T")


class ResponseModel:
    """An object of an answer: read as attributes or as a mapping, with room for fields yet unknown.

    A field that the answer doesn't have is None. As a mapping an answer holds what it really has:
    `'errors' in x` is false and `x.get('errors', [])` is `[]` where `x.errors` is None. Both the names
    of the wire (`startedAt`) and those of Python (`started_at`) work as keys. Fields that the contract
    doesn't know are kept, and read like any other, both as `x['name']` and as `x.name`.
    """

    __slots__ = ()

    _fields: ClassVar[dict[str, str]] = {}  # name on the wire -> attribute
    _aliases: ClassVar[dict[str, str]] = {}  # other spelling on the wire -> name on the wire

    if TYPE_CHECKING:
        additional_properties: dict[str, Any]
    else:
        # Out of the type checkers' sight: to them a misspelt attribute is an error.
        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):
                # A property that raised AttributeError, or a field not yet set by unpickling: what led
                # here is raised again, since it tells more than that there is no such attribute.
                return object.__getattribute__(self, name)
            # Private names are Python's own protocols (copy, pickle, notebooks): no answer speaks for
            # those.
            if not name.startswith("_") and name in self.additional_properties:
                return self.additional_properties[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __getitem__(self, name: str) -> Any:
        attribute = self._attribute(name)
        return getattr(self, attribute) if attribute else self.additional_properties[name]

    def __contains__(self, name: str) -> bool:
        attribute = self._attribute(name)
        if attribute:
            return getattr(self, attribute) is not None
        return name in self.additional_properties

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, name: str, default: Any = None) -> Any:
        """The field of this name, or `default` where the answer doesn't have it."""
        if name in self:
            return self[name]
        return default

    def keys(self) -> list[str]:
        """The names, as on the wire, of the fields that the answer has."""
        known = [wire for wire, name in self._fields.items() if getattr(self, name) is not None]
        return [*known, *self.additional_properties]

    def values(self) -> list[Any]:
        """The fields that the answer has, in the order of `keys()`."""
        return [self[name] for name in self.keys()]

    def items(self) -> list[tuple[str, Any]]:
        """Names and fields, in the order of `keys()`."""
        return [(name, self[name]) for name in self.keys()]

    def __repr__(self) -> str:
        fields = [(self._attribute(name) or name, value) for name, value in self.items()]
        return shown_object(type(self).__name__, fields)

    def _attribute(self, name: str) -> str | None:
        """The attribute that a key of the mapping stands for; None for a field unknown to the contract."""
        if name in self._fields:
            return self._fields[name]
        if name in self._aliases:
            return self._fields[self._aliases[name]]
        return name if name in self._fields.values() else None

    @classmethod
    def _read(cls, source: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of what came over the wire, every field under the name that the contract prefers."""
        found = dict(source)
        for alias, name in cls._aliases.items():
            if alias in found:
                value = found.pop(alias)
                if found.get(name) is None:
                    found[name] = value
        return found


def moment(value: Any) -> Any:
    """A date-time of the wire as such; what isn't one, as it came."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    return value


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that are None: an answer is written as it would be read."""
    return {name: value for name, value in fields.items() if value is not None}


def rows(found: Any, read: Callable[[Any], T]) -> list[T]:
    """What could be read of a list; null is an empty one.

    A row that can't be read is left out and logged as a warning: the others are worth having.
    """
    if found is not None and not isinstance(found, list):
        raise TypeError(f"there is {type(found).__name__} in place of a list")
    made: list[T] = []
    for row in found or ():
        try:
            made.append(read(row))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # Not what it says, which may be of any length, and anybody's.
            log.warning("left out a row of a list that can't be read: %s", type(error).__name__)
    return made
