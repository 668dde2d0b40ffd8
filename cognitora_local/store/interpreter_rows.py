"""Sessions, executions, their outputs and their logs, as rows of the database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from ..kernel.bundles import Bundle
from ..kernel.outputs import STREAMS, Output
from ..untrusted_json import RawJson
from .models import ExecutionRecord, LogRecord, SessionRecord
from .pages import UnknownEntry
from .timestamps import known, moment, stamp

PIECE = 64 * 1024
"""Characters of text in a row: more would keep everybody waiting while it is encoded or decoded."""
ROWS = 16  # that are read or written at a time, and fewer where they are long: at each others take over


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


def output_of(row: Iterable[Any]) -> Output:
    type, data, bundle, created, metadata, display_id = row
    return Output(
        type=type,
        data=shown_of(data),
        bundle=None if bundle is None else bundle_of(json.loads(bundle)),
        timestamp=known(created),
        metadata=None if metadata is None else RawJson(metadata),
        display_id=display_id,
    )


def output_rows(execution: ExecutionRecord) -> Iterator[tuple[Any, ...]]:
    """The rows of an execution's outputs. Long text has several, which are joined when they are read."""
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


def one_piece(outputs: list[Output]) -> bool:
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


def pieces_of(output: Output) -> Iterator[str | Bundle]:
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
        if isinstance(each, RawJson)
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
            mime: each if isinstance(each, str) else RawJson(json.dumps(each))
            for mime, each in value.items()
        }
    return {mime: RawJson(each) if is_json else each for mime, each, is_json in value}


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
