"""How much a JSON text holds, told before it is parsed: a few bytes each can become gigabytes."""

from __future__ import annotations

MAX_VALUES = 10_000
"""Values that a text may hold, those inside of others too. Real requests have some dozens."""

MAX_DEPTH = 50
"""Lists and objects inside of each other. Real requests have four."""

_OPEN, _CLOSE = b"[{", b"]}"
_SHAPE = b"[]{},"
_REST = bytes(set(range(256)) - set(_SHAPE))


def excess(text: bytes, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH) -> str | None:
    """What a JSON text has too much of, as in "more than 10,000 values"; None: it is moderate.

    Of a text that isn't JSON nothing is known: parsing it costs no more than its length.
    """
    if _values(text) <= max_values and _opened(text) <= max_depth:
        return None  # whatever is text in it: what most requests need, and quickly known
    # Without escapes, each quote begins a text or ends one.
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 4 * max_values:  # a name and a text for each value
        return f"more than {max_values:,} values"
    shape = b"".join(plain.split(b'"')[::2]).translate(None, _REST)
    if _values(shape) > max_values:
        return f"more than {max_values:,} values"
    if _depth(shape) > max_depth:
        return f"more than {max_depth} lists and objects inside of each other"
    return None


def _values(shape: bytes) -> int:
    """As many values as there are, or some more: of each list and object one is counted twice."""
    return shape.count(b",") + _opened(shape) + 1


def _opened(shape: bytes) -> int:
    return shape.count(b"[") + shape.count(b"{")


def _depth(shape: bytes) -> int:
    depth = deepest = 0
    for each in shape:
        if each in _OPEN:
            depth += 1
            deepest = max(deepest, depth)
        elif each in _CLOSE:
            depth -= 1
            if depth < 0:  # no JSON: parsing it ends here too, and there may be millions of them
                break
    return deepest
