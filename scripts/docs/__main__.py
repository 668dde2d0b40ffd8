"""Builds the site of the documentation into build/site: `make docs`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.docs import contract, examples, links, pages, rooms, text
from scripts.docs.pages import ROOT

BUILD = ROOT / "build"
SITE = BUILD / "site"


def main() -> int:
    """Build everything, and check it; the exit status."""
    for made in (
        "docs",
        "site",
        ".cache",
    ):  # what is kept there doesn't know when docstrings change
        shutil.rmtree(BUILD / made, ignore_errors=True)
    try:
        put_together(BUILD / "docs")
    except pages.NotOnTheSiteError as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    program = Path(sys.executable).with_name("zensical")
    built = subprocess.run(
        [str(program), "build", "--strict", "--config-file", str(BUILD / "mkdocs.yml")],
        cwd=BUILD,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        print(_without_noise(built.stdout), file=sys.stderr)
        return built.returncode
    (SITE / "sitemap.xml").unlink()  # is empty: it would name addresses, and the site may be at any
    text.write(BUILD / "docs", SITE)
    wrong = links.wrong(SITE)
    print(
        *(f"docs: {each}" for each in wrong), sep="\n", end="\n" if wrong else "", file=sys.stderr
    )
    return 1 if wrong else 0


def put_together(folder: Path) -> None:
    """Write what the site is built from.

    Raises:
        pages.NotOnTheSiteError: A link leads to what isn't on the site.
    """
    for source, place in pages.written().items():
        _write(folder / place, rooms.drawn(pages.for_the_site(source, place)))
    _write(folder / pages.EXAMPLES, examples.page(ROOT / "examples"))
    for name, page in contract.pages(ROOT / "openapi.yaml").items():
        _write(folder / "contract" / name, page)
    shutil.copy(ROOT / "openapi.yaml", folder)
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE.txt")
    shutil.copytree(Path(__file__).with_name("assets"), folder / "assets")
    shutil.copy(ROOT / "mkdocs.yml", folder.parent)


def _without_noise(said: str) -> str:
    """What Zensical says, without its colours, and without its own frames where a page is wrong."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", said)
    about, _, frames = said.partition("Traceback (most recent call last)")
    return about if "Aborted because --strict flag is set" in frames else said


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
