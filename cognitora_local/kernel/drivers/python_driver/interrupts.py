"""SIGINT stops the user's code and nothing else."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal, without the enums: 2 ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


class Interrupts:
    """Raises KeyboardInterrupt in the code that runs, once, and never in the driver's own work.

    A signal that comes late, when the code has just ended, is forgotten. One that comes while a
    frame is being written is kept until the frame is whole.
    """

    def __init__(self) -> None:
        self._armed = False
        self._shielded = False
        self._interrupted = False

    def install(self) -> None:
        _signal.signal(_signal.SIGINT, self._on_signal)

    def arm(self) -> None:
        self.install()  # again: the last execution may have set a handler of its own
        self._interrupted = False
        self._armed = True

    def disarm(self) -> None:
        self._armed = False

    def shield(self) -> None:
        self._shielded = True

    def unshield(self) -> None:
        self._shielded = False
        if self._interrupted and self._armed:
            self._raise()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._shielded:
            self._interrupted = True
        elif self._armed:
            self._raise()

    def _raise(self) -> None:
        self._armed = self._interrupted = False
        raise KeyboardInterrupt
