"""The messages between a gateway and an agent: a head of JSON, and bytes beside it.

On the wire both lengths come first, four bytes each, big-endian.

A connection begins with a request. Its head has the pod's `token`, the gateway's `term` (who takes over
from another has one more, and is the only one who is heard then), and what is wanted (`op`):

    open    the program `id`: a driver or a command. It is started by its `spec` unless it was seen before,
            or else taken up again behind its record number `have`, or what is left of it. The answer has
            `have`, behind which number it goes on, `printed`, how many bytes were printed up to there,
            `taken`, the number of the last record that the program has taken from a gateway, and for a
            driver what `Driver.told` says. Then both sides send records, whose heads have a number `n` and
            a `kind`; beside them the gateway sends heads without a number: `ack` (the records up to this
            number have arrived), `signal`, `kill`, `close` and `beat`, and the agent `over`, as soon as the
            program has ended, with how.
    visit   a program that works on files, whose standard streams the connection becomes.
    tell    what the agent knows of its pod.
    image   what the pod's image has commands begin with: its variables, and its folder.
    end     all commands are killed, and what they have said is forgotten, but the one whose id is `but`.

The answer's head has `error` where it isn't done. Whoever sent a record keeps it until it was told that it
arrived, and sends it again by a new connection: so each is taken once, whatever becomes of connections.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Source(Protocol):
        """Where bytes come from, such as an asyncio.StreamReader."""

        async def readexactly(self, n: int, /) -> bytes: ...


TAKEN_OVER = "another gateway has taken over"
"""The error that all others are told then."""

LENGTH = 4
MOST_BYTES = 64 * 2**20
"""Of a head, and of the bytes beside it: more than a gateway ever sends."""


class MessageError(Exception):
    """The sender doesn't keep to the protocol."""


def pack(head: dict[str, Any], data: bytes = b"") -> bytes:
    said = json.dumps(head).encode()
    return len(said).to_bytes(LENGTH, "big") + len(data).to_bytes(LENGTH, "big") + said + data


async def read(
    source: Source, most: int = MOST_BYTES, most_data: int = MOST_BYTES
) -> tuple[dict[str, Any], bytes]:
    """The next message, of so many bytes. Raises MessageError, and what `source` raises at its end."""
    lengths = await source.readexactly(2 * LENGTH)
    size, data_size = (
        int.from_bytes(lengths[:LENGTH], "big"),
        int.from_bytes(lengths[LENGTH:], "big"),
    )
    if size > most or data_size > most_data:
        raise MessageError(f"a message of {size + data_size:,} bytes was announced")
    try:
        head = json.loads(await source.readexactly(size))
    except (ValueError, RecursionError) as error:
        raise MessageError("a message's head isn't JSON") from error
    if not isinstance(head, dict):
        raise MessageError("a message's head isn't an object")
    return head, await source.readexactly(data_size)
