"""Tells how far what takes long has come, where somebody listens: the bars of notebooks do.

Where nobody does, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol


class Bar(Protocol):
    """One thing that takes long, as who listens knows it."""

    def at(self, done: int, total: int | None = None) -> None:
        """So much is done; of how much in all, where that is known by now."""
        ...

    def say(self, words: str) -> None:
        """How it stands, in a word."""
        ...

    def end(self) -> None:
        """It is over, well or not."""
        ...


class _Unheard:
    def at(self, done: int, total: int | None = None) -> None: ...

    def say(self, words: str) -> None: ...

    def end(self) -> None: ...


Listener = Callable[[str, int | None, str], Bar]
"""Called with what begins, how much there is to do if that is known, and in which unit."""

STARTS = frozenset({"create_container", "create_persistent_container"})
"""Calls that may have to pull an image first."""

_UNHEARD = _Unheard()
_NOTHING: AbstractContextManager[Bar] = nullcontext(_UNHEARD)
_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """Has all that takes long from now on told to somebody; None: to nobody."""
    global _listener
    _listener = listener


def is_heard() -> bool:
    """Whether somebody listens."""
    return _listener is not None


def told(what: str, total: int | None = None, unit: str = "") -> AbstractContextManager[Bar]:
    """A `with` block in which something takes long.

    Args:
        what: What it is.
        total: How much there is to do.
        unit: What is counted, such as `"bytes"`.
    """
    return _NOTHING if _listener is None else _told(_listener(what, total, unit))


def of_call(name: str, built: Mapping[str, Any]) -> AbstractContextManager[Bar]:
    """The `with` block for a call of an operation, with its request."""
    if _listener is None or name not in STARTS:
        return _NOTHING
    return told(f"Starting a container of {built['json'].get('image')}")


@contextmanager
def _told(bar: Bar) -> Iterator[Bar]:
    try:
        yield bar
    finally:
        bar.end()
