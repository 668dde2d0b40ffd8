"""What the first call with an idempotency key holds while its work isn't done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Claim:
    """A key in use.

    Attributes:
        key: the key.
        fingerprint: of the call that it belongs to.
        seen: when the key last came, on the monotonic clock.
        streamed: whether its answer is a stream, which nobody can come back to.
        running: the execution whose record is the key's answer, where there is one.
        kept: whether it was recorded already what became of the key.
    """

    key: str
    fingerprint: bytes
    seen: float
    streamed: bool = False
    running: asyncio.Task[Any] | None = None
    kept: bool = False
