"""The outputs of code, on their way to standard output and standard error."""

from __future__ import annotations

from cognitora import ExecuteCodeOutput, ExecuteCodeResponse
from cognitora.results.images import picture
from cognitora.results.outputs import RICH, bundle_of, plain

from . import exit_codes, output

PRINTED = ("stdout", "stderr")


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
            output.write(each.type, _bytes(plain(each.data)))
        elif self._values and each.type in RICH and (text := _text(each)):
            output.write("stdout", _bytes(f"{text}\n"))

    def end(self, result: ExecuteCodeResponse) -> None:
        """Shows why it failed, unless its exit code says all."""
        if not self._json and (said := exit_codes.said(result)):
            output.write("stderr", _bytes(f"{said}\n"))


def _text(each: ExecuteCodeOutput) -> str:
    bundle = bundle_of(each)
    if picture(bundle) is not None:
        return ""  # it is saved, and shown where the terminal can
    return plain(each.data)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
