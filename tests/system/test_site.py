"""Each page of the built documentation, as people see it: wide and narrow, light and dark."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.docs.pages import FENCE, LINK
from scripts.docs.text import navigation
from tests.browser import Browser, Page, browser
from tests.images import Unavailable

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PICTURES = BUILD / "pictures"
PAGES = [
    place.removesuffix(".md")
    for _, listed in navigation(ROOT / "mkdocs.yml")
    for _, place in listed
]
LOOKS = {
    "wide-light": (1400, False),
    "wide-dark": (1400, True),
    "narrow-light": (390, False),
    "narrow-dark": (390, True),
}
AXE = ROOT / "tests" / "axe"
SERIOUS = {"serious", "critical"}
# A page as wide as its window, where nothing that can't be scrolled by itself sticks out.
STICKS_OUT = """
(() => {
  const scrolls = (e) => e && (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX)
    || scrolls(e.parentElement));
  const wide = [...document.querySelectorAll(".md-content *")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !scrolls(e.parentElement);
  });
  if (document.documentElement.scrollWidth > innerWidth) wide.push(document.documentElement);
  return wide.map((e) => e.outerHTML.slice(0, 200));
})()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    subprocess.run([sys.executable, "-m", "scripts.docs"], cwd=ROOT, check=True, timeout=300)
    PICTURES.mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp("site")
    return Path(shutil.copytree(BUILD / "site", folder, dirs_exist_ok=True))


@pytest.fixture(scope="module")
def chromium(site: Path) -> Iterator[Browser]:
    try:
        with browser(site) as running:
            yield running
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def axe() -> str:
    subprocess.run([sys.executable, "-m", "scripts.npm", AXE], cwd=ROOT, check=True, timeout=300)
    return (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def faults(page: Page, axe: str) -> list[str]:
    """What axe-core finds that is serious, with the places."""
    page.evaluate(f"{axe}; 0")
    # By `preload` it would read the style sheets again, which a page on the disk may not.
    options = "{resultTypes: ['violations'], preload: false}"
    found: list[dict[str, Any]] = json.loads(
        page.evaluate(
            f"axe.run(document, {options}).then((found) => JSON.stringify(found.violations))"
        )
    )
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize("place", PAGES)
@pytest.mark.parametrize("look", LOOKS)
def test_a_page_is_whole(place: str, look: str, chromium: Browser, site: Path, axe: str) -> None:
    width, dark = LOOKS[look]
    page = chromium.open(site / f"{place}.html", "localStorage.clear()", width=width, dark=dark)
    assert page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if dark else "default")
    picture = PICTURES / look / f"{place}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(picture)
    assert page.evaluate(STICKS_OUT) == []
    assert faults(page, axe) == []
    assert page.errors == []
    page.close()


def test_models_find_every_page_and_each_link_of_theirs_leads_to_one(site: Path) -> None:
    named = (site / "llms.txt").read_text("utf-8")
    assert [place for place in PAGES if f"]({place}.md)" not in named] == []
    for page in [site / "llms.txt", *site.rglob("*.md")]:
        prose = FENCE.sub("", page.read_text("utf-8"))
        assert ":::" not in prose
        targets = (found["target"].partition("#")[0] for found in LINK.finditer(prose))
        inside = {target for target in targets if target and ":" not in target}
        assert [target for target in inside if not (page.parent / target).exists()] == [], page


# The search has a tree of its own, out of the page's reach.
SEARCH = "[...document.querySelectorAll('div')].map((e) => e.shadowRoot).find((root) => root)"


def test_search_finds_without_a_network(chromium: Browser, site: Path) -> None:
    page = chromium.open(site / "index.html")
    page.click("button.md-search__button")
    page.until(f"{SEARCH}?.querySelector('dialog[open] input')")
    page.evaluate(f"{SEARCH}.querySelector('input').focus()")
    page.type("egress")
    page.until(f"[...{SEARCH}.querySelectorAll('a')].some((a) => a.href.includes('/network.html'))")
    page.screenshot(PICTURES / "search.png")
    assert page.errors == []
    page.close()
