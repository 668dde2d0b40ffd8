"""The values of last expressions, under the names that IPython gives them."""

from __future__ import annotations

import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CAPACITY = 1_000
"""How many are kept, as IPython does; then the oldest goes."""

RECENT = ("_", "__", "___")


class Results:
    """`_`, `__`, `___`, `_3` and `Out`: builtins, so that they are in nobody's way."""

    def __init__(self) -> None:
        self.out: dict[int, Any] = {}
        self._recent: list[Any] = []
        builtins.__dict__["Out"] = self.out

    def keep(self, value: object, number: int) -> None:
        names = builtins.__dict__
        if value is self.out:
            return
        self.out[number] = names[f"_{number}"] = value
        if len(self.out) > CAPACITY:
            oldest = next(iter(self.out))
            del self.out[oldest]
            names.pop(f"_{oldest}", None)
        if self._recent and names.get("_") is not self._recent[0]:
            return  # gettext's, say
        self._recent = [value, *self._recent[:2]]
        names.update(zip(RECENT, self._recent, strict=False))

    def drop(self) -> None:
        """Forget all, at the end of a program."""
        for name in [*RECENT, *(f"_{number}" for number in self.out)]:
            builtins.__dict__.pop(name, None)
        self.out.clear()
        self._recent = []
