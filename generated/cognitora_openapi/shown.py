"""How values are shown: short, and nothing private. Written by hand, copied here by `make generate`."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from reprlib import Repr
from typing import Any

PRIVATE = frozenset({"additional_properties", "content", "environment"})
"""The fields whose values show in no repr: files, and variables, which hold passwords as a rule."""

LONGEST = 10_000
"""Characters of a repr."""


class _Short(Repr):
    """As it cuts a text, it cuts bytes, of which it knows nothing itself."""

    def repr_bytes(self, value: bytes | bytearray, level: int) -> str:
        del level
        text = repr(value[: self.maxstring])
        return text if len(value) <= self.maxstring else f"{text}… of {len(value):,} bytes"

    repr_bytearray = repr_bytes


_short = _Short()  # a picture in base64 or a million lines would bury the rest
_short.maxstring = _short.maxlong = 100
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 20
_short.maxother = LONGEST
_short.maxlevel = 4


def shown(value: object) -> str:
    """The repr of a value, cut where it is long; its type, where it has none."""
    try:
        return _short.repr(value)
    except Exception:  # noqa: BLE001 - a number of 5,000 digits has no repr, and a caller's class may fail
        return f"<{type(value).__name__}>"


def shown_object(name: str, fields: Iterable[tuple[str, Any]]) -> str:
    """The repr of an object: of each field that is set, if it isn't private, the value."""
    parts: list[str] = []
    for field, value in fields:
        if type(value).__name__ != "Unset":  # by its name: its module takes 40 ms to import
            parts.append(f"{field}={_hidden(value) if field in PRIVATE else shown(value)}")
    text = f"{name}({', '.join(parts)})"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…)"


def _hidden(value: object) -> str:
    if value is None:
        return "None"
    value = getattr(value, "additional_properties", value)
    size = f"{len(value):,}" if isinstance(value, Sized) else type(value).__name__
    return f"<{size}{' characters' if isinstance(value, str) else ''}>"


class Discreet:
    """A part of a request, whose repr is short and holds no contents."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = [field.name for field in getattr(type(self), "__attrs_attrs__")]  # noqa: B009 - attrs' own
        return shown_object(type(self).__name__, [(name, getattr(self, name)) for name in names])
