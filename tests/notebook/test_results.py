"""What results look like in a notebook: executed by a kernel, and looked at in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.notebook.notebooks import Executed, execute

ATTACK = (
    "</pre></details></td></div></script><img src=x onerror='attacked = 1'>"
    "<script>attacked = 1</script>"
)
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='50' height='50' onload='attacked = 1'>"
    "<script>attacked = 1</script><rect width='50' height='50'/></svg>"
)
REACHING_OUT = (
    "<p>framed</p><script>try { parent.attacked = 1; top.attacked = 1 } catch {}"
    "parent.postMessage('it ran', '*')</script>"
)


LISTENING = "heard = []; addEventListener('message', (event) => heard.push(event.data))"


def run(code: str) -> str:
    """A cell that runs code in a sandbox."""
    return f"client.code_interpreter.run_python({code!r})"


CELLS = {
    "client": "from cognitora import Cognitora\nclient = Cognitora()",
    "printed": run("print('hello')"),
    "long": run("for n in range(1000): print('line', n)"),
    "one line": run("print('x' * 100_000)"),
    "plot": run(
        "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9]); plt.show()\nprint('plotted')"
    ),
    "frame": run(
        "import pandas as pd\npd.DataFrame({'<b>name</b>': ['Ada', 'wide' * 10], **"
        "{f'column {n}': [n, n] for n in range(40)}})"
    ),
    "error": run("def f(): return 1 / 0\nprint('before')\nf()"),
    "deep": run("def f(n): return g(n - 1) if n else 1 / 0\ndef g(n): return f(n)\nf(100)"),
    "hostile": run(
        f"import sys\nprint({ATTACK!r})\nprint({ATTACK!r}, file=sys.stderr)\n{ATTACK!r}"
    ),
    "hostile long": run(f"print(({ATTACK!r} + chr(10)) * 500)"),
    "hostile error": run(f"raise ValueError({ATTACK!r} * 100)"),
    "hostile displays": run(
        "from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display\n"
        f"display(HTML({ATTACK!r}), Javascript('attacked = 1'), Markdown({ATTACK!r}),"
        f" SVG({SVG!r}), Latex({ATTACK!r}))"
    ),
    "page": run(f"from IPython.display import HTML\nHTML({REACHING_OUT!r})"),
    "sessions": (
        f"with client.code_interpreter.session(metadata={{'a': {ATTACK!r}}}):\n"
        "    found = client.code_interpreter.list_sessions()\n"
        "found"
    ),
    "records": "client.code_interpreter.list_all_executions(limit=5)",
    "files": (
        "with client.code_interpreter.session() as session:\n"
        "    session.upload(b'1', 'a.csv')\n"
        "    session.upload(b'1', '<img src=x onerror=attacked=1>')\n"
        "    found = client.code_interpreter.list_files(session.id, '.')\n"
        "found"
    ),
}
AT = {name: number for number, name in enumerate(CELLS)}


@pytest.fixture(scope="module")
def notebook(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Executed:
    return execute(list(CELLS.values()), tmp_path_factory.mktemp("notebook"), environment)


@pytest.fixture(scope="module")
def page(notebook: Executed, chromium: Browser, pages: Path) -> Page:
    page = chromium.open(notebook.page(pages / "results.html"), LISTENING)
    page.screenshot(pages / "results.png")
    return page


def seen(page: Page, name: str, question: str) -> Any:
    """What JavaScript says of a cell's outputs, which it calls `cell`."""
    wrapper = f"document.querySelectorAll('.jp-CodeCell')[{AT[name]}]"
    within = f"const cell = {wrapper}.querySelector('.jp-Cell-outputWrapper')"
    return page.evaluate(f"(() => {{ {within}; return {question} }})()")


def test_no_cell_fails_and_none_shows_a_repr(notebook: Executed) -> None:
    assert [name for name in CELLS if notebook.error(AT[name])] == []
    assert "ExecuteCodeResponse" not in "".join(notebook.text(AT[name]) for name in CELLS)


def test_text_is_text_and_long_text_is_folded(notebook: Executed, page: Page) -> None:
    assert notebook.text(AT["printed"]) == "hello\n"
    assert seen(page, "printed", "cell.innerText.trim()") == "hello"
    (long,) = notebook.data(AT["long"])
    assert long["text/plain"] == "".join(f"line {n}\n" for n in range(1000))
    assert seen(page, "long", "cell.innerText").split("\n")[1:3] == ["line 0", "line 1"]
    assert "1,000 lines, 8,890 characters in all" in seen(page, "long", "cell.innerText")
    assert "100,001 characters in all" in seen(page, "one line", "cell.innerText")


def test_a_folded_text_opens(page: Page) -> None:
    rest = "cell.querySelector('details > div').checkVisibility()"
    assert seen(page, "long", rest) is False
    seen(page, "long", "cell.querySelector('summary').id = 'the-rest'")
    page.click("#the-rest")
    assert seen(page, "long", rest) is True
    lines = seen(page, "long", "cell.innerText").splitlines()
    assert [line for line in lines if line.startswith("line ")] == [
        f"line {n}" for n in range(1000)
    ]


def test_pictures_are_seen_beside_what_was_printed(page: Page) -> None:
    width, height = seen(
        page,
        "plot",
        "(() => { const i = cell.querySelector('img'); return [i.naturalWidth, i.height] })()",
    )
    assert width > 300
    assert height > 100
    assert "plotted" in seen(page, "plot", "cell.innerText")


def test_frames_are_tables(page: Page) -> None:
    head = seen(
        page, "frame", "[...cell.querySelectorAll('thead th')].slice(0, 3).map(c => c.innerText)"
    )
    assert head == ["", "<b>name</b>", "column 0"]
    assert seen(page, "frame", "cell.querySelectorAll('tbody tr').length") == 2
    assert seen(page, "frame", "cell.querySelector('iframe')") is None


def test_errors_are_tracebacks(notebook: Executed, page: Page) -> None:
    assert notebook.text(AT["error"]).startswith("before\nTraceback (most recent call last)")
    assert notebook.text(AT["error"]).endswith("ZeroDivisionError: division by zero")
    colour = "[...cell.querySelectorAll('span')].map(s => [s.innerText, getComputedStyle(s).color])"
    assert ["ZeroDivisionError", "rgb(215, 48, 58)"] in seen(page, "error", colour)
    deep = seen(page, "deep", "cell.innerText").rstrip()
    assert deep.endswith("ZeroDivisionError: division by zero")
    assert "characters in all" in deep


def test_lists_are_tables(page: Page) -> None:
    head = "[...cell.querySelectorAll('th')].map(c => c.innerText)"
    assert {"session_id", "status"} <= set(seen(page, "sessions", head))
    assert {"id", "status", "code"} <= set(seen(page, "records", head))
    assert seen(page, "records", "cell.querySelectorAll('tbody tr').length") == 5
    names = seen(page, "files", "[...cell.querySelectorAll('tbody td')].map(c => c.innerText)")
    assert {"a.csv", "<img src=x onerror=attacked=1>"} <= set(names)


def test_nothing_that_a_sandbox_says_is_markup_or_script_of_the_page(page: Page) -> None:
    page.until("heard.length")  # by then the scripts of frames have run
    assert page.evaluate("typeof attacked") == "undefined"
    for name in ("hostile", "hostile long", "hostile error"):
        assert seen(page, name, "cell.querySelector('img, script')") is None
        assert ATTACK in seen(page, name, "cell.textContent")
    assert seen(page, "hostile displays", "cell.querySelectorAll('script').length") == 0
    sources = seen(
        page, "hostile displays", "[...cell.querySelectorAll('img')].map(i => i.src.slice(0, 18))"
    )
    assert sources == ["data:image/svg+xml"]
    assert seen(page, "hostile displays", "cell.querySelector('img').naturalWidth") == 50


def test_html_with_scripts_is_a_page_of_its_own(page: Page) -> None:
    page.until("heard.includes('it ran')")
    (attributes,) = seen(
        page,
        "page",
        "[...cell.querySelectorAll('iframe')].map(f => [f.sandbox.value, f.contentDocument])",
    )
    assert attributes == ["allow-scripts", None]


def test_nothing_is_wider_than_the_page_and_nothing_goes_wrong_in_it(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The picture of an attack isn't there, in a frame of its own.
    assert [error for error in page.errors if "about:srcdoc" not in error] == []
