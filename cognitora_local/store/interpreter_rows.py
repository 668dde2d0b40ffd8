"""What a record holds, and how it is read from a row of the database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from ..kernel.bundles import Bundle
from ..untrusted_json import Json
from .pages import UnknownEntry

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STREAMS = ("stdout", "stderr")
PIECE = 64 * 1024
"""Characters of text in a row: more would keep everybody waiting while it is encoded or decoded."""
ROWS = 16  # that are read or written at a time, and fewer where they are long: at each others take over
MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class SessionRecord:
    """A session. `status` is active, deleted, expired or ended; `reason` says why it ended."""

    id: str
    language: str
    created_at: datetime
    expires_at: datetime | None = None
    timeout_seconds: int | None = None
    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    one_shot: bool = False
    status: str = "active"
    reason: str | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class OutputRecord:
    """One piece of what an execution put out."""

    type: str
    data: str | Bundle
    bundle: Bundle | None
    timestamp: datetime
    metadata: Json | None = None
    display_id: str | None = None

    def size(self) -> int:
        """In characters and roughly."""
        bundles = (self.data, self.bundle or {})
        shown = [
            each
            for some in bundles
            for each in ([some] if isinstance(some, str) else some.values())
        ]
        return 100 + sum(len(each.text if isinstance(each, Json) else each) for each in shown)


@dataclass(slots=True)
class ExecutionRecord:
    """An execution. Times in milliseconds, memory in MB (2**20 bytes)."""

    id: str
    session_id: str
    language: str
    code: str
    networking: bool
    timeout_seconds: float
    created_at: datetime
    uploaded_files: list[str] = field(default_factory=list[str])
    status: str = "running"
    errors: list[str] = field(default_factory=list[str])
    outputs: list[OutputRecord] = field(default_factory=list[OutputRecord])
    completed_at: datetime | None = None
    execution_time_ms: int | None = None
    cpu_time_ms: int | None = None
    peak_memory_mb: float | None = None

    def size(self) -> int:
        """Of its code, errors and outputs, in characters and roughly."""
        texts = (self.code, *self.errors)
        return sum(map(len, texts)) + sum(output.size() for output in self.outputs)


@dataclass(slots=True)
class LogRecord:
    """One line of a session's log: an event of the session, or an output of an execution.

    `place` is where it stands in the log's order, which is what a page begins after.
    """

    type: str
    message: str
    execution_id: str | None
    timestamp: datetime
    place: str


def stamp(moment: datetime | None) -> int | None:
    """Microseconds since 1970, exact: a float of seconds would round them."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def moment(stamped: int | None) -> datetime | None:
    return None if stamped is None else known(stamped)


def known(stamped: int) -> datetime:
    return EPOCH + stamped * MICROSECOND


def session_of(row: Sequence[Any]) -> SessionRecord:
    id, language, created, expires, timeout, resources, one_shot, status, reason, ended = row
    return SessionRecord(
        id=id,
        language=language,
        created_at=known(created),
        expires_at=moment(expires),
        timeout_seconds=timeout,
        resources=json.loads(resources),
        one_shot=bool(one_shot),
        status=status,
        reason=reason,
        ended_at=moment(ended),
    )


def execution_of(row: Sequence[Any]) -> ExecutionRecord:
    id, session_id, language, code, networking, timeout, created, uploaded, status, *rest = row
    errors, completed, wall, cpu, memory = rest
    return ExecutionRecord(
        id=id,
        session_id=session_id,
        language=language,
        code=code,
        networking=bool(networking),
        timeout_seconds=timeout,
        created_at=known(created),
        uploaded_files=json.loads(uploaded),
        status=status,
        errors=json.loads(errors),
        completed_at=moment(completed),
        execution_time_ms=wall,
        cpu_time_ms=cpu,
        peak_memory_mb=memory,
    )


def output_of(row: Iterable[Any]) -> OutputRecord:
    type, data, bundle, created, metadata, display_id = row
    return OutputRecord(
        type=type,
        data=shown_of(data),
        bundle=None if bundle is None else bundle_of(json.loads(bundle)),
        timestamp=known(created),
        metadata=None if metadata is None else Json(metadata),
        display_id=display_id,
    )


def output_rows(execution: ExecutionRecord) -> Iterator[tuple[Any, ...]]:
    """The rows of an execution's outputs. Long text has several, which `joined` puts together."""
    position = 0
    for output in execution.outputs:
        rest = (
            None if output.bundle is None else written(output.bundle),
            stamp(output.timestamp),
            None if output.metadata is None else output.metadata.text,
            output.display_id,
        )
        for data in pieces_of(output):
            yield (position, output.type, written(data), *rest)
            position += 1


def one_piece(outputs: list[OutputRecord]) -> bool:
    """Whether they are soon written."""
    return len(outputs) <= ROWS and sum(output.size() for output in outputs) <= PIECE


def piece_of(rows: Iterator[tuple[Any, ...]], *, data: int) -> Iterator[tuple[Any, ...]]:
    """The next few of these rows, which have their text at the place `data`."""
    size = 0
    for row in islice(rows, ROWS):
        yield row
        size += len(row[data])
        if size >= PIECE:
            break


def pieces_of(output: OutputRecord) -> Iterator[str | Bundle]:
    if output.type in STREAMS and isinstance(output.data, str):
        yield from pieces(output.data)
    else:
        yield output.data


def pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text) or 1, PIECE):
        yield text[start : start + PIECE]


def written(data: str | Bundle) -> str:
    """As a row has it: a JSON text, or for each representation its type, text, and whether it is JSON.

    In pieces: nobody else has a turn while one text is encoded.
    """
    if isinstance(data, str):
        return '"' + "".join(json.dumps(piece)[1:-1] for piece in pieces(data)) + '"'
    shown = [
        f"[{json.dumps(mime)},{written(each.text)},true]"
        if isinstance(each, Json)
        else f"[{json.dumps(mime)},{written(each)},false]"
        for mime, each in data.items()
    ]
    return f"[{','.join(shown)}]"


def shown_of(text: str) -> str | Bundle:
    """What `written` wrote."""
    value = json.loads(text)
    return value if isinstance(value, str) else bundle_of(value)


def bundle_of(value: Any) -> Bundle:
    """A bundle of a row. Older runtimes wrote it as an object, JSON among the rest."""
    if isinstance(value, dict):
        return {
            mime: each if isinstance(each, str) else Json(json.dumps(each))
            for mime, each in value.items()
        }
    return {mime: Json(each) if is_json else each for mime, each, is_json in value}


def joined(outputs: Iterable[OutputRecord]) -> Iterator[OutputRecord]:
    """What rows hold, with the text of several of them put together where it was one output's."""
    for (type, _), same in groupby(outputs, lambda output: (output.type, output.timestamp)):
        if type in STREAMS:
            first = next(same)
            more = [text_of(output.data) for output in same]
            first.data = "".join([text_of(first.data), *more]) if more else first.data
            yield first
        else:
            yield from same


def log_of(row: Sequence[Any]) -> LogRecord:
    type, message, execution_id, created, *place = row
    return LogRecord(
        type=type,
        message=text_of(shown_of(message)),
        execution_id=execution_id,
        timestamp=known(created),
        place=".".join(map(str, (created, *place))),
    )


def place_of(text: str) -> tuple[int, ...]:
    """A place in a log, as it was written in `LogRecord.place`.

    Raises:
        UnknownEntry: it is none.
    """
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18}){3}", text, re.ASCII):
        raise UnknownEntry(text)
    return tuple(map(int, text.split(".")))


def text_of(data: str | Bundle) -> str:
    """An output as one text: of a MIME bundle its plain text, or else the names of its types."""
    if isinstance(data, str):
        return data
    plain = data.get("text/plain")
    return plain if isinstance(plain, str) else ", ".join(data)
