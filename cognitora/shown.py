"""What a notebook or a terminal would show in the end of outputs, and a repr of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput

LINE = 80
"""Characters of a text in a repr."""


def cut(text: str) -> str:
    """The repr of a text, of a long one its beginning and its length."""
    return repr(text) if len(text) <= LINE else f"{text[:LINE]!r}… of {len(text):,} characters"


def left(outputs: Iterable[ExecuteCodeOutput]) -> list[ExecuteCodeOutput]:
    """The outputs without those that were cleared, and each display as it was last updated."""
    kept: list[ExecuteCodeOutput] = []
    clear_next = False
    for output in outputs:
        if output.type == "clear_output":
            clear_next = True
            if isinstance(output.metadata, Mapping) and output.metadata.get("wait"):
                continue
        if clear_next:
            kept, clear_next = [], False
        if output.type == "update_display_data":
            places = [n for n, one in enumerate(kept) if one.display_id == output.display_id]
            for place in places:
                kept[place] = output
            if places:
                continue
        if output.type != "clear_output":
            kept.append(output)
    return kept


def last_states(text: str) -> str:
    """The text with each line as it was when it ended: progress bars return to its start, and go on."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
