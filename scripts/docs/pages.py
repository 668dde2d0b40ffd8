"""Which files of the repository are pages of the site, and their links, which lead elsewhere there.

In the repository links go from file to file, and are followed where the repository is read. On the site the
same files have other places: each link is written anew, and one to a file that the site doesn't have is an
error.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = "index.md"
EXAMPLES = "examples.md"
# docs/security.md is another page.
AT_THE_ROOT = {"README.md": HOME, "SECURITY.md": "reporting.md"}
CONTRACT = "contract/index.md"

FENCE = re.compile(r"^(?P<mark> *(?:```|~~~)).*?^(?P=mark) *$", re.M | re.S)
_ITEM = re.compile(r"(?:[-*]|[0-9]+\.) ")
LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")


class NotOnTheSiteError(Exception):
    """A link leads to what isn't a page."""


def written(root: Path = ROOT) -> dict[Path, str]:
    """The Markdown of the repository that is on the site, and the place of each there."""
    at_the_root = {
        path: AT_THE_ROOT.get(path.name, path.name.lower()) for path in sorted(root.glob("*.md"))
    }
    docs = root / "docs"
    of_docs = {path: path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.md"))}
    return {**at_the_root, **of_docs, root / "benchmarks" / "README.md": "benchmarks.md"}


def places(root: Path = ROOT) -> dict[str, str]:
    """Where on the site is what a link may lead to, by its path in the repository."""
    found = {path.relative_to(root).as_posix(): place for path, place in written(root).items()}
    for path in sorted((root / "examples").iterdir()):
        if path.suffix in {".py", ".json"}:
            found[f"examples/{path.name}"] = f"{EXAMPLES}#{path.name.replace('.', '')}"
    return {
        **found,
        "examples": EXAMPLES,
        "openapi.yaml": CONTRACT,
        "docs/public_api.pyi": "reference/index.md",
        "LICENSE": "LICENSE.txt",
    }


def for_the_site(source: Path, place: str, root: Path = ROOT) -> str:
    """The text of a page as the site's generator takes it.

    Raises:
        NotOnTheSiteError: A link of it leads to what isn't on the site.
    """
    known = places(root)
    folder = source.parent.relative_to(root).as_posix()

    def linked(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return match[0]
        meant = posixpath.normpath(posixpath.join(folder, target))
        if meant not in known:
            raise NotOnTheSiteError(f"{source.relative_to(root)}: there is no page of {meant}")
        there, _, own = known[meant].partition("#")
        link = os.path.relpath(there, posixpath.dirname(place) or ".")
        return f"[{match['text']}]({link}{'#' if anchor or own else ''}{anchor or own})"

    text = source.read_text("utf-8").replace(
        "```python notest", "```python"
    )  # a word for the tests
    return outside_fences(text, lambda prose: _with_lists(LINK.sub(linked, prose)))


def moved(text: str, folder: str) -> str:
    """A page of a folder of the site, with its links as they are from the site's root."""

    def rooted(match: re.Match[str]) -> str:
        target = match["target"]
        if target.startswith("#") or re.match(r"[a-z]+:", target):
            return match[0]
        return f"[{match['text']}]({posixpath.normpath(posixpath.join(folder, target))})"

    return outside_fences(text, lambda prose: LINK.sub(rooted, prose))


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with what stands outside of its fenced blocks changed."""
    done, end = [], 0
    for fence in FENCE.finditer(text):
        done += [change(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*done, change(text[end:])])


def _with_lists(prose: str) -> str:
    """A list may follow its paragraph at once where the repository is read, but not on the site."""
    lines: list[str] = []
    in_list = False
    for line in prose.splitlines(keepends=True):
        item = _ITEM.match(line) is not None
        if item and not in_list and lines and lines[-1].strip():
            lines.append("\n")
        in_list = item or (in_list and line.strip() != "")
        lines.append(line)
    return "".join(lines)
