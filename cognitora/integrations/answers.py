"""What code has done, as a text for the model that wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .. import ExecuteCodeResponse

NOTHING = "(nothing was printed)"


def of_code(result: ExecuteCodeResponse) -> str:
    """What code printed, the value of its last expression, and why it didn't end well."""
    return joined(
        [result.stdout, labelled("stderr", result.stderr), value_of(result), result.error]
    )


def value_of(result: ExecuteCodeResponse) -> str | None:
    """The value of the last expression; None where there is none."""
    has_one = any(output.type == "execution_result" for output in result.data.outputs)
    return result.text if has_one else None


def labelled(label: str, text: str | None) -> str:
    """A text with its name above it; nothing for none."""
    return f"{label}:\n{text}" if text else ""


def joined(texts: Iterable[str | None]) -> str:
    """Texts below each other, without those that are empty."""
    return "\n".join(text.rstrip("\n") for text in texts if text) or NOTHING
