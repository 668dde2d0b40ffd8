"""What code in a sandbox has displayed, in a form that can't reach the notebook's page.

A notebook's page may do what its user may: a script in it runs code in the user's own kernel. So of HTML
only what is text and tables becomes a part of the page, written anew from what was understood of it. All
other HTML is shown in a frame that is a page of its own (`sandbox` without `allow-same-origin`): its scripts
run, and reach nothing outside of it. SVG is shown as a picture, in which scripts don't run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

from .. import markup
from ..images import picture
from ..outputs import plain

FRAME = '<iframe sandbox="allow-scripts" srcdoc="{}" style="{}" title="HTML of a sandbox"></iframe>'
_FRAME_STYLE = "width:100%;height:400px;border:0;background:white;resize:vertical;overflow:auto"
_DATA = re.compile(
    r"application/(json|geo\+json|vnd\.plotly\.v1\+json|vnd\.vega(lite)?\.v\d+(\.json|\+json))"
)
"""What front ends draw themselves, of data."""
_VEGA = "application/vnd.vega"
_PLOTLY = "application/vnd.plotly"
_ROWS = ("values", "datasets")
"""Where a drawing has its data, whatever that is called there."""
_PLOTLYS_ADDRESSES = frozenset({"source", "topojsonURL", "plotlyServerURL", "geojson"})

_TAGS = frozenset(
    "table thead tbody tfoot tr th td caption p div span b strong i em u s small sub sup br hr pre code "
    "ul ol li dl dt dd h1 h2 h3 h4 h5 h6 blockquote a".split()
)
_EMPTY = frozenset({"br", "hr"})
_ATTRIBUTES = {
    "border": r"\d",
    "class": r"(dataframe|index_name|blank|row_heading|col_heading)",
    "colspan": r"\d{1,4}",
    "rowspan": r"\d{1,4}",
    "halign": r"left|right|center",
    "valign": r"top|bottom|middle",
    "scope": r"row|col",
    "style": r"\s*text-align:\s*(left|right|center);?\s*",
    "href": r"https?://[^\s\"'<>]+",
}
_TAGS_ALONE = re.compile(
    r"[^<]*+(?:<(?:/?[a-zA-Z][^<>]*|!--(?!-?>)[^-]*+(?:-[^-]++)*+--)>[^<]*+)*+"
)
"""Text, whole tags and comments. Of one without an end a parser makes the best for hours."""
_FRAMES_STYLE = re.compile(r"(\s*\.dataframe\s[^{}<]*\{[^{}<]*\})+\s*")
"""What pandas and polars send with each table, whose look is the notebook's own here."""

_UNSAFE_LATEX = re.compile(
    r"<|\\(href|url|require|style|bbox|class|cssId|html|data|includegraphics|mmlToken|csname"
    r"|((re)?new(command|environment)|[egx]?def|let|DeclareMathOperator)(?![a-zA-Z]))"  # they stay
)


def safe(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown of a bundle: the same to the eye, and no markup or script of the page."""
    shown = {
        kind: content
        for kind, content in bundle.items()
        if _DATA.fullmatch(kind)
        and not (kind.startswith(_VEGA) and _fetches(content))
        and not (kind.startswith(_PLOTLY) and _has_pictures_elsewhere(content))
    }
    if "text/plain" in bundle:
        shown["text/plain"] = plain(bundle["text/plain"])
    if latex := _text(bundle, "text/latex"):
        if not _UNSAFE_LATEX.search(latex):
            shown["text/latex"] = latex
    elif words := _text(bundle, "text/markdown"):
        shown["text/plain"] = words
    image = picture(bundle)
    if image is not None:
        content = b64encode(image.data).decode()
        if image.media_type == "image/svg+xml":
            shown["text/html"] = markup.img(image.media_type, content)
        else:
            shown[image.media_type] = content
    if html := _text(bundle, "text/html"):
        written = static(html)
        framed = FRAME.format(escape(html), _FRAME_STYLE)
        shown["text/html"] = framed if written is None else markup.scrolled(written)
    return shown


def _fetches(drawing: Any) -> bool:
    """Whether a drawing of Vega's is more than its data.

    It may name addresses, and what it loads of the notebook's own server it may send to another with the
    address of a picture; or say how the page is to embed it.
    """
    waiting = [drawing]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if not part.keys().isdisjoint(("url", "usermeta")):
                return True
            waiting += (inner for name, inner in part.items() if name not in _ROWS)
        elif isinstance(part, list):
            waiting += part
        elif part is drawing:  # text, which would be parsed, or be an address itself
            return True
    return False


def _has_pictures_elsewhere(figure: Any) -> bool:
    """Whether a figure of Plotly's has an address in it that the page would fetch something from."""
    waiting = [figure]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            for name in _PLOTLYS_ADDRESSES.intersection(part):
                address = part[name]
                if isinstance(address, str) and not address.startswith("data:image/"):
                    return True
            waiting += part.values()
        elif isinstance(part, list):  # mostly of numbers, and many
            waiting += (each for each in part if isinstance(each, (Mapping, list)))
    return False


def static(html: str) -> str | None:
    """HTML with the same text and tables, if it has nothing else; None where it has."""
    if not _TAGS_ALONE.fullmatch(html):
        return None
    rewriter = _Rewriter()
    rewriter.feed(html)
    rewriter.close()
    return "".join(rewriter.parts) if rewriter.is_plain and not rewriter.open else None


class _Rewriter(HTMLParser):
    """Writes HTML anew, of the tags and attributes that are known to do nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.is_plain = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "style" or tag in _TAGS:
            if tag not in _EMPTY:
                self.open.append(tag)
        else:
            self.is_plain = False
        if tag == "style":
            return
        written = ""
        for name, value in attrs:
            if not re.fullmatch(_ATTRIBUTES.get(name, "(?!)"), value or ""):
                self.is_plain = False
            written += f' {name}="{escape(value or "")}"'
        if tag == "a":
            written += ' target="_blank" rel="noopener noreferrer"'
        self.parts.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.is_plain = False

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.is_plain = False
        elif tag != "style":
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.parts.append(escape(data))
        elif not _FRAMES_STYLE.fullmatch(data):
            self.is_plain = False

    def handle_decl(self, decl: str) -> None:
        self.is_plain = False

    def handle_pi(self, data: str) -> None:
        self.is_plain = False

    def unknown_decl(self, data: str) -> None:
        self.is_plain = False


def _text(bundle: Mapping[str, Any], kind: str) -> str:
    return plain(bundle.get(kind))
