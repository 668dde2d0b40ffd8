"""What a notebook shows of code that ran: every output in order, then why it failed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...shown import last_states, left
from .. import markup
from ..outputs import bundle_of, plain
from . import trust

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput

STREAMS = ("stdout", "stderr")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_RED, _GREEN, _PLAIN = "\x1b[1;31m", "\x1b[32m", "\x1b[0m"
_PLACE = re.compile(r'^([ \t|]*)(File ".*", line \d+)', re.M)
_ERROR = re.compile(r"^([A-Za-z_][\w.]*)(?=(:.*)?$)", re.M)

Bundle = dict[str, Any]


def show(outputs: list[ExecuteCodeOutput], error: str | None) -> None:
    """Shows them in the cell that runs, as if the code had run there."""
    display = import_module("IPython.display").display  # whoever calls this has it
    for kind, bundle in _pieces(outputs, error):
        if kind in STREAMS and "text/html" not in bundle:
            getattr(sys, kind).write(bundle["text/plain"])
        else:
            display(bundle, raw=True)


def bundle(outputs: list[ExecuteCodeOutput], error: str | None, plain: str) -> Bundle:
    """All of it as one thing.

    Args:
        outputs: What the code put out.
        error: Why it did not end well.
        plain: The text of it all.
    """
    pieces = [piece for _, piece in _pieces(outputs, error)]
    shown: Bundle = {"text/plain": markup.cut(plain)}
    if any(piece.keys() > {"text/plain"} for piece in pieces):
        shown["text/html"] = "".join(map(html_of, pieces))
    for piece in pieces:
        shown |= {kind: piece[kind] for kind in _IMAGES if kind in piece}
    return shown


def html_of(bundle: Bundle) -> str:
    """A bundle as HTML."""
    html = bundle.get("text/html")
    if html is None:
        kind = next((kind for kind in _IMAGES if kind in bundle), None)
        html = (
            markup.img(kind, bundle[kind]) if kind else markup.block(bundle.get("text/plain", ""))
        )
    return f"<div>{html}</div>"


def failure(error: str) -> Bundle:
    """Why something did not end well: a traceback, in the colours of one."""
    text = error.rstrip("\n")
    html = markup.folded(coloured_traceback(text), last=4)
    return {"text/plain": markup.cut(text), "text/html": html}


def text(printed: str) -> Bundle:
    """What was printed."""
    if not markup.is_long(printed):
        return {"text/plain": printed}
    printed = last_states(printed)
    return {"text/plain": markup.cut(printed), "text/html": markup.folded(printed)}


def _pieces(outputs: list[ExecuteCodeOutput], error: str | None) -> Iterator[tuple[str, Bundle]]:
    """What is shown, in order, each with the type of its output."""
    for kind, group in groupby(left(outputs), lambda output: str(output.type)):
        if kind in STREAMS:
            yield kind, text("".join(plain(output.data) for output in group))
        elif kind != "error":
            for output in group:
                yield kind, trust.safe(bundle_of(output)) or text(plain(output.data))
    if error:
        yield "error", failure(error)


def coloured_traceback(error: str) -> str:
    """A traceback with colours, unless it brings its own."""
    if "\x1b" in error:
        return error
    return _ERROR.sub(f"{_RED}\\1{_PLAIN}", _PLACE.sub(f"\\1{_GREEN}\\2{_PLAIN}", error))
