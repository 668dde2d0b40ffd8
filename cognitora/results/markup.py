"""Text as HTML: escaped, with the colours of terminals, and folded where it is long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

LINES = 40
"""A text of more lines is folded."""

CHARACTERS = 4_000
"""So is one of more characters."""

BEGINNING = 10
"""Lines of a folded text that are seen."""

MOST = 200_000
"""Characters of a text that a notebook keeps; the rest is in the result alone."""

GREY = "opacity:.65;font-size:90%"
_BLOCK = (
    "margin:0;padding:0;border:0;background:none;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font-family:var(--jp-code-font-family,monospace)"
)
_ESCAPES = re.compile(
    r"\x1b(?:\[(?P<colour>[\d;]*)m|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
# Legible on white and on black.
_COLOURS = ("#767676", "#d7303a", "#00913f", "#a87000", "#2f7de1", "#a847b8", "#008c95", "#8a8a8a")


def block(text: str) -> str:
    """A text as it stands, whole."""
    return f'<pre style="{_BLOCK}">{coloured(text)}</pre>' if text else ""


def without_colours(text: str) -> str:
    """A text without what terminals make colours of."""
    return _ESCAPES.sub("", text)


def is_long(text: str) -> bool:
    """Whether a text is folded."""
    return len(text) > CHARACTERS or text.count("\n") > LINES


def cut(text: str) -> str:
    """A text as it stands; of a huge one the beginning, and how much is left out."""
    left_out = len(text) - MOST
    return text if left_out <= 0 else f"{text[:MOST]}\n… and {left_out:,} characters more"


def folded(text: str, *, last: int = 0) -> str:
    """A text; of a long one the beginning, its size, and the rest to be opened.

    Args:
        text: The text.
        last: So many lines of its end are seen too.
    """
    if not is_long(text):
        return block(text)
    head = _beginning(text, BEGINNING)
    tail = _ending(text, last)
    middle = cut(text[len(head) : len(text) - len(tail)])
    lines = text.count("\n") + (not text.endswith("\n"))
    size = f"{lines:,} line{'s' if lines > 1 else ''}, {len(text):,} characters in all"
    inner = f'<div style="max-height:40em;overflow:auto">{block(middle)}</div>'
    summary = f'<summary style="{GREY};cursor:pointer">… {size}</summary>'
    return f"{block(head)}<details>{summary}{inner}</details>{block(tail)}"


def coloured(text: str) -> str:
    """A text escaped, with the colours that its codes for terminals ask for; other such codes go."""
    parts: list[str] = []
    at = 0
    style: dict[str, str] = {}
    for code in _ESCAPES.finditer(text):
        parts.append(_span(text[at : code.start()], style))
        at = code.end()
        if code["colour"] is not None:
            style = dict(_styles(code["colour"], style))
    parts.append(_span(text[at:], style))
    return "".join(parts)


def scrolled(html: str) -> str:
    """HTML that may be wider than the page."""
    return f'<div style="overflow-x:auto">{html}</div>'


def img(media_type: str, content: str) -> str:
    """A picture, in base64. What an SVG would do in the page itself, it doesn't do in there."""
    return f'<img src="data:{media_type};base64,{content}" style="max-width:100%" alt="a picture">'


def _span(text: str, style: dict[str, str]) -> str:
    if not text or not style:
        return escape(text)
    css = ";".join(f"{name}:{value}" for name, value in style.items())
    return f'<span style="{css}">{escape(text)}</span>'


def _styles(codes: str, style: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The style that follows one, after the numbers of an escape sequence."""
    now = dict(style)
    numbers = [int(code[:4] or 0) for code in codes[:100].split(";")]
    for number in numbers:
        if number in (38, 48):  # one of 256 colours, or of all: what follows says which
            break
        if number == 0:
            now.clear()
        elif number in (1, 3, 4):
            name, value = {
                1: ("font-weight", "bold"),
                3: ("font-style", "italic"),
                4: ("text-decoration", "underline"),
            }[number]
            now[name] = value
        elif number == 22:
            now.pop("font-weight", None)
        elif number == 39:
            now.pop("color", None)
        elif number // 10 in (3, 9) and number % 10 < 8:
            now["color"] = _COLOURS[number % 10]
    yield from now.items()


def _beginning(text: str, lines: int) -> str:
    """So many whole lines, as far as they aren't too long themselves."""
    end = 0
    for _ in range(lines):
        following = text.find("\n", end) + 1
        if not following or following > CHARACTERS // 2:
            break
        end = following
    return text[: end or (CHARACTERS // 4 if lines else 0)]


def _ending(text: str, lines: int) -> str:
    """So many whole lines of its end, as far as they aren't too long themselves."""
    most = max(0, len(text) - CHARACTERS // 4)
    start = len(text) - text.endswith("\n")
    for _ in range(lines):
        before = text.rfind("\n", most, start)
        if before < 0:
            break
        start = before
    if start >= len(text) - 1:
        return text[most:] if lines else ""
    return text[start + 1 :]
