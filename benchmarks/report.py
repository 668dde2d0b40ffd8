"""Results as a table for people and as JSON for the record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.measure import Result, Verdict

RESULTS = Path(__file__).with_name("results")


def table(result: Result) -> str:
    """A row's figures, and how its goals stand."""
    figures = list(dict.fromkeys(name for run in result.medians.values() for name in run))
    lines = [["", *figures]]
    for name, run in result.medians.items():
        lines.append([name, *(_number(run.get(figure)) for figure in figures)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = [f"\n{result.row.title}"]
    for first, *rest in lines:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        shown.append("  ".join(["", first.ljust(widths[0]), *cells]))
    return "\n".join([*shown, *map(_told, result.verdicts)])


def _told(verdict: Verdict) -> str:
    goal = verdict.goal
    least = goal.at_least is not None
    bound = f"at {'least' if least else 'most'} {goal.at_least if least else goal.at_most:g}"
    what = f"{goal.figure} of {goal.of}" + (f" / {goal.to}" if goal.to else "")
    return f"  {'met ' if verdict.met else 'NOT '} {what}: {verdict.reached:.2f} ({bound})"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(results: Iterable[Result]) -> list[Path]:
    """Writes one JSON file for each row under `results/`, over that of an earlier run."""
    RESULTS.mkdir(exist_ok=True)
    told: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    told["machine"] = describe()
    written = []
    for result in results:
        goals = [
            {**asdict(verdict.goal), "reached": round(verdict.reached, 4), "met": verdict.met}
            for verdict in result.verdicts
        ]
        row = {"row": result.row.name, "title": result.row.title, **told}
        row |= {"medians": result.medians, "goals": goals}
        path = RESULTS / f"{result.row.name}.json"
        path.write_text(json.dumps(row, indent=2) + "\n", "utf-8")
        written.append(path)
    return written
