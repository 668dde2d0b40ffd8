"""Writes the generated parts of `docs/promises.md`: `python -m tests.faults.promises`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cognitora import config, deadline, retry
from cognitora._async import connections
from cognitora_openapi import content_decoder
from cognitora_openapi.operations import OPERATIONS
from tests.faults.rows import SECTIONS, Row

PAGE = Path(__file__).parents[2] / "docs" / "promises.md"

MIB = 1024 * 1024


def fresh(page: str) -> str:
    """The page with its generated parts written anew."""
    for name, content in (
        ("numbers", numbers()),
        ("operations", operations()),
        ("matrix", matrix()),
    ):
        start, end = f"<!-- {name}: generated -->", f"<!-- end of {name} -->"
        before, _, rest = page.partition(start)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"{PAGE} has no place for {name!r}")
        page = f"{before}{start}\n{content}\n{end}{after}"
    return page


def numbers() -> str:
    """What the code's constants say."""
    rows = [
        ("attempts of a call that may be repeated", f"{retry.MAX_ATTEMPTS}"),
        ("pause before the second attempt, at most", f"{retry.FIRST_PAUSE * 1000:g} ms"),
        ("the same after a 429", f"{retry.FIRST_PAUSE_THROTTLED:g} s"),
        (
            "longest pause (they double, and are drawn from 0 to their limit)",
            f"{retry.LONGEST_PAUSE:g} s",
        ),
        ("deadline of a call that runs no code, by default", f"{config.DEFAULT_TIMEOUT:g} s"),
        (
            "deadline of a call that runs code",
            f"its `timeout_seconds` and {deadline.GRACE_SECONDS:g} s",
        ),
        ("clean-up at the end of a `with` block, at most", f"{deadline.CLEANUP_SECONDS:g} s"),
        ("time for making a connection, at most", f"{connections.CONNECT_SECONDS:g} s"),
        ("connections at a time", f"{connections.MAX_CONNECTIONS}"),
        ("connections kept for later calls", f"{connections.MAX_IDLE}"),
        ("and for how long", f"{connections.IDLE_SECONDS:g} s"),
        (
            "largest answer, unpacked (files are streamed and have no limit)",
            f"{content_decoder.MAX_ANSWER_BYTES // MIB} MiB",
        ),
        (
            "as much is read of an error's explanation",
            f"{content_decoder.MAX_REFUSAL_BYTES // MIB} MiB",
        ),
    ]
    return _table(("what", "how much"), rows)


def operations() -> str:
    """The operations of the contract by class."""
    classes = [
        (kind, ", ".join(f"`{o.id}`" for o in OPERATIONS.values() if o.retry == kind))
        for kind in ("safe", "keyed", "never")
    ]
    return _table(("class", "operations"), classes)


def matrix() -> str:
    """The matrix of `rows`."""
    parts = []
    for section, rows in SECTIONS.items():
        head = (
            "fault",
            "raised",
            "`may_have_run`",
            "safe",
            "keyed",
            "key honoured",
            "never",
            "work done",
        )
        parts.append(f"**{section}**\n\n{_table(head, [_line(row) for row in rows])}")
    return "\n\n".join(parts)


def _line(row: Row) -> tuple[str, ...]:
    if row.raises:
        raised = f"`{row.raises}`" + (f" {row.status}" if row.status else "")
        ran = "yes" if row.ran else "no"
    else:
        raised, ran = "nothing", ""
    work = "once" if row.work and row.reached else "not"
    return (row.name, raised, ran, *map(str, row.asked), work)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text("utf-8")), "utf-8")
