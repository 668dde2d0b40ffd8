"""What is checked of the documentation's site, and what each of its blocks is run by."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import cognitora
from scripts.docs import contract, links, pages, rooms, text
from scripts.docs.pages import ROOT

DOCS = ROOT / "docs"
PAGES = list(pages.written())


def html(body: str) -> str:
    return f"<!doctype html><html><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="gone.html">x</a>', "index.html: there is no gone.html"),
        ('<a href="other.html#gone">x</a>', "index.html: other.html#gone has no such anchor"),
        ('<a href="#gone">x</a>', "index.html: #gone has no such anchor"),
        ('<img src="gone.png">', "index.html: there is no gone.png"),
        (
            '<script src="https://cdn.example/x.js"></script>',
            "index.html: https://cdn.example/x.js is fetched from elsewhere",
        ),
        (
            '<link rel="stylesheet" href="//cdn.example/x.css">',
            "index.html: //cdn.example/x.css is fetched from elsewhere",
        ),
        ('<a href="javascript:x">x</a>', "index.html: javascript:x is no address"),
        ('<a href="https://example.com">x</a><a href="other.html#here">y</a><a href="">z</a>', ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "index.html").write_text(html(body))
    (tmp_path / "other.html").write_text(html('<p id="here">x</p>'))
    assert "\n".join(links.wrong(tmp_path)) == said


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("docs", "examples", "benchmarks"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").write_text("# Home\n\n[one](docs/one.md#here), [all](examples/)\n")
    (tmp_path / "examples" / "first.py").write_text("print()\n")
    (tmp_path / "benchmarks" / "README.md").write_text("# Benchmarks\n")
    return tmp_path


def test_links_lead_to_the_places_of_the_site(repository: Path) -> None:
    (repository / "docs" / "reference").mkdir()
    page = repository / "docs" / "reference" / "one.md"
    page.write_text(
        "[a](../../README.md) [b](../../examples/first.py) [c](../two.md#x) [d](https://x.example) [e](#y)\n"
        "```text\n[f](nowhere.md)\n```\n"
    )
    (repository / "docs" / "two.md").write_text("# Two\n")
    assert pages.for_the_site(page, "reference/one.md", repository) == (
        "[a](../index.md) [b](../examples.md#firstpy) [c](../two.md#x) [d](https://x.example) [e](#y)\n"
        "```text\n[f](nowhere.md)\n```\n"
    )


def test_a_link_to_what_is_not_on_the_site_is_refused(repository: Path) -> None:
    with pytest.raises(
        pages.NotOnTheSiteError, match=r"README.md: there is no page of docs/one.md"
    ):
        pages.for_the_site(repository / "README.md", "index.md", repository)


def test_a_list_that_follows_its_paragraph_is_one(repository: Path) -> None:
    page = repository / "docs" / "one.md"
    page.write_text("Of it:\n- one,\n  or so\n- two\n\nand\n\n1. three\n2. four\n")
    assert pages.for_the_site(page, "one.md", repository) == (
        "Of it:\n\n- one,\n  or so\n- two\n\nand\n\n1. three\n2. four\n"
    )


def test_every_page_is_in_the_navigation() -> None:
    listed = {place for _, found in text.navigation(ROOT / "mkdocs.yml") for _, place in found}
    assert set(pages.written().values()) - listed == set()


def test_no_page_takes_the_place_of_another() -> None:
    places = [*pages.written().values(), pages.EXAMPLES]
    assert len(set(places)) == len(places)


def test_every_public_name_is_in_the_reference_once() -> None:
    entries = [
        name
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: cognitora\.(\S+)$", page.read_text("utf-8"), re.M)
    ]
    assert sorted(entries) == sorted(set(cognitora.__all__) - {"__version__"})


def test_no_section_of_the_reference_is_empty_or_repeats_what_all_have() -> None:
    reference = text.Reference()
    told = "\n".join(
        reference.told(page.read_text("utf-8")) for page in (DOCS / "reference").glob("*.md")
    )
    assert re.findall(r"^(#+ .*)\n+(?=#)", told, re.M) == []
    words = r"get|keys|values|items|to_dict|from_dict|additional_\w+"
    assert re.findall(rf"^#+ \w+\.(?:{words})$", told, re.M) == []
    assert "### Session.expires_at\n" in told
    assert "### CognitoraError" not in told


def tree(kind: type[Exception], depth: int = 0) -> Iterator[str]:
    """An error and those below it, with what of Python's each is besides."""
    also = ", ".join(each.__name__ for each in kind.__bases__[1:])
    yield " " * 4 * depth + kind.__name__ + (f" ({also})" if also else "")
    for each in kind.__subclasses__():
        if each.__name__ in cognitora.__all__:
            yield from tree(each, depth + 1)


def test_the_tree_of_errors_is_the_classes() -> None:
    shown = re.search(
        r"### The tree\n.*?```text\n(.*?)^```", (DOCS / "errors.md").read_text("utf-8"), re.M | re.S
    )
    assert shown is not None
    assert shown[1].splitlines() == [*tree(cognitora.CognitoraError)]


def test_every_operation_and_schema_of_the_contract_has_a_section() -> None:
    said = contract.pages(ROOT / "openapi.yaml")
    document = yaml.load((ROOT / "openapi.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    sections = re.findall(r"\{ #(\S+) \}$", "\n".join(said.values()), re.M)
    operations = re.findall(r"operationId: (\w+)", (ROOT / "openapi.yaml").read_text("utf-8"))
    schemas = [name.lower() for name in document["components"]["schemas"]]
    assert sorted(sections) == sorted([*operations, *schemas])


def test_the_picture_of_a_graph_has_each_node_below_those_that_lead_to_it() -> None:
    picture = rooms.drawn(
        "```mermaid\ngraph TD\n  subgraph x [one]\n    a --> b\n    a --> c\n    b --> c\n  end\n"
        "  c --> d\n```\n"
    )
    height = {
        name: int(y)
        for y, name in re.findall(r'y="(\d+)" text-anchor="middle">(\w)</text>', picture)
    }
    assert height["a"] < height["b"] < height["c"] < height["d"]
    assert picture.count('class="arrow"') == 4
    assert 'aria-label="a imports b; a imports c; b imports c; c imports d"' in picture


# What runs the blocks of each language, by the page; `*` is any page.
RUN_BY = {
    ("python", "*"): "tests/system/test_snippets.py",
    ("python notest", "docs/frameworks.md"): "tests/integrations/snippets.py",
    ("python notest", "docs/tutorial.md"): "tests/integrations/mcp/test_command.py",
    ("ipython", "docs/notebook.md"): "tests/notebook/test_docs.py",
    ("ipython", "README.md"): "tests/notebook/test_docs.py",
    ("console", "docs/terminal.md"): "tests/cli/test_docs.py",
    ("console", "README.md"): "tests/cli/test_docs.py",
    ("bash", "docs/tutorial.md"): "tests/system/test_fresh_clone.py",
    ("text", "docs/tutorial.md"): "tests/system/test_fresh_clone.py",
    ("bash", "docs/image.md"): "tests/system/test_engine_image.py",
    ("bash", "docs/containers.md"): "tests/engine/containers/test_carried_images.py",
    ("bash", "docs/kubernetes.md"): "tests/kubernetes/test_manifests.py",
    ("yaml", "docs/kubernetes.md"): "tests/kubernetes/test_chart.py",
    ("bash", "docs/mcp.md"): "tests/integrations/mcp/test_command.py",
    ("json", "docs/mcp.md"): "tests/integrations/mcp/test_command.py",
    ("toml", "docs/local-runtime.md"): "tests/runtime/test_accounts.py",
    ("mermaid", "docs/architecture.md"): "tests/scripts/test_imports.py",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_test_runs_each_block(page: Path) -> None:
    place = page.relative_to(ROOT).as_posix()
    for about, block in re.findall(
        r"^```([^`\n]*)\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S
    ):
        kind = re.sub(r' ?title="[^"]+"', "", about)
        by = RUN_BY.get((kind, "*")) or RUN_BY.get((kind, place))
        if by is not None:
            assert (ROOT / by).is_file()
        elif kind == "bash":  # tests/system/test_snippets.py looks whether there is such a target
            assert all(line.startswith("make ") for line in block.splitlines()), block
        else:
            assert kind in {"", "text"}, f"nothing runs this {kind} of {place}:\n{block}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_installs_is_this_version_or_nothing(page: Path) -> None:
    """Of PyPI's older versions pip would take one that has none of it; README.md says what to do then."""
    said = page.read_text("utf-8")
    named = re.findall(r"pip install [\"']?cognitora\S*", said)
    assert [each for each in named if not re.search(r"cognitora(\[[\w,-]+\])?>=2\"", each)] == []
    assert not named or page.name == "README.md" or "../README.md#installing" in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_tests_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/.]+?)/?`", page.read_text("utf-8"))
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.long
def test_a_wrong_link_fails_the_build(tmp_path: Path) -> None:
    for name in (
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "mkdocs.yml",
        "openapi.yaml",
    ):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "examples", "scripts", "benchmarks", "cognitora", "generated"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("node_modules", "__pycache__"),
        )
    for path in ROOT.glob("*.md"):
        shutil.copy(path, tmp_path)
    page = tmp_path / "docs" / "async.md"
    page.write_text(page.read_text("utf-8") + "\n[gone](errors.md#nowhere)\n")
    command = [sys.executable, "-m", "scripts.docs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "errors.md#nowhere" in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
