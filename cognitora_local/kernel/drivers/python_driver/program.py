"""The end of a program, for code that is one: what it has begun ends first, as Python itself ends."""

from __future__ import annotations

import atexit
import sys
from _thread import _count as other_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import Namespace
    from .ipython import IPython


def end(namespace: Namespace, ipython: IPython) -> None:
    """Wait for tasks, then for threads and executors; run what atexit was given; drop all values."""
    namespace.end_tasks()
    if threading := sys.modules.get("threading"):
        threading._shutdown()
    atexit._run_exitfuncs()
    if not other_threads():  # daemons, which would find their names gone
        ipython.drop_results()
        namespace.clear()
