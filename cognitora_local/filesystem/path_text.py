"""Paths as text: a name is bytes, of any kind, and JSON has Unicode alone.

A byte that isn't UTF-8 stands as a character of its own, which nobody has a use for: U+10FE00 and the
byte. Such a character in a name stands byte by byte, so that each text comes back as the name it was.
"""

from __future__ import annotations

import os
import re

_FIRST = 0x10FE00
_BYTES = "\U0010fe80-\U0010feff"
_ODD = re.compile(f"[\udc80-\udcff{_BYTES}]")
_STANDING = re.compile(f"[{_BYTES}]")


def text_of(path: str) -> str:
    """The text of a path, of which bytes that aren't UTF-8 are surrogates as in os.fsdecode."""
    return _ODD.sub(
        lambda found: "".join(chr(_FIRST + byte) for byte in os.fsencode(found[0])), path
    )


def path_of(text: str) -> str:
    """The path that a text stands for, as os.fsdecode has it."""
    bytes_of = _STANDING.sub(lambda found: chr(0xDC00 + ord(found[0]) - _FIRST), text)
    return os.fsdecode(os.fsencode(bytes_of))


def is_odd(text: str) -> bool:
    """Whether a text stands for a name that isn't UTF-8."""
    return _STANDING.search(text) is not None
