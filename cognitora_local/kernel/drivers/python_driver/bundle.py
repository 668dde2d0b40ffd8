"""Representations of a value, as the host is told them."""

from __future__ import annotations

Bundle = dict[str, str]
"""Representations by MIME type, each as text."""


def encode(mime: str, content: object) -> str:
    """A representation as text: JSON types as JSON, bytes as base64."""
    if mime == "application/json" or mime.endswith("+json"):
        import json

        return json.dumps(content, default=str)
    if isinstance(content, bytes | bytearray | memoryview):
        from binascii import b2a_base64

        return b2a_base64(content, newline=False).decode()
    return str(content)
