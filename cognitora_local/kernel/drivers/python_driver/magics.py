"""Magics that are other here than in a terminal."""

from __future__ import annotations

import shlex
import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

NO_DEBUGGER = (
    "there is no debugger here, since nobody could answer it. The last error is in sys.last_value, "
    "its frames in sys.last_traceback: traceback.print_tb(sys.last_traceback) shows them, and "
    "sys.last_traceback.tb_frame.f_locals has the variables of the first."
)


@magics_class
class SessionMagics(Magics):
    """Those of a session that nobody sits in front of."""

    shell: Any

    @line_magic
    def pip(self, line: str) -> None:
        """Run the session's pip."""
        self.shell.system(f"{shlex.quote(sys.executable)} -m pip {line}")

    @line_magic
    def debug(self, line: str) -> None:
        """Say that there is no debugger."""
        raise UsageError(f"%debug: {NO_DEBUGGER}")

    @line_magic
    def pdb(self, line: str) -> None:
        """Say that there is no debugger."""
        raise UsageError(f"%pdb: {NO_DEBUGGER}")
