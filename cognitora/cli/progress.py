"""What is shown while something is waited for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from . import output


class waiting(ExitStack):  # noqa: N801 - used as a `with` block, like those of contextlib
    """A line with what is waited for and for how long, on standard error, where that is a terminal."""

    def __init__(self, what: str, *, shown: bool = True) -> None:
        super().__init__()
        self._what = what
        self._shown = shown and output.is_terminal("stderr")

    def __enter__(self) -> Self:
        super().__enter__()
        if self._shown:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
            )
            console = Console(stderr=True)
            if not console.is_dumb_terminal:
                display = self.enter_context(Progress(*columns, console=console, transient=True))
                display.add_task(output.printable(self._what), total=None)
        return self
