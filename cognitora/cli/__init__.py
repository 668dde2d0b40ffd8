"""The command line, `cognitora`: what the library does, in a terminal and in scripts.

It needs the extra `[cli]`, and uses the public names of the library alone.
"""

from __future__ import annotations

import sys

from .exit_codes import FAILED


def main() -> int:
    """Runs this process's command line.

    Returns:
        Its exit status.
    """
    try:
        from .program import run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write(
            f"cognitora: The command line is not installed ({error.name} is missing).\n"
            'hint: pip install "cognitora[cli]"\n'
        )
        return FAILED
    return run(sys.argv[1:])
