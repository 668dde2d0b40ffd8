"""What the runtime says on standard error: as much as somebody could read, whatever happens."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from types import TracebackType

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

MOST = 200
"""Messages within a period, of one level."""

PERIOD_SECONDS = 10.0

LONGEST = 20_000
"""Characters of a message, its traceback included."""


def begin(level: str, *, as_json: bool = False) -> None:
    """Write messages of this level and above to standard error; `as_json`: each an object in a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(FORMAT) if as_json else Shortened(FORMAT))
    handler.addFilter(Bounded())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    if as_json:  # what Python would write by itself as well
        logging.captureWarnings(True)
        sys.excepthook = _say_error
        threading.excepthook = lambda error: _say_error(
            error.exc_type, error.exc_value, error.exc_traceback
        )
        sys.unraisablehook = lambda error: _say_error(
            error.exc_type, error.exc_value, error.exc_traceback
        )


def is_json() -> bool:
    """Whether all that is said is to be such objects."""
    return any(isinstance(each.formatter, JsonLines) for each in logging.getLogger().handlers)


def _say_error(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    told = (kind, error or kind(), traceback)
    logging.getLogger("cognitora_local").critical("Nobody saw to an error", exc_info=told)


def shortened(text: str) -> str:
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} [...] {text[-half:]}"


class Shortened(logging.Formatter):
    """Keeps the beginning and the end of a long message."""

    def format(self, record: logging.LogRecord) -> str:
        return shortened(super().format(record))


class JsonLines(Shortened):
    """An object for each message: its `time`, `level`, `logger` and `message`, and what else is told of it.

    That is what a record's `fields` have, and the traceback of the `error` that it is about.
    """

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": shortened(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["error"] = shortened(self.formatException(record.exc_info))
        return json.dumps(told, default=str)


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
