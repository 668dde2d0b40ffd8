"""The command line, `cognitora`: what the library does, in a terminal and in scripts.

It needs the extra `[cli]`, and uses the public names of the library alone.
"""

from __future__ import annotations

import gc
import sys

from .exit_codes import FAILED


def main() -> int:
    """Runs this process's command line.

    Returns:
        Its exit status.
    """
    if sys.platform == "win32":
        return _refused(
            "The command line needs Linux or macOS.", "Use it in WSL 2, or the library itself."
        )
    gc.disable()  # what is imported isn't garbage, and never will be: it isn't looked through
    try:
        from .program import run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        what = f"The command line is not installed ({error.name} is missing)."
        return _refused(what, 'pip install "cognitora[cli]>=2"')
    gc.freeze()
    gc.enable()
    return run(sys.argv[1:])


def _refused(sentence: str, hint: str) -> int:
    sys.stderr.write(f"cognitora: {sentence}\nhint: {hint}\n")
    return FAILED
