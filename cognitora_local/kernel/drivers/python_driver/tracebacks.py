"""Errors as text: the user's frames alone, with their source lines."""

from __future__ import annotations

import sys
from traceback import TracebackException
from types import TracebackType

from .distributions import advice
from .imports import DRIVER, GAP

LIMIT = 100_000
"""The longest traceback, in characters. The middle is what gets left out."""

LINE_LIMIT = 1_000
"""The longest one-line summary."""

FRAMES_LIMIT = 2_000
"""The most frames that a traceback is told with; of more the first and the last ENDS."""

ENDS = 50


def describe(error: BaseException) -> tuple[str, str]:
    """One line, and the whole traceback. Never raises, whatever the error's class does."""
    if isinstance(error, SystemExit):
        line = f"SystemExit: {error.code}"
        return line[:LINE_LIMIT], shorten(line)
    try:
        if isinstance(error, ModuleNotFoundError) and (text := advice(error.name)):
            error.add_note(text)
        _leave_out_middles(error)
        summary = TracebackException(
            type(error), error, _from_user_code(error.__traceback__), compact=True
        )
        lines = summary.format_exception_only()
        line = next(line for line in lines if not line.startswith(" ")).partition("\n")[0]
        return line[:LINE_LIMIT], shorten("".join(summary.format()))
    except BaseException as failure:  # noqa: BLE001  # its own __str__, a lack of memory or stack
        line = f"{type(error).__name__}: (no traceback: {type(failure).__name__})"
        return line, line


def shorten(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    left_out = f"\n… {len(text) - LIMIT:,} characters left out …\n"
    return text[:half] + left_out + text[-half:]


def _from_user_code(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame of executed code on; asyncio's own come before it."""
    others = None
    while traceback:
        name = traceback.tb_frame.f_code.co_filename
        if name.startswith("<execution "):
            return traceback
        if not name.startswith(DRIVER):
            others = others or traceback
        traceback = traceback.tb_next
    return others


def _leave_out_middles(error: BaseException) -> None:
    """Cut the error's traceback, and those of the errors behind it, where they are endless.

    Telling 250,000 frames takes ten seconds and more, and whoever keeps the error keeps them all.
    """
    pending, seen = [error], set[int]()
    while pending:
        error = pending.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        _leave_out_middle(error.__traceback__)
        pending += [e for e in (error.__cause__, error.__context__) if e]


def _leave_out_middle(traceback: TracebackType | None) -> None:
    entries: list[TracebackType] = []
    while traceback:
        entries.append(traceback)
        traceback = traceback.tb_next
    if len(entries) > FRAMES_LIMIT:
        entries[ENDS - 1].tb_next = _gap(len(entries) - 2 * ENDS, entries[-ENDS])


def _gap(count: int, rest: TracebackType) -> TracebackType:
    """An entry of a traceback that stands for many."""
    code = compile("frame = sys._getframe()", GAP, "exec")
    found = {"sys": sys}
    exec(code.replace(co_name=f"{count:,} frames left out"), found)
    frame: object = found["frame"]
    return TracebackType(rest, frame, -1, 0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # exec's
