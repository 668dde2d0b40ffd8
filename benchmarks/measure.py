"""Rows of measurements: programs that run in turn, again and again, and what their figures should be.

A program is started afresh for each repetition and prints one JSON object of figures as its last line. The
contestants of a row take turns, so that what else the machine does meets them all alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers import Peer

PROGRAMS = Path(__file__).with_name("programs")

Figures = dict[str, float]


@dataclass(frozen=True)
class Contestant:
    """One program of a row.

    Attributes:
        name: As shown.
        peer: The environment that it runs in.
        program: Its file in `programs/`.
        arguments: What it is told, after the address of the row's server.
    """

    name: str
    peer: Peer
    program: str
    arguments: Sequence[str | int] = ()


@dataclass(frozen=True)
class Goal:
    """What a figure should be: at most or at least so many times another's, or a number itself.

    Attributes:
        figure: Its name.
        of: The contestant whose it is.
        to: The contestant that it is compared with; None for the figure by itself.
        at_most: The largest that meets the goal.
        at_least: The smallest that meets the goal.
    """

    figure: str
    of: str
    to: str | None = None
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Row:
    """Contestants doing the same thing.

    Attributes:
        name: What to choose it by.
        title: What is measured.
        contestants: Who does it.
        goals: What should come of it.
        server: Gives the address that the programs talk to; "" for none.
        rounds: How often each program runs.
    """

    name: str
    title: str
    contestants: Sequence[Contestant]
    goals: Sequence[Goal] = ()
    server: Callable[[], AbstractContextManager[str]] = field(default=lambda: nullcontext(""))
    rounds: int = 5


@dataclass(frozen=True)
class Verdict:
    """A goal and what was reached."""

    goal: Goal
    reached: float

    @property
    def met(self) -> bool:
        least, most = self.goal.at_least, self.goal.at_most
        return (least is None or self.reached >= least) and (most is None or self.reached <= most)


@dataclass(frozen=True)
class Result:
    """What a row came to: for each contestant its figures, the median of all repetitions."""

    row: Row
    medians: dict[str, Figures]
    verdicts: list[Verdict]


def measure(row: Row, rounds: int | None = None) -> Result:
    """Runs a row's programs in turn.

    Raises:
        CalledProcessError: A program failed; what it said is on stderr.
    """
    seen: dict[str, list[Figures]] = {who.name: [] for who in row.contestants}
    with row.server() as address:
        for number in range(rounds or row.rounds):
            # Every other round backwards: nobody always runs right after the same one.
            for who in row.contestants[:: -1 if number % 2 else 1]:
                seen[who.name].append(_run(who, address))
    medians = {
        name: {figure: statistics.median(run[figure] for run in runs) for figure in runs[0]}
        for name, runs in seen.items()
    }
    return Result(row, medians, [Verdict(goal, _reached(goal, medians)) for goal in row.goals])


def _reached(goal: Goal, medians: dict[str, Figures]) -> float:
    own = medians[goal.of][goal.figure]
    return own if goal.to is None else own / medians[goal.to][goal.figure]


def _run(who: Contestant, address: str) -> Figures:
    command = [str(who.peer.python()), str(PROGRAMS / who.program), address]
    # No proxy and no setting of the caller's; the folder keeps our own package out of sys.path.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [*command, *map(str, who.arguments)],
        env={**kept, **who.peer.variables},
        cwd=PROGRAMS,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def say(text: str) -> None:
    """Tells how far it is, beside the results."""
    print(text, file=sys.stderr, flush=True)
