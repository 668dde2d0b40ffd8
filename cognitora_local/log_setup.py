"""What the runtime says on standard error: as much as somebody could read, whatever happens."""

from __future__ import annotations

import logging
import sys
import time

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

MOST = 200
"""Messages within a period, of one level."""

PERIOD_SECONDS = 10.0

LONGEST = 20_000
"""Characters of a message, its traceback included."""


def begin(level: str) -> None:
    """Write messages of this level and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Shortened(FORMAT))
    handler.addFilter(Bounded())
    logging.basicConfig(level=level.upper(), handlers=[handler])


class Shortened(logging.Formatter):
    """Keeps the beginning and the end of a long message."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        half = LONGEST // 2
        return text if len(text) <= LONGEST else f"{text[:half]} [...] {text[-half:]}"


class Bounded(logging.Filter):
    """Lets so many messages of a level through in a period, and then says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._begun: dict[int, float] = {}
        self._count: dict[int, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        level, now = record.levelno, time.monotonic()
        if now - self._begun.get(level, 0.0) > PERIOD_SECONDS:
            left_out = self._count.get(level, 0) - MOST
            self._begun[level], self._count[level] = now, 0
            if left_out > 0:
                record.msg = f"({left_out} messages before this one were left out) {record.msg}"
        self._count[level] += 1
        return self._count[level] <= MOST
