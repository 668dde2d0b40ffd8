"""What a cell that runs remotely shows, as it comes."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import ExecutionError
from ..results.display.code import STREAMS, coloured_traceback
from ..results.display.trust import safe
from ..results.markup import MOST, without_colours
from ..results.outputs import bundle_of, plain

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput

    from ..results import ExecuteCodeResponse


class CellError(ExecutionError):
    """Code of a cell failed. A notebook shows the traceback of that code, and none of its own."""

    def _render_traceback_(self) -> list[str]:
        has_colours = import_module("IPython").get_ipython().colors.lower() != "nocolor"
        shown = coloured_traceback if has_colours else without_colours
        return shown(self.message).splitlines()


class Output:
    """Shows outputs in the cell that runs."""

    def __init__(self) -> None:
        self._display: Any = import_module("IPython.display")
        self._displays: set[str] = set()
        self._written = 0

    def show(self, output: ExecuteCodeOutput) -> None:
        """Shows one; an error is left to `end`."""
        kind = str(output.type)
        if kind in STREAMS:
            self._write(kind, plain(output.data))
        elif kind == "clear_output":
            self._display.clear_output(wait=bool((output.metadata or {}).get("wait")))
        elif kind != "error":
            self._show(safe(bundle_of(output)) or {"text/plain": plain(output.data)}, output)

    def end(self, result: ExecuteCodeResponse) -> None:
        """The code has ended.

        Raises:
            CellError: Not well.
        """
        if self._written > MOST:
            sys.stdout.write(f"\n… and {self._written - MOST:,} characters more\n")
        if result.error is not None:
            raise CellError(
                result.error, result=result, operation="execute_code", may_have_run=True
            )

    def _write(self, kind: str, text: str) -> None:
        left = max(0, MOST - self._written)
        self._written += len(text)
        getattr(sys, kind).write(text[:left])

    def _show(self, bundle: dict[str, Any], output: ExecuteCodeOutput) -> None:
        ident = output.display_id
        more: dict[str, Any] = {}
        if isinstance(ident, str):
            more = {"display_id": f"cognitora-{ident}", "update": ident in self._displays}
            if output.type != "update_display_data":
                more["update"] = False
            self._displays.add(ident)
        self._display.display(bundle, raw=True, **more)
