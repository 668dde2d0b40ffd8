"""What a value looks like: its representations by MIME type."""

from __future__ import annotations

import sys
from _collections_abc import Mapping

from .bundle import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .bundle import Bundle

TEXT_LIMIT = 2**20
"""The longest text/plain, in characters; the rest is left out, with a note."""

METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/json": "_repr_json_",
    "application/javascript": "_repr_javascript_",
    "application/pdf": "_repr_pdf_",
}


def representations(value: object) -> Bundle:
    """Text first, then whatever richer the value offers. What isn't text is base64."""
    if _is_figure(value):
        from .figures import picture

        return picture(value)
    bundle = {"text/plain": shorten(repr(value))}
    if isinstance(value, type):
        return bundle
    for mime, content in _offers(value):
        bundle[mime] = encode(mime, content)
    return bundle


def shorten(text: str) -> str:
    if len(text) <= TEXT_LIMIT:
        return text
    return f"{text[:TEXT_LIMIT]}… ({len(text) - TEXT_LIMIT:,} more characters)"


def bundles(values: tuple[object, ...], *, raw: bool) -> Iterator[Bundle]:
    """What is shown of each value; with raw each is a dictionary of representations itself."""
    for value in values:
        if not raw:
            yield representations(value)
        elif isinstance(value, Mapping):
            yield {str(mime): encode(mime, content) for mime, content in value.items()}
        else:
            raise TypeError("display(raw=True) takes dictionaries of representations")


def _is_figure(value: object) -> bool:
    kind: Any = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    return kind is not None and isinstance(value, kind)


def _offers(value: object) -> list[tuple[str, object]]:
    offers: list[tuple[str, object]] = []
    bundle = _call(value, "_repr_mimebundle_")
    if isinstance(bundle, Mapping):
        offers += bundle.items()
    taken = {mime for mime, _ in offers}
    for mime, method in METHODS.items():
        if mime not in taken and (content := _call(value, method)) is not None:
            offers.append((mime, content))
    return offers


def _call(value: object, method: str) -> Any:
    """What the method gives, without metadata; None when it is missing or fails.

    Looked up on the class: a proxy's __getattr__ answers to every name.
    """
    if not callable(getattr(type(value), method, None)):
        return None
    try:
        content = getattr(value, method)()
    except Exception as error:  # noqa: BLE001  # a broken picture must not hide the text
        print(f"{method} failed: {type(error).__name__}: {error}", file=sys.stderr)
        return None
    return content[0] if isinstance(content, tuple) and content else content
