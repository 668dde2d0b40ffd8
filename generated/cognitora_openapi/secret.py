"""The API key, kept out of whatever is shown. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterator

from .errors import InvalidRequestError

SHORTEST = 8
"""A shorter text is no secret worth its name, and blotting it out would garble whatever it occurs in."""

PART = 10
"""So many letters of a key in a row are hidden too. Fewer are what services show to tell keys apart."""

WORDS = re.compile(r"^(?:[a-z]{2,}[_-])+")

NOT_COPIED = (
    "A client can't be copied or pickled, nor what holds one (a session, a container, a stream): it has the "
    "API key and open connections. Make one where it is needed, such as in each process, and hand on ids "
    "and results."
)

# However JSON, a program, a URL or HTML may spell a letter, and that once more or several times over.
ESCAPE = re.compile(
    r"(?<!\\)\\++(?:u(?P<u>[0-9a-f]{4})|x(?P<x>[0-9a-f]{2})|(?P<itself>[^\\]))|%(?:25)*(?P<url>[0-9a-f]{2})"
    r"|&(?:amp;)*#(?:0*(?P<decimal>[0-9]{1,3})|x0*(?P<html>[0-9a-f]{1,2}));",
    re.IGNORECASE | re.DOTALL,
)


class Forms(frozenset[str]):
    """How secrets stand in texts. None of them shows in a repr."""

    __slots__ = ()

    def blotted_out(self, text: str, *, sized: bool = False) -> str:
        """`text` without them, as they are and escaped; `sized`: it stays as long as it is."""
        if not self:
            return text
        plain = _Plain(text)
        places = [
            (plain.place(start), plain.place(start + len(form)))
            for form in self
            for start in _occurrences(form, plain.text)
        ]
        if plain.text != text:  # a secret may have in it what looks like an escape
            places += [
                (start, start + len(form)) for form in self for start in _occurrences(form, text)
            ]
        shown, end = [], 0
        for first, last in _joined(sorted(places)):
            shown += [text[end:first], "*" * (last - first) if sized else "***"]
            end = last
        return "".join([*shown, text[end:]])

    def __repr__(self) -> str:
        return "Forms(***)"


class Secret:
    """A text that shows in no repr, log or traceback."""

    __slots__ = ("_parts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: Forms | None = None

    def reveal(self) -> str:
        """The text itself, for the wire alone."""
        return self._text

    def usable(self) -> Secret:
        """The same without the blanks around it, which files and shells leave behind.

        Raises:
            InvalidRequestError: It has characters that can't be sent, or is no text.
        """
        if not isinstance(self._text, str):
            raise InvalidRequestError("The API key must be a string.")
        text = self._text.strip()
        if not text.isascii() or not text.isprintable() or " " in text:
            text = ""
            raise InvalidRequestError(
                "The API key has characters that no key has: a newline or a space within, a control "
                "or a non-ASCII character. Copy it again from the dashboard."
            )
        return Secret(text)

    def hide(self, text: str) -> str:
        """`text` with the secret blotted out, should a server have echoed it.

        It is found as it is, escaped or in base64, alone or within something (`Bearer …`), and so is
        a part of ten letters or more.
        """
        if self._parts is None:
            self._parts = Forms(_parts(self._text.strip()))
        return self._parts.blotted_out(text)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError(NOT_COPIED)


def in_base64(secret: str) -> Iterator[str]:
    """What of a secret in base64 doesn't depend on what stands before and behind it, in both alphabets."""
    for before in range(3):
        # Letters that share their bits with that do.
        data = bytes(before) + secret.encode("utf-8", "replace")
        whole = b64encode(data).decode()[(before * 8 + 5) // 6 : len(data) * 8 // 6]
        yield whole
        yield whole.translate({43: "-", 47: "_"})


def usable_token(token: str) -> str:
    """The token of a low-level client. Raises InvalidRequestError where it can't be sent."""
    return Secret(token).usable().reveal()


class _Plain:
    """A text with its escapes undone, and where in the text each letter comes from."""

    def __init__(self, text: str) -> None:
        pieces, self._starts, self._offsets = [], [0], [0]
        end = length = 0
        for found in ESCAPE.finditer(text):
            pieces += [text[end : found.start()], _letter(found)]
            length += len(pieces[-2]) + 1
            end = found.end()
            self._starts += [length - 1, length]
            self._offsets += [found.start(), end]
        self.text = "".join([*pieces, text[end:]])

    def place(self, index: int) -> int:
        """Where in the text that stands which is at `index` of the plain one."""
        mark = bisect_right(self._starts, index) - 1
        return self._offsets[mark] + index - self._starts[mark]


def _letter(found: re.Match[str]) -> str:
    """What an escape stands for."""
    kind = found.lastgroup or "itself"
    digits = found[kind]
    return digits if kind == "itself" else chr(int(digits, 10 if kind == "decimal" else 16))


def _parts(secret: str) -> Iterator[str]:
    """What shows that the secret is there: each part of some length, as it is and in base64."""
    if len(secret) < SHORTEST:
        return
    yield secret
    # The words that keys begin with, as in "cognitora_live_", are in many texts: they tell nothing.
    rest = WORDS.sub("", secret)
    yield from _runs(rest if len(rest) >= PART else secret, PART)
    for whole in in_base64(secret):
        yield from _runs(whole, PART * 8 // 6)


def _runs(text: str, length: int) -> Iterator[str]:
    for start in range(max(1, len(text) - length + 1)):
        yield text[start : start + length]


def _occurrences(part: str, text: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _joined(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places without overlap, in order."""
    at: tuple[int, int] | None = None
    for start, end in places:
        if at is None or start > at[1]:
            if at is not None:
                yield at
            at = (start, end)
        else:
            at = (at[0], max(at[1], end))
    if at is not None:
        yield at
