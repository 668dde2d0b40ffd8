"""Which offset to ask for next, and what of a page to give, while entries come and go; without I/O.

Lists are newest first: what is added stands before all that was there and moves it on; what goes moves it
back. So an offset by itself says nothing. But a page that has an entry in it which was given before goes on
from there: what follows that entry is next, and what stands before it has been added since.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from .parsing import Rows

T = TypeVar("T")

FAR = 1_000_000
"""An offset beyond every list. Where something comes from there too, offsets are taken no notice of."""


class Walk(Generic[T]):
    """A walk over the pages of one list.

    Attributes:
        offset: Where the page to ask for begins.
        ended: Whether all has been given.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.ended = False
        self._given: set[object] = set()
        self._held: list[T] | None = None  # from the top, where nothing was left of what was given
        self._held_marks: set[object] = set()
        self._end = 0  # where nothing that comes is the end, if it is asked for next
        self._step = 1  # how far to go back
        self._stale = 0  # pages in a row that had nothing new
        self._widest = 0
        self._doubted = -1  # where a page began that could not be told to be next
        self._before: list[object] = []

    def stands_still(self, page: Rows[T]) -> bool:
        """Whether the pages are so alike that the server may take no notice of offsets."""
        return bool(page.sent) and (self._stale > 1 or _looks(page) == self._before)

    def take(self, page: Rows[T]) -> list[T]:
        """What of the page at `offset` is to be given; `offset` is that of the next one then."""
        self._before = _looks(page)
        marks = [mark for mark, _ in page.sent]
        if None in marks:  # nothing tells these apart, so the offset is all there is
            self.offset += len(marks)
            self._end = self.offset
            return list(page)
        start = self._start(marks)
        if start is None:
            self._stale = 0
            return self._go_back(at_end=not marks and self.offset == self._end)
        self._step = 1
        fresh = page.sent[start:]
        self._stale = 0 if fresh else self._stale + 1
        # One of these is asked for again, to know the next page by.
        overlap = 1 if fresh and len(marks) > 1 else 0
        self.offset += len(marks) - overlap
        self._widest = max(self._widest, len(marks))
        has_room = len(marks) < max(2, self._widest)
        self._end = self.offset if has_room and not overlap else -1
        if self._stale > 1 and has_room:
            # Nothing follows, though so much may be added meanwhile that no page is ever empty.
            return self._finish()
        entries = [entry for _, entry in fresh if entry is not None]
        if self._held is None:
            self._given.update(mark for mark, _ in fresh)
            return entries
        self._held_marks.update(mark for mark, _ in fresh)
        self._held += entries
        return []

    def _start(self, marks: list[object]) -> int | None:
        """Where in a page that begins which is next; None if that can't be told."""
        if (last := _last(marks, self._given)) is not None:
            self._held = None  # it stands before what was given: it has been added since
            self._held_marks.clear()
            return last + 1
        if (last := _last(marks, self._held_marks)) is not None:
            return last + 1
        if marks and self.offset == 0:
            if self._given:
                # All of this was added, or all that was given has gone: the pages that follow tell.
                self._held, self._held_marks = [], set()
            return 0
        if marks and self.offset == self._end:
            if self._doubted == self.offset:
                return (
                    0  # a page has no room for this and the last one: nothing better can be known
                )
            self._doubted = self.offset
        return None

    def _go_back(self, *, at_end: bool) -> list[T]:
        if self.offset == 0 or at_end:
            return self._finish()
        self.offset = max(0, self.offset - self._step)
        self._step *= 2
        return []

    def _finish(self) -> list[T]:
        self.ended = True
        return self._held or []


def _last(marks: list[object], known: set[object]) -> int | None:
    return next((n for n in range(len(marks) - 1, -1, -1) if marks[n] in known), None)


def _looks(page: Rows[T]) -> list[object]:
    """What pages are compared by."""
    return [entry if mark is None else mark for mark, entry in page.sent]
