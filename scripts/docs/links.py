"""Finds links of the built site that lead nowhere: to no file, or to no anchor in one."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "__"}
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in {"href", "src"} and value:
                self.links.append(value)
                if tag != "a" and "//" in value.partition("?")[0]:
                    self.fetched.append(value)


def wrong(site: Path) -> list[str]:
    """What is wrong with the links of a site, a sentence each."""
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    return [
        said for path, page in pages.items() for said in _wrong(site.resolve(), path, page, pages)
    ]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def _wrong(site: Path, path: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    if path.name == "404.html":
        return  # it is shown at any address, and its links begin at the site's root
    here = path.relative_to(site)
    yield from (f"{here}: {link} is fetched from elsewhere" for link in page.fetched)
    for link in dict.fromkeys(page.links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            if link not in page.fetched and not link.startswith(
                ("https:", "http:", "mailto:", "data:")
            ):
                yield f"{here}: {link} is no address"
            continue
        meant = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if meant.is_dir():
            meant /= "index.html"
        if not meant.is_file():
            yield f"{here}: there is no {link}"
        elif meant in pages and unquote(parts.fragment) not in pages[meant].anchors:
            yield f"{here}: {link} has no such anchor"
