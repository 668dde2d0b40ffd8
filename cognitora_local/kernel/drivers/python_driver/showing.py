"""What shows itself in a window or a browser, of which there are none here, is displayed."""

from __future__ import annotations

import builtins
import sys
from typing import Any

PLOTLY_NOTEBOOK = "plotly_mimetype+notebook"
PLOTLY = "plotly_mimetype+notebook_connected"
"""The same, but for a picture that takes its program from the network in place of five megabytes."""

_served: list[Any] = []


def finish() -> None:
    """Wait for the pages that are being read, so that they are shown with their code."""
    while _served:
        _served.pop().join()


def display(bundle: dict[str, object]) -> None:
    builtins.display(bundle, raw=True)  # type: ignore[attr-defined]  # the driver's


def prepare_pillow(image_show: Any) -> None:
    """Image.show()."""

    class Viewer(image_show.Viewer):  # type: ignore[misc]  # pillow's, which may not be there
        def show(self, image: Any, **_: Any) -> int:
            builtins.display(image)  # type: ignore[attr-defined]  # the driver's
            return 1

    image_show.register(Viewer(), order=0)


def prepare_plotly(renderers: Any) -> None:
    """Figure.show(), and a figure that is the last expression's value."""
    if renderers.renderers.default == PLOTLY_NOTEBOOK:
        renderers.renderers.default = PLOTLY


def prepare_browser(webbrowser: Any) -> None:
    """Pages that bokeh, plotly, folium and others open in a browser."""

    class Browser(webbrowser.BaseBrowser):  # type: ignore[misc]  # given as Any
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            return _show_page(url)

    webbrowser.register("display", None, Browser("display"), preferred=True)


def _show_page(url: str) -> bool:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme in ("", "file") and parts.path.endswith((".html", ".htm")):
        from pathlib import Path
        from urllib.parse import unquote

        page = Path(unquote(parts.path)).read_text(encoding="utf-8", errors="replace")
        display({"text/plain": url, "text/html": page})
        return True
    if parts.hostname in ("127.0.0.1", "localhost"):
        from threading import Thread

        thread = Thread(target=_show_served, args=(url,))  # it is served once this has returned
        thread.start()
        _served.append(thread)
        return True
    print(f"webbrowser: {url} can't be opened, there is no browser here.", file=sys.stderr)
    return False


def _show_served(url: str) -> None:
    from urllib.request import ProxyHandler, build_opener

    with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
        page = answer.read().decode("utf-8", "replace")
        if "html" in answer.headers.get_content_type():
            display({"text/plain": url, "text/html": page})
