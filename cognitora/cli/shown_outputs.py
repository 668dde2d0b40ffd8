"""The outputs of code, on their way to standard output and standard error."""

from __future__ import annotations

import re

from cognitora import ExecuteCodeOutput, ExecuteCodeResponse
from cognitora.results.images import picture
from cognitora.results.outputs import RICH, bundle_of, plain

from . import exit_codes, output

EXECUTION = re.compile(r"<execution \d+>")
"""What tracebacks call the code of an execution."""

PRINTED = ("stdout", "stderr")


class ShownOutputs:
    """Shows outputs one by one: to machines all of them, to people what the code printed.

    Args:
        json: Whether machines read it.
        values: Whether people see the last expression's value, and the text of what is displayed.
        script: The file that is all of the code, if it is one: what is told of it has its name.
    """

    def __init__(self, *, json: bool, values: bool, script: str | None = None) -> None:
        self._json = json
        self._values = values
        self._script = script

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
        said = "" if self._json else exit_codes.said(result, lasting=self._script is None)
        if self._script not in (None, "-"):
            said = EXECUTION.sub(lambda _: str(self._script), said)
        if said:
            output.write("stderr", _bytes(f"{said}\n"))


def _text(each: ExecuteCodeOutput) -> str:
    bundle = bundle_of(each)
    if picture(bundle) is not None:
        return ""  # it is saved, and shown where the terminal can
    return plain(each.data)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
