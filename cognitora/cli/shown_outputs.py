"""The outputs of code, on their way to standard output and standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognitora import ExecuteCodeOutput, ExecuteCodeResponse

from . import exit_codes, output

PRINTED = ("stdout", "stderr")
RICH = ("execution_result", "display_data", "update_display_data")


class ShownOutputs:
    """Shows outputs one by one: to machines all of them, to people what the code printed.

    Args:
        json: Whether machines read it.
        values: Whether people see the last expression's value, and the text of what is displayed.
    """

    def __init__(self, *, json: bool, values: bool) -> None:
        self._json = json
        self._values = values

    def take(self, each: ExecuteCodeOutput) -> None:
        """Shows an output."""
        if self._json:
            output.json_line(each.to_dict())
        elif each.type in PRINTED:
            output.write(each.type, _bytes(each.data))
        elif self._values and each.type in RICH and (text := _text(each.data)):
            output.write("stdout", _bytes(f"{text}\n"))

    def end(self, result: ExecuteCodeResponse) -> None:
        """Shows why it failed, unless its exit code says all."""
        if not self._json and result.error and not exit_codes.is_silent(result):
            output.write("stderr", _bytes(f"{result.error}\n"))


def _text(data: Any) -> str:
    if isinstance(data, Mapping):
        if any(str(kind).startswith("image/") for kind in data):
            return ""  # it is saved, and shown where the terminal can
        data = data.get("text/plain")
    return "".join(map(str, data)) if isinstance(data, list) else str(data or "")


def _bytes(text: object) -> bytes:
    return str(text).encode("utf-8", "replace")
