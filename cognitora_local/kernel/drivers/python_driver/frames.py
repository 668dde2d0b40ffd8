"""The frames that the host and a driver send each other on a stream socket.

A frame is a length and a body; the body is a sequence of fields, each a length and UTF-8 text. A
length is four bytes, big-endian. The first field is the kind. So a frame is never parsed into more
than a flat list of strings, however malicious its sender.

Host to driver:

    execute   number, code, then a name and a value for each variable of the environment
    program   the same, but it lasts until all has ended that the code began; nothing follows it

Driver to host:

    ready     beside it, as SCM_RIGHTS, the read ends of the pipes at fd 1 and fd 2
    display   a MIME type and a value for each representation (JSON types: the value is JSON)
              and, as names beside these, metadata (a JSON object) and display_id
    update    the same: what takes the place of displays with this display_id
    clear     "wait", or nothing: what was shown so far is to go, when something follows or now
    result    as display, of the last expression
    error     one line, and the whole traceback
    done      number, and how it ended: completed, failed or interrupted

The host interrupts code by SIGINT. JavaScript's driver hears of it in another thread, perhaps when the
next code runs already, so there the signal says which execution it is meant for (`INTERRUPT_SIGNALS`).
"""

from __future__ import annotations

FRAME_LIMIT = 16 * 2**20
"""The largest body, in bytes. Twice what an execution may show is never needed."""

FIELD_LIMIT = 10_000
"""The most fields in a frame."""

LENGTH = 4

INTERRUPT_SIGNALS = range(40, 56)
"""Signals, of which the execution of a number has one: that number modulo theirs tells which."""


def pack(*fields: str) -> bytes:
    """One frame. What UTF-8 can't say (a lone surrogate) becomes a question mark."""
    parts = [b""]
    size = 0
    for field in fields:
        data = field.encode("utf-8", "replace")
        parts.append(len(data).to_bytes(LENGTH, "big"))
        parts.append(data)
        size += LENGTH + len(data)
    parts[0] = size.to_bytes(LENGTH, "big")
    return b"".join(parts)


def unpack(body: bytes | bytearray | memoryview, *, most: int = FIELD_LIMIT) -> list[str]:
    """The fields of a frame's body; ValueError when it isn't one, or has more than `most`."""
    fields: list[str] = []
    view = memoryview(body)
    position = 0
    while position < len(view):
        start = position + LENGTH
        position = start + int.from_bytes(view[position:start], "big")
        if position > len(view) or start > len(view) or len(fields) == most:
            raise ValueError("a frame's fields don't add up")
        fields.append(str(view[start:position], "utf-8"))
    return fields
