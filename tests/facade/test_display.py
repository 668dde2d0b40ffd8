"""What notebooks are given of results."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cognitora import ContainerExecResponse, Execution, ProcessInfo, ProcessResult, RunResult
from cognitora.parsing import Entries
from cognitora.results import markup
from cognitora.results.display import code, tables, trust
from cognitora.results.images import Image
from cognitora.results.processes import OutputPiece
from cognitora_openapi.models import Session

ATTACK = "</pre><script>attack()</script>"
VEGA: dict[str, Any] = {"data": [{"name": "rows", "values": [{"url": "a", "n": 1}]}], "marks": []}

PICTURE = {"source": "data:image/png;base64,AA=="}
PLOT: dict[str, Any] = {"data": [{"type": "sankey", "link": {"source": [0], "target": [1]}}]}


def test_long_text_is_folded_and_huge_text_is_cut_and_says_so() -> None:
    assert markup.folded("a\n" * 40) == markup.block("a\n" * 40)
    folded = markup.folded("a\n" * 41)
    assert folded.startswith(markup.block("a\n" * 10) + "<details>")
    assert "41 lines, 82 characters in all" in folded
    assert markup.folded("a" * 4001).count("a" * 1000) == 1 + 3
    huge = markup.cut("a" * (markup.MOST + 1234))
    assert huge.endswith("a\n… and 1,234 characters more")
    assert markup.folded("") == ""
    tailed = markup.folded("".join(f"{n}\n" for n in range(100)), last=2)
    assert tailed.endswith(markup.block("98\n99\n"))


def test_a_huge_text_is_folded_in_linear_time() -> None:
    assert len(markup.folded("x\n" * 5_000_000, last=4)) < 2 * markup.MOST
    assert len(markup.coloured("\x1b[31mx" * 100_000)) < 5_000_000
    assert code.coloured_traceback("\n" * 200_000) == "\n" * 200_000


@pytest.mark.parametrize("tag", ["<a ", "<a x=", "<a x='", "<a x='>", "<!--", "<!-->", "</a ", "<"])
def test_html_without_an_end_is_framed_in_linear_time(tag: str) -> None:
    assert trust.static(tag * 100_001) is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<&\"'>", "&lt;&amp;&quot;&#x27;&gt;"),
        ("\x1b[31mred\x1b[0m!", '<span style="color:#d7303a">red</span>!'),
        ("\x1b[1;92mx\x1b[22my", None),
        ("\x1b[38;5;1mx\x1b[mx", "xx"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b[2Kc\x1b(Bd", "abcd"),
        ("\x1b[;;;;;m\x1b[999999999999999999mx", "x"),
        ("\x1b", "\x1b"),
    ],
)
def test_colours_of_terminals(text: str, html: str | None) -> None:
    found = markup.coloured(text)
    if html is None:
        html = '<span style="font-weight:bold;color:#00913f">x</span><span style="color:#00913f">y</span>'
    assert found == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        "<img src=x onerror=attack()>",
        "<p onclick='attack()'>x</p>",
        "<p data-commandlinker-command='x'>x</p>",
        "<p class='jp-Button'>x</p>",
        "<p style='position:fixed'>x</p>",
        "<p style='text-align:left;position:fixed'>x</p>",
        "<a href='javascript:attack()'>x</a>",
        "<a href=' https://x'>x</a>",
        """<a href="https://x/?a=1&amp;b='">x</a>""",
        "<style>body { display: none }</style>",
        "<style>.dataframe td {} body { display: none }</style>",
        "</div></div>",
        "<b>x",
        "<p>a<b>b</p></b>",
        "<svg onload=attack()></svg>",
        "<!doctype html><p>x</p>",
        "<?x?><p>x</p>",
        "<p/>",
        "<form action='/x'></form>",
        "<style>",
    ],
)
def test_html_that_does_more_than_show_text_gets_a_page_of_its_own(html: str) -> None:
    assert trust.static(html) is None
    shown = trust.safe({"text/html": html})["text/html"]
    assert shown.startswith('<iframe sandbox="allow-scripts" srcdoc="')
    assert shown.count("<") == 2


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<b>x</b>", "<b>x</b>"),
        ("a &lt;b&gt; &amp;", "a &lt;b&gt; &amp;"),
        (
            "<TABLE BORDER=1><tr style='text-align: right;'><td>&quot;</td></tr></TABLE>",
            '<table border="1"><tr style="text-align: right;"><td>&quot;</td></tr></table>',
        ),
        ("<p>x<br>y<br/>z<!-- <script> --></p>", "<p>x<br>y<br>z</p>"),
        ("<style scoped>\n    .dataframe tbody tr th {\n x: y; }</style><i>t</i>", "<i>t</i>"),
        (
            '<a href="https://x/?a=1&amp;b=2">x</a>',
            '<a href="https://x/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ("", ""),
    ],
)
def test_text_and_tables_are_written_anew(html: str, written: str) -> None:
    assert trust.static(html) == written


@pytest.mark.parametrize(
    ("bundle", "shown"),
    [
        ({"application/javascript": "attack()", "text/plain": "js"}, {"text/plain": "js"}),
        ({"text/markdown": ATTACK, "text/plain": "<Markdown>"}, {"text/plain": ATTACK}),
        ({"text/latex": "$x^2$", "text/plain": "x"}, {"text/latex": "$x^2$", "text/plain": "x"}),
        (
            {"text/latex": r"$\href{javascript:attack()}{x}$", "text/plain": "x"},
            {"text/plain": "x"},
        ),
        ({"text/latex": r'$\mmlToken{mi}[href="javascript:attack()"]{x}$'}, {}),
        ({"text/latex": r"$\bbox[position:fixed;background:url(https://a.example)]{x}$"}, {}),
        ({"text/latex": r"$\newcommand{\x}{y}$"}, {}),
        ({"text/latex": r"$\gdef\sum{0}$"}, {}),
        ({"text/latex": r"$\left(\delta\right)$"}, {"text/latex": r"$\left(\delta\right)$"}),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}, {}),
        ({"application/vnd.bokehjs_exec.v0+json": ""}, {}),
        (
            {"application/vnd.plotly.v1+json": {"data": []}},
            {"application/vnd.plotly.v1+json": {"data": []}},
        ),
        (
            {"application/vnd.plotly.v1+json": PLOT | {"layout": {"images": [PICTURE]}}},
            {"application/vnd.plotly.v1+json": PLOT | {"layout": {"images": [PICTURE]}}},
        ),
        (
            {
                "application/vnd.plotly.v1+json": PLOT
                | {"layout": {"images": [{"source": "//tracker/a.png"}]}},
                "text/plain": "x",
            },
            {"text/plain": "x"},
        ),
        ({"application/vnd.vega.v5+json": VEGA}, {"application/vnd.vega.v5+json": VEGA}),
        (
            {"application/vnd.vega.v5+json": VEGA | {"data": [{"url": "/api/contents"}]}},
            {},
        ),
        (
            {"application/vnd.vegalite.v5+json": VEGA | {"usermeta": {"embedOptions": {}}}},
            {},
        ),
        (
            {"application/vnd.vega.v5+json": "/files/drawing.json", "text/plain": "x"},
            {"text/plain": "x"},
        ),
        ({"image/png": 'no" onerror="attack()'}, {}),
        ({"image/png": "iVBO\nRw=="}, {"image/png": "iVBORw=="}),
    ],
)
def test_what_is_shown_of_a_bundle(bundle: dict[str, Any], shown: dict[str, Any]) -> None:
    assert trust.safe(bundle) == shown


def test_svg_is_shown_as_a_picture() -> None:
    svg = "<svg onload='attack()'/>"
    encoded = base64.b64encode(svg.encode()).decode()
    shown = trust.safe({"image/svg+xml": svg})
    assert list(shown) == ["text/html"]
    assert f'src="data:image/svg+xml;base64,{encoded}"' in shown["text/html"]
    assert (
        Image("image/svg+xml", svg.encode())._repr_mimebundle_()["text/html"] == shown["text/html"]
    )


ENDED = Execution.from_dict(
    {"id": ATTACK, "status": "FAILED", "exitCode": 3, "reason": f"it failed {ATTACK}"}
)
PROCESS = ProcessInfo.from_dict(
    {"id": "p", "status": "FAILED", "command": [ATTACK], "exit_code": 3}
)


@pytest.mark.parametrize(
    "outcome",
    [
        RunResult(ENDED, f"logged {ATTACK}\n" * 100),
        ContainerExecResponse.from_dict(
            {
                "output": f"logged {ATTACK}\n" * 100,
                "exitCode": 3,
                "command": [ATTACK],
                "status": "FAILED",
            }
        ),
        ProcessResult(PROCESS, [OutputPiece("stderr", b"", f"logged {ATTACK}\n" * 100)]),
    ],
    ids=["run", "exec", "process"],
)
def test_what_ended_shows_how_and_what_it_printed(outcome: Any) -> None:
    bundle = outcome._repr_mimebundle_()
    assert bundle["text/plain"] == repr(outcome)
    html = bundle["text/html"]
    assert "FAILED · exit code 3" in html
    assert "logged &lt;/pre&gt;&lt;script&gt;" in html
    assert "100 lines" in html
    assert "<script" not in html


def sessions(count: int, **more: Any) -> Entries[Session]:
    fields = {"session_id": ATTACK, "language": "python", "status": "active", **more}
    return Entries(Session.from_dict(fields) for _ in range(count))


def test_lists_are_tables() -> None:
    html = sessions(2, created_at="2026-01-02T03:04:05Z", odd="x" * 200)._repr_html_()
    assert html is not None
    assert "<script" not in html
    assert html.count("<tr>") == 3
    assert "2026-01-02 03:04:05+00:00" in html
    assert f"{'x' * 80}… of 200 characters" in html
    assert "and 5 more" in (sessions(tables.ROWS + 5)._repr_html_() or "")


def test_what_is_no_list_of_objects_is_no_table() -> None:
    assert Entries[Session]()._repr_html_() is None
    assert tables.table([1, 2]) is None
