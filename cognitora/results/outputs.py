"""One output of code, read as text and as a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput

RICH = ("display_data", "update_display_data", "execution_result")


def plain(data: Any) -> str:
    """An output's data as text, also where a server gives the whole MIME bundle."""
    if isinstance(data, Mapping):
        data = data.get("text/plain")
    if isinstance(data, list):  # notebooks write long texts as a list of lines
        data = "".join(map(str, data))
    return "" if data is None else str(data)


def bundle_of(output: ExecuteCodeOutput) -> Mapping[str, Any]:
    """What was shown or returned in rich form, by MIME type; empty where it was plain text."""
    if output.type in RICH:
        for bundle in (output.mime_bundle, output.data):
            if isinstance(bundle, Mapping):
                return bundle
    return {}
