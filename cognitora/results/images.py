"""The pictures among the outputs of code."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .markup import img

if TYPE_CHECKING:
    from os import PathLike

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that code has shown.

    Attributes:
        media_type: Such as `"image/png"`.
        data: The bytes of the file.
    """

    media_type: str
    data: bytes = field(repr=False)

    @property
    def suffix(self) -> str:
        """What the names of such files end with, such as `".png"`."""
        return SUFFIXES[self.media_type]

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the picture into a file, whose folder must exist; returns its path."""
        target = Path(path)
        target.write_bytes(self.data)
        return target

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        content = base64.b64encode(self.data).decode()
        if self.media_type != "image/svg+xml":
            return {self.media_type: content}
        return {"text/plain": repr(self), "text/html": img(self.media_type, content)}


def picture(bundle: Mapping[str, Any]) -> Image | None:
    """The best picture of a MIME bundle, if it has one that can be read."""
    for kind in SUFFIXES:
        content = bundle.get(kind)
        if isinstance(content, list):  # notebooks write long texts as a list of lines
            content = "".join(map(str, content))
        if not isinstance(content, str):
            continue
        if kind == "image/svg+xml":
            return Image(kind, content.encode())
        try:
            return Image(kind, base64.b64decode("".join(content.split()), validate=True))
        except (binascii.Error, ValueError):
            continue
    return None
