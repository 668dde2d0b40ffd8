"""Outputs and logs, as rows of the database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from ..kernel.bundles import Bundle
from ..kernel.outputs import STREAMS, Output
from ..untrusted_json import RawJson
from .models import ExecutionRecord, LogRecord
from .pages import UnknownEntry
from .table import CODECS, Columns
from .timestamps import moment

PIECE = 64 * 1024
"""Characters of text in a row: more would keep everybody waiting while it is encoded or decoded."""
ROWS = 16  # that are read or written at a time, and fewer where they are long: at each others take over


def output_rows(execution: ExecutionRecord) -> Iterator[tuple[Any, ...]]:
    """The rows of an execution's outputs. Long text has several, which are joined when they are read."""
    pieces = (piece for output in execution.outputs for piece in pieces_of(output))
    for position, piece in enumerate(pieces):
        yield (position, *OUTPUT.row(piece).values())


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


def pieces_of(output: Output) -> Iterator[Output]:
    if output.type in STREAMS and isinstance(output.data, str) and len(output.data) > PIECE:
        yield from (replace(output, data=piece) for piece in pieces(output.data))
    else:
        yield output


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


def shown_of(text: str) -> Any:
    """What `written` wrote. Older runtimes wrote a bundle as an object, JSON among the rest."""
    value = json.loads(text)
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {
            mime: each if isinstance(each, str) else RawJson(json.dumps(each))
            for mime, each in value.items()
        }
    return {mime: RawJson(each) if is_json else each for mime, each, is_json in value}


OUTPUT = Columns(
    Output,
    {
        **CODECS,
        str | Bundle: (written, shown_of),
        Bundle: (written, shown_of),
        RawJson: (lambda json: json.text, RawJson),
    },
)
"""What a row has of an output."""


def log_of(row: Sequence[Any], read: Callable[[str], str | Bundle]) -> LogRecord:
    """An entry of a log; `read` makes of the row's text what it says."""
    type, message, execution_id, created, *place = row
    return LogRecord(
        type=type,
        message=text_of(read(message)),
        execution_id=execution_id,
        timestamp=moment(created),
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
