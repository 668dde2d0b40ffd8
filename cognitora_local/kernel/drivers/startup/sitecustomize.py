"""What each Python in a sandbox runs as it starts, found by PYTHONPATH: it leads to the session's packages.

It gets out of the way at once: an environment's own sitecustomize is run after it, and neither it
nor its folder can be seen by the program.
"""

import os
import sys


def _lead_to_packages(folder: str) -> None:
    if not (os.path.exists("/work/.local/pyvenv.cfg") or {"pip", "uv"} & _words()):
        return  # nothing is installed, and nothing will be: that takes 50 microseconds to find out
    try:  # the variable is there in pods, where there can't be a link
        base = os.environ.get("COGNITORA_SANDBOX_PYTHON") or os.readlink("/opt/cognitora-python")
    except OSError:
        return
    if os.path.dirname(os.path.realpath(os.path.dirname(base))) != sys.prefix:
        return  # another Python, or an environment that the code has made
    if os.path.realpath(base) != os.path.realpath(sys.executable):
        return
    sys.path.insert(0, os.path.dirname(folder))
    try:
        from python_driver import environment  # type: ignore[import-not-found]  # inside alone
    finally:
        del sys.path[0]
    environment.begin()


def _words() -> set[str]:
    """Of the command line's first words, those that may be the names of programs, without versions."""
    names = (word.rpartition("/")[2].removeprefix("-") for word in sys.orig_argv[1:8])
    return {name.removeprefix("m").rstrip("0123456789.") for name in names}


def _run_next() -> None:
    """Run the sitecustomize that would have been run without this one, if there is one."""
    this = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        sys.modules[__name__] = this
        if error.name != __name__:
            raise


_folder = os.path.dirname(__file__)
sys.path[:] = [path for path in sys.path if path != _folder]
_lead_to_packages(_folder)
_run_next()
