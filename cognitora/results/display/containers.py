"""What a notebook shows of containers, commands and processes that have ended."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from .. import markup
from . import code

if TYPE_CHECKING:
    from cognitora_openapi.response_model import ResponseModel


def bundle(outcome: ResponseModel, name: str, plain: str, *printed: str) -> dict[str, Any]:
    """How one ended.

    Args:
        outcome: Its record.
        name: What it is called.
        plain: All of it as short text.
        printed: What it printed, to each stream.
    """
    status, exit_code, reason = (outcome.get(key) for key in ("status", "exit_code", "reason"))
    code_words = None if exit_code is None else f"exit code {exit_code}"
    words = " · ".join(escape(str(word)) for word in (name, status, code_words) if word)
    parts = [f'<div style="{markup.GREY}">{words}</div>']
    parts += [f"<div>{markup.folded(text)}</div>" for text in printed if text]
    if reason:
        parts.append(f"<div>{code.failure(str(reason))['text/html']}</div>")
    return {"text/plain": plain, "text/html": "".join(parts)}
