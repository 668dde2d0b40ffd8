"""MIME bundles, which a driver sends as a type, a value, a type, a value and so on.

Two names among the types are none: `metadata`, whose value is a JSON object, and `display_id`.
"""

from __future__ import annotations

from dataclasses import dataclass

from cognitora_local.kernel.frames import FrameError
from cognitora_local.untrusted_json import RawJson, count_values, raw_json

JSON_LIMIT = 2**20
"""Bytes of JSON in a bundle. What is beyond stays text: looking at it would keep others waiting."""

VALUES_LIMIT = 50_000
"""Values of JSON in a bundle, likewise."""

DEPTH_LIMIT = 100
"""Deeper JSON stays text: whoever reads it would run out of stack."""

Bundle = dict[str, str | RawJson]
"""Representations by MIME type: JSON, or other text (of what isn't text, base64)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown: representations by MIME type, and what IPython says of them."""

    bundle: Bundle
    metadata: RawJson | None
    """An object, as IPython has it: by MIME type, or of the whole."""
    display_id: str | None
    """By which it is updated."""


def read_shown(fields: list[str]) -> Shown:
    """What a driver showed, with JSON types known as JSON as far as they are sound."""
    if not fields or len(fields) % 2:
        raise FrameError("a bundle is no list of pairs")
    texts = dict(zip(fields[::2], fields[1::2], strict=True))
    display_id = texts.pop("display_id", None)
    json = _Reader()
    metadata = json.read(texts.pop("metadata", "null"))
    bundle: Bundle = {
        mime: (json.read(text) or text) if _is_json(mime) else text for mime, text in texts.items()
    }
    an_object = metadata and metadata.text.lstrip().startswith("{")
    return Shown(bundle, metadata if an_object else None, display_id)


def _is_json(mime: str) -> bool:
    return mime == "application/json" or mime.endswith("+json")


class _Reader:
    """Reads the JSON of one bundle, within the limits of a bundle."""

    def __init__(self) -> None:
        self._bytes, self._values = JSON_LIMIT, VALUES_LIMIT

    def read(self, text: str) -> RawJson | None:
        """None: it isn't sound, or beyond the limits."""
        if len(text) > self._bytes:
            return None
        data = text.encode()
        if len(data) > self._bytes:
            return None
        values = count_values(data, self._values, DEPTH_LIMIT)
        if values is None:
            return None
        self._bytes -= len(data)
        self._values -= values
        return raw_json(text)
