"""What libraries show by themselves, in windows and browsers elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora_local.kernel import Outcome
from tests.kernel.conftest import Session, shown, text

FIGURE = "import plotly.graph_objects as go\nfigure = go.Figure(go.Scatter(y=[1, 2, 3]))\n"
CHART = (
    "import altair\n"
    "chart = altair.Chart({'values': [{'a': 1}]}).mark_line().encode(x='a:Q', y='a:Q')\n"
)
NO_IPYTHON = "import sys\nsys.modules['IPython'] = None\n"


def displays(outcome: Outcome) -> list[dict[str, Any]]:
    assert outcome.errors == []
    return [dict(data) for kind, data in shown(outcome) if kind == "display_data"]


@pytest.mark.parametrize("show", ["figure.show()", "figure", "display(figure)"])
async def test_plotly(session: Session, show: str) -> None:
    outcome = await session.run(FIGURE + show)
    kind = "application/vnd.plotly.v1+json"
    (picture,) = [bundle[kind] for bundle in displays(outcome) if kind in bundle]
    assert picture.value["data"][0]["y"] == [1, 2, 3]
    assert "cdn.plot.ly" in str(displays(outcome))  # the program comes from there: it has megabytes
    assert len(str(displays(outcome))) < 100_000


@pytest.mark.parametrize("show", ["chart.show()", "chart.display()", "display(chart)"])
async def test_altair(session: Session, show: str) -> None:
    (bundle,) = displays(await session.run(CHART + show))
    assert '"a": 1' in bundle["text/html"]


@pytest.mark.parametrize("first", ["", NO_IPYTHON])
async def test_pillow(session: Session, first: str) -> None:
    code = f"{first}from PIL import Image\nImage.new('RGB', (4, 3), 'red').show()"
    (bundle,) = displays(await session.run(code))
    assert bundle["image/png"].startswith("iVBOR")


async def test_pages_that_would_open_in_a_browser(session: Session) -> None:
    outcome = await session.run(
        "import http.server, pathlib, webbrowser\n"
        "pathlib.Path('a b.html').write_text('<b>ä</b>')\n"
        "webbrowser.open(pathlib.Path('a b.html').absolute().as_uri())\n"
        "class Once(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n        self.send_header('Content-Type', 'text/html')\n"
        "        self.end_headers()\n        self.wfile.write(b'<i>served</i>')\n"
        "    def log_message(self, *_): pass\n"
        "server = http.server.HTTPServer(('127.0.0.1', 0), Once)\n"
        "webbrowser.get().open(f'http://127.0.0.1:{server.server_port}')\n"
        "server.handle_request()\n"
        "webbrowser.open('https://example.org/')"
    )
    assert [bundle["text/html"] for bundle in displays(outcome)] == ["<b>ä</b>", "<i>served</i>"]
    assert text(outcome, "stderr") == (
        "webbrowser: https://example.org/ can't be opened, there is no browser here.\n"
    )
    assert outcome.outputs[-1].data == "False"


async def test_progress_bars_come_as_they_are(session: Session) -> None:
    outcome = await session.run("for n in range(3): print(n, end='\\r')")
    assert text(outcome) == "0\r1\r2\r"
