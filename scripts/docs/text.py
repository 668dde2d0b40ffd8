"""The documentation for models: `llms.txt`, which names the pages, and `everything.md`, all of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe
import yaml

from scripts.docs import pages
from scripts.docs.pages import ROOT

EVERYTHING = "everything.md"
# It has no more than one of each.
_ENTRY = re.compile(r"^::: (?P<name>\S+)\n(?P<options>(?:    .*\n)*)", re.M)
_NAV = re.compile(r"^nav:\n(.*?)^\S", re.M | re.S)
_FILTERS = re.compile(r"^ +filters: (\[.*\])$", re.M)

Section = tuple[str, list[tuple[str, str]]]


def write(source: Path, site: Path) -> None:
    """Write them into the site, with the Markdown of each page, from what it was built from."""
    sections = navigation(ROOT / "mkdocs.yml")
    reference = Reference()
    places = [place for _, listed in sections for _, place in listed]
    texts = {place: _plain(reference.told((source / place).read_text("utf-8"))) for place in places}
    for place, text in texts.items():
        (site / place).write_text(f"{text}\n", "utf-8")
    whole = (pages.moved(text, posixpath.dirname(place)) for place, text in texts.items())
    (site / EVERYTHING).write_text("\n\n".join(whole) + "\n", "utf-8")
    (site / "llms.txt").write_text("\n".join(_named(sections, texts)), "utf-8")


def navigation(configuration: Path) -> list[Section]:
    """The sections of the site, and the title and place of each of their pages."""
    found = _NAV.search(configuration.read_text("utf-8"))
    assert found is not None
    return [
        (name, list(_leaves(inner)))
        for each in yaml.safe_load(found[1])
        for name, inner in each.items()
    ]


def _leaves(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in entries:
        for title, inner in each.items():
            if isinstance(inner, str):
                yield title, inner
            else:
                yield from ((f"{title}: {name}", place) for name, place in _leaves(inner))


def _named(sections: list[Section], texts: dict[str, str]) -> Iterator[str]:
    yield f"# Cognitora for Python\n\n> {_first_sentence(texts[pages.HOME])}\n"
    yield f"All of it in one file: [{EVERYTHING}]({EVERYTHING})\n"
    for name, listed in sections:
        yield f"## {name}\n"
        for title, place in listed:
            yield f"- [{title}]({place}): {_first_sentence(texts[place])}"
        yield ""


def _first_sentence(page: str) -> str:
    """What a page says first, without its links and its code."""
    paragraphs = (each.strip() for each in pages.FENCE.sub("", page).split("\n\n"))
    first = next((each for each in paragraphs if each and each[0] not in "#|-"), "")
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", " ".join(first.split()))
    return re.split(r"(?<=\.) (?=[A-Z`])", text)[0].rstrip(":")


def _plain(text: str) -> str:
    """A page without what is for its picture on the site alone."""
    text = re.sub(r"<figure class=.rooms.* aria-label=\"(.*?)\" .*</figure>", r"\1", text)
    return re.sub(r" \{ #\S+ \}$", "", text, flags=re.M).strip()


class Reference:
    """Public names, as text: what each takes, and what its docstring says."""

    def __init__(self) -> None:
        paths = [str(ROOT), str(ROOT / "generated")]
        loader = griffe.GriffeLoader(search_paths=paths)
        for package in ("cognitora", "cognitora_openapi"):
            loader.load(package, try_relative_path=False)
        loader.resolve_aliases()
        self._modules = loader.modules_collection
        found = _FILTERS.search((ROOT / "mkdocs.yml").read_text("utf-8"))
        assert found is not None
        self._left_out = [each.removeprefix("!") for each in yaml.safe_load(found[1])]

    def told(self, page: str) -> str:
        """A page of the reference with what its entries stand for; any other as it is."""
        return _ENTRY.sub(
            lambda found: "\n".join(self._entry(found["name"], found["options"])), page
        )

    def _entry(self, name: str, options: str) -> Iterator[str]:
        found = self._modules[name]
        level = "###" if "heading_level: 3" in options else "##"
        yield f"{level} {found.name}\n"
        yield from _said(found)
        kind = found.final_target if found.is_alias else found
        if not isinstance(kind, griffe.Class) or "    members: false" in options:
            return
        inherited = "inherited_members: false" not in options
        members = [
            each
            for each in (found.all_members if inherited else found.members).values()
            if not each.is_module and not any(re.search(out, each.name) for out in self._left_out)
        ]
        # What the docstring of the class tells of has its type here, and no section.
        untold = [each for each in members if each.is_attribute and each.docstring is None]
        typed = [each for each in untold if each.annotation is not None]
        yield from (f"- `{each.name}: {each.annotation}`" for each in typed)
        yield from [""] if typed else []
        for member in members:
            if member not in untold:
                yield f"{level}# {found.name}.{member.name}\n"
                yield from _said(member)


def _said(found: griffe.Object | griffe.Alias) -> Iterator[str]:
    target = found.final_target if isinstance(found, griffe.Alias) else found
    if isinstance(target, griffe.Function):
        for each in target.overloads or [target]:
            yield f"```python\n{each.signature(name=found.name)}\n```\n"
    elif isinstance(target, griffe.Attribute) and target.annotation is not None:
        yield f"`{found.name}: {target.annotation}`\n"
    if target.docstring is not None:
        yield f"{target.docstring.value.strip()}\n"
