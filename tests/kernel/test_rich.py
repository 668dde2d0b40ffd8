"""What is more than text: bundles, figures, pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from cognitora_local.untrusted_json import RawJson
from tests.kernel.conftest import Session, Start, shown, text

PNG = b"\x89PNG\r\n\x1a\n"


def picture(bundle: dict[str, Any]) -> Image.Image:
    """The bundle's PNG, decoded to the last pixel."""
    data = base64.b64decode(bundle["image/png"], validate=True)
    assert data.startswith(PNG)
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


async def test_a_value_with_a_picture_of_itself(session: Session) -> None:
    outcome = await session.run("from PIL import Image\nImage.new('RGB', (4, 3), 'red')")
    (output,) = outcome.outputs
    assert output.type == "execution_result"
    assert str(output.data).startswith("<PIL.Image.Image")
    assert output.bundle is not None
    image = picture(output.bundle)
    assert (image.size, image.getpixel((0, 0))) == ((4, 3), (255, 0, 0))


async def test_every_representation(session: Session) -> None:
    outcome = await session.run(
        "class Rich:\n"
        "    def __repr__(self): return 'rich'\n"
        "    def _repr_html_(self): return '<b>rich</b>'\n"
        "    def _repr_markdown_(self): return '**rich**'\n"
        "    def _repr_latex_(self): return '$r$'\n"
        "    def _repr_svg_(self): return '<svg/>'\n"
        "    def _repr_png_(self): return b'\\x89PNG'\n"
        "    def _repr_json_(self): return {'rich': [1, None]}, {'metadata': True}\n"
        "    def _repr_pdf_(self): return None\n"
        "Rich()"
    )
    (output,) = outcome.outputs
    assert output.data == "rich"
    assert output.bundle == {
        "text/plain": "rich",
        "text/html": "<b>rich</b>",
        "text/markdown": "**rich**",
        "text/latex": "$r$",
        "image/svg+xml": "<svg/>",
        "image/png": base64.b64encode(b"\x89PNG").decode(),
        "application/json": RawJson('{"rich": [1, null]}'),
    }


async def test_a_mimebundle_comes_first(session: Session) -> None:
    outcome = await session.run(
        "class Both:\n"
        "    def __repr__(self): return 'both'\n"
        "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/html': 'mine', 'application/x+json': {'a': 1}}, {}\n"
        "    def _repr_html_(self): return 'not mine'\n"
        "display(Both())"
    )
    assert outcome.outputs[0].data == {
        "text/plain": "both",
        "text/html": "mine",
        "application/x+json": RawJson('{"a": 1}'),
    }


async def test_display_takes_bundles_as_they_are(session: Session) -> None:
    outcome = await session.run(
        "display('a', 2)\ndisplay({'text/html': '<i>', 'image/gif': b'GIF'}, raw=True)"
    )
    assert shown(outcome) == [
        ("display_data", {"text/plain": "'a'"}),
        ("display_data", {"text/plain": "2"}),
        ("display_data", {"text/html": "<i>", "image/gif": base64.b64encode(b"GIF").decode()}),
    ]
    outcome = await session.run("display('a', raw=True)")
    assert outcome.errors[0].startswith("TypeError: display(raw=True) takes dictionaries")


async def test_a_broken_representation_hides_nothing_else(session: Session) -> None:
    outcome = await session.run(
        "class Broken:\n"
        "    def __repr__(self): return 'broken'\n"
        "    def _repr_html_(self): raise ValueError('no html')\n"
        "    def _repr_latex_(self): return '$b$'\n"
        "Broken()"
    )
    assert text(outcome, "stderr") == "_repr_html_ failed: ValueError: no html\n"
    assert outcome.outputs[-1].bundle == {"text/plain": "broken", "text/latex": "$b$"}


async def test_a_broken_repr_is_an_error(session: Session) -> None:
    outcome = await session.run(
        "class Broken:\n    def __repr__(self): raise ValueError('no repr')\nBroken()"
    )
    assert (outcome.status, outcome.errors) == ("failed", ["ValueError: no repr"])


async def test_classes_and_things_that_answer_to_every_name(session: Session) -> None:
    outcome = await session.run("from unittest.mock import MagicMock\nMagicMock()")
    assert outcome.outputs[0].bundle is None
    outcome = await session.run("class Rich:\n    def _repr_html_(self): return 'x'\nRich")
    assert outcome.outputs[0].bundle is None


@pytest.mark.parametrize(
    "json_text",
    ["[NaN]", "1e999", "not json", "[" * 500 + "]" * 500, '"\\ud800"', "[" + "1," * 2**20 + "1]"],
)
async def test_json_that_could_not_be_written_again_stays_text(
    session: Session, json_text: str
) -> None:
    await session.run("import json")
    outcome = await session.run(
        "json.dumps = lambda value, **_: value\n"
        f"display({{'application/json': {json_text!r}}}, raw=True)"
    )
    assert outcome.outputs[0].data == {"application/json": json_text}


async def test_show_displays_the_figure(session: Session) -> None:
    outcome = await session.run(
        "import matplotlib.pyplot as plt\n"
        "plt.figure(figsize=(4, 2), facecolor='blue')\n"
        "print('before')\nplt.show()\nprint('after')\nplt.get_fignums()"
    )
    assert [kind for kind, _ in shown(outcome)] == [
        *("stdout", "display_data", "stdout", "execution_result")
    ]
    bundle = outcome.outputs[1].data
    assert isinstance(bundle, dict)
    assert bundle["text/plain"] == "<Figure size 400x200 with 0 Axes>"
    image = picture(bundle)
    assert image.getpixel((1, 1)) == (0, 0, 255, 255)
    assert outcome.outputs[-1].data == "[]"


async def test_open_figures_are_shown_at_the_end(session: Session) -> None:
    outcome = await session.run(
        "import matplotlib\nmatplotlib.use('Agg')\n"
        "import matplotlib.pyplot as plt\n"
        "for _ in range(2):\n    plt.figure()\n    plt.plot([1, 2])\n"
        "print('end')\nplt.show"
    )
    kinds = [kind for kind, _ in shown(outcome)]
    assert kinds == ["stdout", "display_data", "display_data", "execution_result"]
    assert picture(outcome.outputs[2].data).size > (100, 100)  # type: ignore[arg-type]  # a bundle
    assert (await session.run("1;")).outputs == []  # they were closed


async def test_a_figure_that_is_the_result_is_shown_once(session: Session) -> None:
    outcome = await session.run(
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfigure"
    )
    (output,) = outcome.outputs
    assert output.bundle is not None
    assert picture(output.bundle).size > (100, 100)
    outcome = await session.run("axes.plot([1, 2]); figure")
    assert outcome.outputs[0].bundle is not None


@pytest.mark.parametrize("show", ["plt.show()", ""])
async def test_a_figure_with_nothing_in_it_is_left_out(session: Session, show: str) -> None:
    outcome = await session.run(
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(4, 2))\n"
        f"figure, axes = plt.subplots()\naxes.plot([1, 2])\n{show}\nplt.get_fignums();"
    )
    assert [kind for kind, _ in shown(outcome)] == ["display_data"]
    outcome = await session.run("plt.figure()\nplt.text(0, 0, 'only text')\nNone")
    assert [kind for kind, _ in shown(outcome)] == ["display_data"]


async def test_figures_of_code_that_fails(session: Session) -> None:
    outcome = await session.run("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")
    assert [kind for kind, _ in shown(outcome)] == ["display_data", "error"]


async def test_scripts_that_the_code_starts_can_plot_too(session: Session) -> None:
    outcome = await session.run(
        "import subprocess, sys\n"
        "script = 'import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig(\"a.png\")'\n"
        "subprocess.run([sys.executable, '-c', script], check=True);"
    )
    assert outcome.errors == []
    assert (session.kernel.folder / "a.png").read_bytes().startswith(PNG)


async def test_the_code_may_choose_its_own_backend(start: Start) -> None:
    session = await start(environment={"MPLBACKEND": "svg"})
    outcome = await session.run("import matplotlib.pyplot as plt\nplt.get_backend()")
    assert outcome.outputs[0].data == "'svg'"
