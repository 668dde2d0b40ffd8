"""What a notebook shows of a list: a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from cognitora_openapi.response_model import ResponseModel

from ...shown import LINE
from ..markup import GREY, scrolled

ROWS = 100
COLUMNS = 8
_CELL = "text-align:left;vertical-align:top;overflow-wrap:break-word"


def table(entries: Sequence[Any]) -> str | None:
    """The entries by row, each of the first fields that are plain values; None where that is no table."""
    rows = [_cells(entry) for entry in entries[:ROWS] if isinstance(entry, ResponseModel)]
    names = list(dict.fromkeys(name for row in rows for name in row))[:COLUMNS]
    if not names or len(rows) < len(entries[:ROWS]):
        return None
    head = "".join(f'<th style="{_CELL}">{escape(name)}</th>' for name in names)
    body = "".join(
        f"<tr>{''.join(_cell(row.get(name, '')) for name in names)}</tr>" for row in rows
    )
    more = len(entries) - len(rows)
    note = f'<div style="{GREY}">and {more:,} more</div>' if more else ""
    html = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return scrolled(html) + note


def _cells(entry: ResponseModel) -> dict[str, str]:
    return {
        name: _text(value)
        for name, value in entry.items()
        if isinstance(value, str | int | float | datetime)
    }


def _cell(text: str) -> str:
    return f'<td style="{_CELL}">{escape(text)}</td>'


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    text = str(value)
    return text if len(text) <= LINE else f"{text[:LINE]}… of {len(text):,} characters"
