"""A JSON body, looked at piece by piece as it comes: none of it has everybody else wait.

Parsing is one step, which takes as long as the text is. So long texts, which hold no structure, are
set aside as they come, and what is parsed at the end is the rest. A few bytes of that can become
gigabytes, or take long: there must not be too much of it.
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from ..untrusted_json import MAX_DEPTH, MAX_VALUES

LONG = 200
"""Characters of a text that is set aside."""

PIECE = 64 * 1024
"""Characters that are copied, coded or decoded in one step."""

STEP = 2048
"""Characters of a body that are looked at in one step: each may be a value."""

MAX_REST = 1_000_000
"""Characters outside of texts. Real requests have some hundreds."""

_STRUCTURE = re.compile(r"[][{}]")
# Of a text: no escape is cut in two, nor are two that mean one character. (No group is repeated
# with *+ here: before Python 3.11.5 what one begins to match counts, though it doesn't go on.)
_TEXT = re.compile(
    r"(?:[^\"\\]++|\\[^u]|\\u(?![dD][89abAB])[^\"\\]{4}|\\u[dD][89abAB][^\"\\]{2}\\u[^\"\\]{4})*",
    re.DOTALL,
)
_ESCAPES = 12  # characters of the longest of these


class JsonBody:
    """A body that is still coming. `feed` takes at most `STEP` characters at a time."""

    def __init__(self) -> None:
        self._rest: list[str] = []  # all but the long texts, in whose places there are names
        self._name = secrets.token_hex(16)
        self._long: list[str] = []
        self._text: list[str] | None = None  # the one that is being read, as it is written
        self._decoded: list[str] = []  # the same, of one that is long
        self._left = ""  # what can't be told before more has come
        self._values = self._depth = self._texts = self._length = 0
        self.excess: str | None = None
        """What there is too much of, as in "more than 10,000 values". The rest is passed over."""

    def feed(self, piece: str) -> None:
        """Look at the next piece.

        Raises:
            ValueError: a text in it isn't one, or isn't Unicode.
        """
        text, at = self._left + piece, 0
        self._left = ""
        while at < len(text) and self.excess is None:
            if self._text is None:
                at = self._outside(text, at)
            else:
                before, at = at, self._inside(text, at, self._text)
                if at == before and len(text) - at < _ESCAPES:
                    self._left = text[at:]
                    return

    def value(self) -> Any:
        """What it holds, at its end.

        Raises:
            ValueError: it isn't JSON.
            RecursionError: it is too deep.
        """
        if self._text is not None:  # which never ends
            self._rest.append('"')
        text = "".join(self._rest)
        try:
            value = json.loads(text, parse_constant=refuse_constant)
        except json.JSONDecodeError as error:
            found = "nothing" if not text.strip() else str(error)
            raise ValueError(error.msg if self._long else found) from None
        if r"\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return self._whole(value) if self._long else value

    def _outside(self, text: str, at: int) -> int:
        end = text.find('"', at)
        part = text[at:end] if end >= 0 else text[at:]
        self._rest.append(part)
        self._length += len(part)
        self._values += part.count(",")
        for found in _STRUCTURE.finditer(part):
            opens = found.group() in "[{"
            self._values += opens
            self._depth += 1 if opens else -1
            if self._depth < 0:
                raise ValueError("more ends of lists and objects than beginnings")
            if self._depth > MAX_DEPTH or self._values >= MAX_VALUES:
                break
        if self._values >= MAX_VALUES or self._texts > 2 * MAX_VALUES:
            self.excess = f"more than {MAX_VALUES:,} values"
        elif self._depth > MAX_DEPTH:
            self.excess = f"more than {MAX_DEPTH} lists and objects inside of each other"
        elif self._length > MAX_REST:
            self.excess = f"more than {MAX_REST:,} characters outside of its texts"
        if end < 0:
            return len(text)
        self._text = []
        self._texts += 1
        return end + 1

    def _inside(self, text: str, at: int, read: list[str]) -> int:
        found = _TEXT.match(text, at)
        end = found.end() if found else at
        if end == at and text[at] != '"' and len(text) - at >= _ESCAPES:
            end += len(r"\ud800")  # half of a character, or no escape: what decodes it says so
        if end > at:
            read.append(text[at:end])
            if self._decoded or sum(map(len, read)) > LONG:
                self._decoded.append(decoded("".join(read)))
                read.clear()
        if end < len(text) and text[end] == '"':
            self._close(read)
            end += 1
        return end

    def _close(self, read: list[str]) -> None:
        if self._decoded:
            self._rest.append(f'"{self._name}{len(self._long)}"')
            self._long.append("".join(self._decoded))
            self._decoded.clear()
        else:
            self._rest.append(f'"{"".join(read)}"')
        self._text = None

    def _whole(self, value: Any) -> Any:
        """A value with its long texts in their places."""
        if isinstance(value, str):
            place = value.removeprefix(self._name)
            return value if place == value else self._long[int(place)]
        if isinstance(value, list):
            return [self._whole(each) for each in value]
        if isinstance(value, dict):
            return {self._whole(name): self._whole(each) for name, each in value.items()}
        return value


def decoded(text: str) -> str:
    """What a part of a text means.

    Raises:
        ValueError: it can't be part of one, or isn't Unicode.
    """
    meant: str = json.loads(f'"{text}"')
    if "\\" in text:
        meant.encode("utf-8")
    return meant


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
