"""JSON that isn't trusted: how much it holds, and whether it is sound, told before it is parsed.

A few bytes each can become gigabytes, and a number of many digits takes long to read and to write.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_VALUES = 10_000
"""Values that a text may hold, those inside of others too. Real requests have some dozens."""

MAX_DEPTH = 50
"""Lists and objects inside of each other. Real requests have four."""

NUMBER_LENGTH = 300
"""Characters of a number. Python can't read a whole number of some thousands, for one."""

LARGEST = "1.7976931348623158"
"""Less, with the exponent 308, is a double."""

_SHAPE = b"[]{},"
_REST = bytes(set(range(256)) - set(_SHAPE))
_LISTS = bytes.maketrans(b"{}", b"[]")


@dataclass(frozen=True, slots=True)
class RawJson:
    """Sound JSON that stays as it was written: nobody here needs its value."""

    text: str
    """On one line. What UTF-8 can carry, and numbers as others can read them."""

    @property
    def value(self) -> Any:
        return json.loads(self.text)


def raw_json(text: str) -> RawJson | None:
    """The text as JSON; None where it isn't, strictly, or not such as everybody could read.

    Of what may be large `count_values` is to be asked first.
    """
    try:
        value = json.loads(text, parse_int=_short, parse_float=_small, parse_constant=_refuse)
        if r"\ud" in text or r"\uD" in text:  # half of a character, perhaps
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return RawJson(text.replace("\n", " ").replace("\r", " "))  # none is in a string


def count_values(text: bytes, max_values: int, max_depth: int) -> int | None:
    """As many values as a JSON text has, or some more; None: more than these, or deeper than that.

    Of a text that isn't JSON nothing is known: parsing it costs no more than its length.
    """
    if (most := _most_values(text)) <= max_values // 10 and _opened(text) <= max_depth:
        return most  # whatever is text in it: what most need, and quickly known
    # Without escapes, each quote begins a text or ends one.
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * max_values:  # a name and a text for each value
        return None
    shape = b"".join(plain.split(b'"')[::2]).translate(_LISTS, _REST)
    if (most := _most_values(shape)) > max_values or _deeper(shape.replace(b",", b""), max_depth):
        return None
    return most


def _most_values(text: bytes) -> int:
    """As many values as there are, or some more: of each list and object one is counted twice."""
    return text.count(b",") + _opened(text) + 1


def _opened(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _deeper(lists: bytes, max_depth: int) -> bool:
    """Whether there are more lists inside of each other, by taking off the innermost ones."""
    for _ in range(max_depth):
        inside = lists.replace(b"[]", b"")
        if len(inside) == len(lists):
            break
        lists = inside
    return b"[]" in lists or lists.count(b"[") > max_depth


def _short(digits: str) -> int:
    if len(digits) > NUMBER_LENGTH:
        raise ValueError("a number of too many digits")
    return 0


def _small(number: str) -> int:
    """Refuses what may be beyond the largest double, by its digits: some readers end at that.

    With an exponent of three digits those are known that have one before the point, as every program
    writes them. In one function, and without `float`, as there may be ten thousands of them.
    """
    if len(number) > NUMBER_LENGTH:
        raise ValueError("a number of too many digits")
    if "e" in number or "E" in number:
        exponent = number[-3:]
        if not exponent.isdecimal():  # two digits, or one
            if len(number) > NUMBER_LENGTH - 100:
                raise ValueError("a number of too many digits")
        elif (sign := number[-4]) != "-" and (
            sign not in "eE+"
            or number[2 if number[0] == "-" else 1] not in ".eE"
            or exponent > "308"
            or (exponent == "308" and number[:-3].strip("-+eE") >= LARGEST)
        ):
            raise ValueError("a number of too large an exponent")
    return 0


def _refuse(name: str) -> int:
    raise ValueError(f"{name} is no JSON number")
