"""What containers may reach, where that isn't everything: kept for the next runtime too."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from .errors import EngineError


class EgressLists:
    """The lists of a data folder's containers, by their ids: a file for each in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def get(self, container_id: str) -> list[str] | None:
        """A container's list; None: it has none. Raises EngineError when it can't be read."""
        try:
            found: list[str] = json.loads(self._file(container_id).read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise EngineError(
                f"What container {container_id} may reach can't be read: {error}."
            ) from error
        return found

    def set(self, container_id: str, rules: Sequence[str]) -> None:
        """Raises EngineError when it can't be written; the list is then what it was."""
        file = self._file(container_id)
        new = file.with_suffix(".new")
        try:
            with new.open("w") as writing:
                json.dump(list(rules), writing)
                writing.flush()
                os.fsync(writing.fileno())
            new.replace(file)
        except OSError as error:
            raise EngineError(f"The list can't be written: {error}.") from error

    def remove(self, container_id: str) -> None:
        self._file(container_id).unlink(missing_ok=True)

    def _file(self, container_id: str) -> Path:
        return self._folder / f"{container_id}.json"
