"""`ID:PATH`: a file or folder of a session or a container."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

PLACE = re.compile(r"([\w.-]+)(?::(.*))?", re.S)


@dataclass(frozen=True, slots=True)
class Place:
    """A path in a sandbox.

    Attributes:
        id: The session's or container's id.
        path: The path there.
    """

    id: str
    path: str

    @classmethod
    def read(cls, text: str, usual: str | None = None) -> Self | None:
        """What the text names; None where it is a local path, as one with a slash before the colon is.

        Args:
            text: `ID:PATH`.
            usual: The path of an id with none; None: such a text is a local path.
        """
        found = PLACE.fullmatch(text)
        if found is None or (found[2] is None and usual is None):
            return None
        return cls(found[1], found[2] or usual or ".")
