"""Bars in a notebook's cell, of what takes long: displays that are updated, with no widgets."""

from __future__ import annotations

import threading
import time
import uuid
from contextvars import copy_context
from html import escape
from importlib import import_module
from typing import Any

PAUSE = 0.5
"""Seconds until a bar is first seen, and between two states of it."""

NOTHING = {"text/plain": "", "text/html": ""}
"""What is left of a bar. Front ends don't know what to make of a display that has no form at all."""

_STYLE = "opacity:.8;font-size:90%"


class Bar:
    """One bar. It is seen when what it is of takes longer than a moment, and is gone at its end.

    It is drawn by a thread of its own, as the notebook's waits for what it is of.
    """

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        self._what = what
        self._total = total
        self._unit = unit
        self._done = 0
        self._words = ""
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._id = ""
        # The context knows which cell it is that runs.
        run = copy_context().run
        self._thread = threading.Thread(target=run, args=(self._keep,), daemon=True)
        self._thread.start()

    def at(self, done: int, total: int | None = None) -> None:
        """So much is done; of how much in all, where that is known by now."""
        self._done = done
        self._total = total or self._total

    def say(self, words: str) -> None:
        """How it stands, in a word."""
        self._words = words

    def end(self) -> None:
        """It is over: nothing of it is left."""
        self._ended.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._ended.wait(PAUSE):
            self._draw(self._bundle())
        if self._id:
            self._draw(NOTHING)

    def _draw(self, bundle: dict[str, Any]) -> None:
        update, self._id = bool(self._id), self._id or f"cognitora-{uuid.uuid4().hex}"
        display = import_module("IPython.display").display
        display(bundle, raw=True, display_id=self._id, update=update)

    def _bundle(self) -> dict[str, Any]:
        counted = f"{self._done:,}" + (f" of {self._total:,}" if self._total else "")
        counted = f"{counted} {self._unit}" if self._unit else ""
        seconds = f"{time.monotonic() - self._began:.0f} s"
        words = " · ".join(word for word in (self._what, self._words, counted, seconds) if word)
        state = f'value="{min(self._done, self._total)}" max="{self._total}"' if self._total else ""
        html = f'<div style="{_STYLE}"><progress {state}></progress> {escape(words)}</div>'
        return {"text/plain": words, "text/html": html}
