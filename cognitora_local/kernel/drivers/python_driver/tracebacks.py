"""Errors as text: the user's frames alone, with their source lines."""

from __future__ import annotations

from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType

LIMIT = 100_000
"""The longest traceback, in characters. The middle is what gets left out."""

LINE_LIMIT = 1_000
"""The longest one-line summary."""

MAGIC = (
    "Lines that begin with ! or % are IPython's, and this is plain Python: "
    "run programs with subprocess.run([...])."
)

DRIVER = str(Path(__file__).parent.parent)


def describe(error: BaseException) -> tuple[str, str]:
    """One line, and the whole traceback. Never raises, whatever the error's class does."""
    if isinstance(error, SystemExit):
        line = f"SystemExit: {error.code}"
        return line[:LINE_LIMIT], shorten(line)
    try:
        if isinstance(error, SyntaxError) and (error.text or "").lstrip()[:1] in ("!", "%"):
            error.add_note(MAGIC)
        summary = TracebackException(
            type(error), error, _from_user_code(error.__traceback__), compact=True
        )
        _leave_out_driver(summary)
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
    rest = traceback
    while rest:
        if rest.tb_frame.f_code.co_filename.startswith("<execution "):
            return rest
        rest = rest.tb_next
    return traceback


def _leave_out_driver(summary: TracebackException) -> None:
    pending, seen = [summary], set[int]()
    while pending:
        error = pending.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        error.stack = StackSummary.from_list([f for f in error.stack if not _of_driver(f)])
        pending += [e for e in (error.__cause__, error.__context__) if e]
        pending += error.exceptions or []


def _of_driver(frame: FrameSummary) -> bool:
    return frame.filename.startswith(DRIVER)
