"""Deep recursion: as deep as the stack bears, and never a crash in place of an error."""

from __future__ import annotations

import sys

STACK = 2**28
"""How far the main thread's stack may grow, in bytes. It takes memory only as it does."""

CALL = 2**10
"""What a call through C takes of it, in bytes: measured were 130 to 740, by `sorted(key=)` 2,500."""

USUAL = 2**13
"""The deepest recursion that the usual stack of 8 MiB bears."""


def bound(limit: int) -> int:
    """The recursion limit that the stack keeps, of one that is asked for.

    Since 3.12 Python counts calls through C by itself, so the stack is safe. The bound holds there
    too: endless recursion takes a second up to it, and several for the million that people ask for.
    """
    if type(limit) is not int or limit <= USUAL:
        return limit
    size = _widen_stack() if sys.version_info < (3, 12) else STACK
    return min(limit, size // CALL)


def _widen_stack() -> int:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft != resource.RLIM_INFINITY and soft < STACK:
        soft = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
    return STACK if soft == resource.RLIM_INFINITY else soft
