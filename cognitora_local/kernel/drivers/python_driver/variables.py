"""Environment variables for the time of one execution."""

from __future__ import annotations

import os


class Variables:
    """Sets them, and restores each that the code itself hasn't changed meanwhile."""

    def __init__(self, names_and_values: list[str]) -> None:
        self._values = dict(zip(names_and_values[::2], names_and_values[1::2], strict=True))
        self._before = {name: os.environ.get(name) for name in self._values}

    def set(self) -> None:
        os.environ.update(self._values)  # a name or a value that can't be one raises in the middle

    def restore(self) -> None:
        for name, before in self._before.items():
            if os.environ.get(name) != self._values[name]:
                continue
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
