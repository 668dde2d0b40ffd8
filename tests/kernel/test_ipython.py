"""What is IPython's: its syntax, its magics, what it shows."""

from __future__ import annotations

from typing import Any

import pytest

from cognitora_local.kernel import Outcome
from tests.kernel.conftest import Session, Start, shown, text


async def test_programs(session: Session) -> None:
    outcome = await session.run(
        "greeting = 'hello'\n!echo $greeting {greeting.upper()}; echo aside >&2; exit 3\n"
        "print(_exit_code)\n"
        "lines = !echo one; echo two >&2\n"
        "for line in lines:\n    !echo got {line}\n"
        "lines.n"
    )
    assert outcome.errors == []
    assert text(outcome) == "hello HELLO\n3\ngot one\ngot two\n"
    assert text(outcome, "stderr") == "aside\n"
    assert outcome.outputs[-1].data == "'one\\ntwo'"
    assert await session.value("!![[ a == a ]] && echo bash") == "['bash']"


async def test_programs_can_be_interrupted(session: Session) -> None:
    await session.run("import IPython")
    outcome = await session.run("kept = 1\n!sleep 60", timeout_seconds=1)
    assert (outcome.status, outcome.state_lost) == ("timeout", False)
    assert await session.value("kept") == "1"


async def test_magics(session: Session) -> None:
    outcome = await session.run("%%writefile script.py\nimport sys\nprint(sys.argv[1])\nmade = 1")
    assert text(outcome) == "Writing script.py\n"
    assert (session.kernel.folder / "script.py").read_text().endswith("made = 1\n")
    outcome = await session.run("%run script.py argument\nmade")
    assert shown(outcome) == [("stdout", "argument\n"), ("execution_result", "1")]
    outcome = await session.run("%%bash\necho out\necho err >&2")
    assert (text(outcome), text(outcome, "stderr")) == ("out\n", "err\n")
    outcome = await session.run("%timeit -n 1 -r 1 sum(range(10))")
    assert "per loop" in text(outcome)
    outcome = await session.run("%%time\ntotal = sum(range(10))\ntotal")
    assert "Wall time" in text(outcome)
    assert outcome.outputs[-1].data == "45"
    outcome = await session.run("%%capture captured\nprint('inner')\ndisplay(1)")
    assert outcome.outputs == []
    assert await session.value("captured.stdout, len(captured.outputs)") == "('inner\\n', 1)"
    outcome = await session.run("%load_ext autoreload\n%autoreload 2\n%env NEW=1\n%cd /tmp")
    assert outcome.errors == []
    assert await session.value("import os\nos.environ['NEW'], os.getcwd()") == "('1', '/tmp')"
    outcome = await session.run("%%html\n<b>bold</b>")
    assert outcome.outputs[0].data == {
        "text/plain": "<IPython.core.display.HTML object>",
        "text/html": "<b>bold</b>\n",
    }


async def test_commands_without_a_percent_sign(session: Session) -> None:
    await session.run("%%writefile here.txt\ncontent")
    for command, printed in (
        ("ls", "here.txt\n"),
        ("ls -a", "here.txt\n"),
        ("cat here.txt", "content\n"),
    ):
        outcome = await session.run(command)
        assert text(outcome).endswith(printed), command
    assert await session.value("pwd") == "'/work'"
    await session.run("ls, a = 5, 3")
    assert await session.value("ls -a") == "2"  # names of one's own come first


async def test_help(session: Session) -> None:
    await session.run('def mine(x):\n    """Twice x."""\n    return 2 * x')
    assert "Twice x." in text(await session.run("mine?"))
    assert "return 2 * x" in text(await session.run("mine??"))
    assert "mine" in text(await session.run("?mi*"))


async def test_magics_beside_await(session: Session) -> None:
    outcome = await session.run("import asyncio\nx = await asyncio.sleep(0, 7)\n!echo $x\nx")
    assert shown(outcome) == [("stdout", "7\n"), ("execution_result", "7")]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("%run missing.py", "missing.py"),
        ("%time 1 / 0", "ZeroDivisionError: division by zero"),
        ("%%time\n1 / 0", "ZeroDivisionError: division by zero"),
        ("%%bash\nexit 3", "non-zero exit status 3"),
        ("%nosuch", "Line magic function `%nosuch` not found"),
        ("%debug", "there is no debugger here"),
        ("%pdb on", "there is no debugger here"),
        ("x = 1 +\n!ls", "SyntaxError: invalid syntax"),
        ("print 'x'", "SyntaxError: Missing parentheses"),
    ],
)
async def test_what_fails_in_a_magic_fails_the_code(
    session: Session, code: str, reason: str
) -> None:
    outcome = await session.run(code)
    assert outcome.status == "failed"
    assert reason in outcome.errors[0]
    assert "/opt/" not in str(outcome.outputs[-1].data).replace("/opt/python", "")
    assert "IPython/core/" not in str(outcome.outputs[-1].data)


async def test_a_script_that_fails_shows_its_own_frames(session: Session) -> None:
    (session.kernel.folder / "broken.py").write_text("def f():\n    return 1 / 0\nf()\n")
    outcome = await session.run("%run broken.py")
    assert outcome.errors == ["ZeroDivisionError: division by zero"]
    told = str(outcome.outputs[-1].data)
    assert "/work/broken.py" in told
    assert "    return 1 / 0\n" in told


async def test_displays_and_their_updates(session: Session) -> None:
    outcome = await session.run(
        "from IPython.display import HTML, Image, Markdown, clear_output, display, update_display\n"
        "print('first')\n"
        "handle = display(HTML('<b>1</b>'), display_id='mine', metadata={'text/html': {'isolated': True}})\n"
        "print('second')\n"
        "handle.update(Markdown('2'))\n"
        "update_display(3, display_id='mine')\n"
        "clear_output(wait=True)\n"
        "display({'text/plain': 'raw'}, raw=True)\n"
        "clear_output()\n"
        "Image(data=b'\\x89PNG\\r\\n\\x1a\\n', width=10)"
    )
    seen: list[tuple[str, Any, Any, Any]] = [
        (output.type, output.data, output.metadata and output.metadata.value, output.display_id)
        for output in outcome.outputs
    ]
    html = {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>1</b>"}
    markdown = {"text/plain": "<IPython.core.display.Markdown object>", "text/markdown": "2"}
    picture = "<IPython.core.display.Image object>"
    assert seen == [
        ("stdout", "first\n", None, None),
        ("display_data", html, {"text/html": {"isolated": True}}, "mine"),
        ("stdout", "second\n", None, None),
        ("update_display_data", markdown, None, "mine"),
        ("update_display_data", {"text/plain": "3"}, None, "mine"),
        ("clear_output", "", {"wait": True}, None),
        ("display_data", {"text/plain": "raw"}, None, None),
        ("clear_output", "", {"wait": False}, None),
        ("execution_result", picture, {"image/png": {"width": 10}}, None),
    ]
    assert outcome.outputs[-1].bundle == {"text/plain": picture, "image/png": "iVBORw0KGgo="}


async def test_the_builtin_display_takes_what_ipythons_takes(session: Session) -> None:
    outcome = await session.run("display(1, display_id=True).update(2)")
    assert [output.type for output in outcome.outputs] == ["display_data", "update_display_data"]
    outcome = await session.run("display(HTML, include=['text/plain'])\n")
    assert outcome.errors == ["NameError: name 'HTML' is not defined"]


async def test_formatters(session: Session) -> None:
    outcome = await session.run(
        "class Point: pass\n"
        "html = get_ipython().display_formatter.formatters['text/html']\n"
        "html.for_type(Point, lambda point: '<i>point</i>')\n"
        "class Broken(Point):\n    def _repr_markdown_(self): raise ValueError('no markdown')\n"
        "display(Point())\nBroken()"
    )
    assert outcome.errors == []
    assert outcome.outputs[0].data["text/html"] == "<i>point</i>"  # type: ignore[index]  # a bundle
    assert "ValueError: no markdown" in text(outcome, "stderr")
    assert outcome.outputs[-1].bundle is not None


async def test_results_have_names(session: Session) -> None:
    for code, value in (
        ("6 * 7", "42"),
        ("'two'", "'two'"),
        ("_, __, _1, Out[2]", "('two', 42, 42, 'two')"),
    ):
        assert await session.value(code) == value
    await session.run("import IPython")
    assert await session.value("_1, Out[2], In[1], In[5]") == (
        "(42, 'two', '6 * 7\\n', '_1, Out[2], In[1], In[5]')"
    )
    assert await session.value("_[0] is _1") == "True"
    await session.run("for _ in range(3): pass")
    await session.run("%pwd")
    assert await session.value("_") == "2"  # one's own
    await session.run("del _")
    assert await session.value("_") == "2"


async def test_names_of_ones_own_stay(session: Session) -> None:
    await session.run("_, __, In, exit, open, display, get_ipython = range(7)")
    await session.run("import IPython")
    assert await session.value("_, __, In, exit, open, display, get_ipython") == (
        "(0, 1, 2, 3, 4, 5, 6)"
    )


async def test_get_ipython_for_whoever_asks(session: Session) -> None:
    names = "get_ipython() is IPython.get_ipython() is not None, '__IPYTHON__' in dir(__builtins__)"
    assert await session.value(f"import IPython\n{names}") == "(True, True)"


async def test_plain_code_loads_nothing(session: Session) -> None:
    await session.run("import json, math\nx = 1\nprint(x)\ndisplay(x)")
    for wrong in ("x = = 1", "if x\n    pass", "print 'x'", "x = 'a!'\ny = = 1"):
        assert (await session.run(wrong)).errors[0].startswith("SyntaxError: ")
    await session.run("1 / 0")
    loaded = "sorted({'IPython', 'traitlets', 'asyncio'} & sys.modules.keys())"
    assert await session.value(f"import sys\n{loaded}") == "[]"


async def test_tasks_that_nobody_awaits(session: Session) -> None:
    outcome = await session.run(
        "import asyncio\n"
        "async def work(name):\n    print('begins', name)\n"
        "    await event.wait()\n    print('ends', name)\n"
        "event = asyncio.Event()\n"
        "task = asyncio.create_task(work(1))\nother = asyncio.ensure_future(work(2))\n"
        "print('last line')"
    )
    assert text(outcome) == "last line\nbegins 1\nbegins 2\n"
    outcome = await session.run("event.set()")
    assert text(outcome) == "ends 1\nends 2\n"
    assert await session.value("task.done(), other.done()") == "(True, True)"
    assert await session.value("asyncio.run(asyncio.sleep(0, 'run'))") == "'run'"


NO_IPYTHON = "import sys\nsys.modules['IPython'] = None"


@pytest.mark.parametrize(
    "code",
    [
        "!ls",
        "x = 1\n!ls",
        "x = !ls",
        "%matplotlib inline\nx = 1",
        "%%bash\nls",
        "len?",
        "pip install six",
        "get_ipython()",
        "display(1, display_id=True)",
    ],
)
async def test_where_it_is_missing_a_sentence_says_what_to_do(session: Session, code: str) -> None:
    await session.run(NO_IPYTHON)
    outcome = await session.run(code)
    assert outcome.status == "failed"
    assert "pip install ipython" in outcome.errors[0]
    assert "cognitora[data]" in outcome.errors[0]


async def test_where_it_is_missing_other_errors_stay_themselves(session: Session) -> None:
    await session.run(NO_IPYTHON)
    for code in ("x = (1 +", "x = 1 +\n# a question?", "if x\n    pass"):
        outcome = await session.run(code)
        assert outcome.errors[0].startswith("SyntaxError: ")
        assert "IPython" not in outcome.errors[0]


def kinds(outcome: Outcome) -> list[str]:
    return [output.type for output in outcome.outputs]


async def test_figures_inline(start: Start) -> None:
    session = await start()
    outcome = await session.run(
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('end');"
    )
    assert outcome.errors == []
    assert kinds(outcome) == ["stdout", "display_data"]
    assert "image/png" in outcome.outputs[1].data
    metadata = outcome.outputs[1].metadata
    assert metadata is not None
    assert set(metadata.value["image/png"]) == {"width", "height"}
    outcome = await session.run(
        "%config InlineBackend.figure_format = 'svg'\nfigure, axes = plt.subplots()\nfigure"
    )
    assert kinds(outcome) == ["execution_result"]
    assert "image/svg+xml" in (outcome.outputs[0].bundle or {})
    outcome = await session.run("%matplotlib widget\nplt.plot([1]);")
    assert "There are no windows here" in text(outcome, "stderr")
    assert kinds(outcome) == ["stderr", "display_data"]
