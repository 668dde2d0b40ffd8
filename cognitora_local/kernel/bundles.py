"""MIME bundles, which a driver sends as a type, a value, a type, a value and so on.

Two names among the types are none: `metadata`, whose value is a JSON object, and `display_id`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cognitora_local.kernel.frames import FrameError
from cognitora_local.shape import excess

JSON_LIMIT = 2**20
"""Longer JSON stays text: parsed, it could take a hundred times its size."""

VALUES_LIMIT = 50_000
"""JSON of more values stays text: parsing it would keep everybody else waiting."""

DEPTH_LIMIT = 100
"""Deeper JSON stays text: whoever writes it again would run out of stack."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown: representations by MIME type, and what IPython says of them."""

    bundle: dict[str, Any]
    metadata: dict[str, Any] | None
    """As IPython has it: by MIME type, or of the whole."""
    display_id: str | None
    """By which it is updated."""


def read_shown(fields: list[str]) -> Shown:
    """What a driver showed, with JSON types parsed as far as the value is sound JSON."""
    if not fields or len(fields) % 2:
        raise FrameError("a bundle is no list of pairs")
    texts = dict(zip(fields[::2], fields[1::2], strict=True))
    display_id = texts.pop("display_id", None)
    metadata = _json(texts.pop("metadata", "null"))
    bundle = {mime: _json(text) if _is_json(mime) else text for mime, text in texts.items()}
    return Shown(bundle, metadata if isinstance(metadata, dict) else None, display_id)


def _is_json(mime: str) -> bool:
    return mime == "application/json" or mime.endswith("+json")


def _json(text: str) -> Any:
    """The value; the text itself where writing the value again as strict JSON would fail."""
    if len(text) > JSON_LIMIT or excess(text.encode(errors="replace"), VALUES_LIMIT, DEPTH_LIMIT):
        return text
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return text
    return value
