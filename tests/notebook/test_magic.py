"""`%load_ext cognitora`, in real notebooks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cognitora import Cognitora, ExecutionError
from cognitora.notebook.variables import put
from tests.browser import Browser
from tests.conftest import Runtime
from tests.notebook.notebooks import Executed, client_of, execute

FRAME = (
    "import pandas as pd, numpy as np\n"
    "frame = pd.DataFrame({'n': [1, 2], 'word': ['x', None], 'share': [0.1, 1 / 3],\n"
    "    'when': pd.to_datetime(['2026-01-01', None])}, index=pd.Index(['a', 'b'], name='key'))\n"
    "array = np.arange(6.0).reshape(2, 3); plain = [1, {'k': None}]"
)
CELLS = {
    "load": "%load_ext cognitora",
    "none yet": "%cognitora",
    "first": "%%cognitora\nx = 41\nprint('remote')\nx + 1",
    "kept": "%%cognitora\nimport os; print(x, 'frame' in globals(), os.getcwd())",
    "other": "%%cognitora --session other\nprint('x' in globals())",
    "frame": FRAME,
    "in and out": (
        "%%cognitora --in frame,array plain --out doubled, total more plain\n"
        "doubled = frame.assign(n=frame.n * 2); total = array.sum(); more = array.T; plain.append(7)"
    ),
    "taken": (
        "pd.testing.assert_frame_equal(doubled, frame.assign(n=frame.n * 2))\n"
        "assert (more == array.T).all() and plain == [1, {'k': None}, 7]\n"
        "print(total, type(total).__name__)"
    ),
    "some": "%%cognitora --out y,nothing,odd\ny = 1; odd = object()",
    "some taken": "y",
    "error": "%%cognitora\nprint('before')\ndef f(): return 1 / 0\nf()",
    "after an error": "%%cognitora\nx",
    "bash error": "%%cognitora --language bash\n(exit 3)",
    "files": (
        "%%cognitora --files a.csv folder/ '*.txt'\n"
        "import glob; print(sorted(glob.glob('**', recursive=True)), open('folder/b.csv').read())"
    ),
    "javascript": (
        "%%cognitora --language javascript --in plain --out size,none\n"
        "const size = plain.length; size"
    ),
    "javascript taken": "size",
    "bash": '%%cognitora --language bash --in size,word --out greeting\ngreeting="hello $word $size"',
    "word": 'word = "it\'s; $(touch broken)"',
    "bash again": '%%cognitora --language bash --in size,word --out greeting\ngreeting="hello $word $size"',
    "bash taken": "greeting",
    "picture": "%%cognitora\nimport matplotlib.pyplot as plt\nplt.plot([1, 4]); plt.show()",
    "hostile": "%%cognitora\nfrom IPython.display import HTML\n"
    "HTML('<script>try { parent.attacked = 1 } catch {}</script>')",
    "updates": (
        "%%cognitora\nhandle = display('one', display_id=True); handle.update('two')\n"
        "from IPython.display import clear_output"
    ),
    "cleared": (
        "%%cognitora\nfrom IPython.display import clear_output\n"
        "print('gone'); clear_output(); print('left')"
    ),
    "much": "%%cognitora\nfor _ in range(300): print('x' * 999)",
    "too long": "%%cognitora --timeout 1\nwhile True: pass",
    "status": "%cognitora",
    "close": "%cognitora close other",
    "closed": "%cognitora status",
    "help": "%cognitora help",
}
SESSION_ID = (
    "from IPython.utils.capture import capture_output\n"
    "with capture_output() as said: get_ipython().run_line_magic('cognitora', '')\n"
    "session_id = said.stdout.split()[-1]; session_id"
)
HOSTILE = [
    "%load_ext cognitora\nmine = print",
    "%%cognitora\nimport json\n"
    'json.dump = lambda value, file: file.write(\'[{"asked": 1, "mine": 2, "load": 3}, {}]\')',
    "%%cognitora --out asked\n1",
    "print(asked, mine is print, 'load' in globals())",
    "%%cognitora\njson.dump = lambda value, file: file.write('[' * 100_000)",
    "%%cognitora --out asked\n1",
]
TERMINAL = """
from IPython.core.interactiveshell import InteractiveShell
from cognitora import progress

shell = InteractiveShell.instance()
for code in ("%load_ext cognitora", "%load_ext cognitora", "%%cognitora\\n6 * 7", "%unload_ext cognitora"):
    assert shell.run_cell(code).success
print(progress.is_heard())
"""
MISTAKES = {
    "%%cognitora --nope\n1": "unrecognized arguments: --nope",
    "%%cognitora --language ruby\n1": "invalid choice: 'ruby'",
    "%%cognitora --timeout soon\n1": "'soon' is no whole number of seconds",
    "%%cognitora --local --cloud\n1": "not allowed with argument",
    "%%cognitora --in 'a\n1": "a quotation mark isn't closed",
    "%%cognitora --in 1x\n1": "'1x' behind --in is no variable's name",
    "%%cognitora --in missing\n1": "the notebook has no variable missing",
    "%%cognitora --in load\n1": "load can't be taken into the session: it is or holds a builtins.function",
    "%%cognitora --in load --language bash\n1": "load can't be taken",
    "%%cognitora --files missing.csv\n1": "there is no file or folder 'missing.csv'",
    "%%cognitora\n   ": "the cell has no code",
    "%cognitora nope": "there is no 'nope'",
}
AT = {name: number for number, name in enumerate(CELLS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("magic")
    (folder / "a.csv").write_text("a")
    (folder / "note.txt").write_text("n")
    (folder / "folder").mkdir()
    (folder / "folder" / "b.csv").write_text("b in a folder")
    return folder


@pytest.fixture(scope="module")
def notebook(folder: Path, environment: dict[str, str]) -> Executed:
    return execute(list(CELLS.values()), folder, environment)


def text(notebook: Executed, name: str) -> str:
    return notebook.text(AT[name])


def test_a_cell_runs_remotely_and_its_session_goes_on(notebook: Executed) -> None:
    assert text(notebook, "none yet").startswith("No session yet")
    assert text(notebook, "first") == "remote\n42"
    assert text(notebook, "kept").startswith("41 False /")
    assert text(notebook, "other") == "False\n"
    assert text(notebook, "after an error") == "41"


def test_variables_go_in_and_out_as_they_are(notebook: Executed) -> None:
    assert notebook.error(AT["in and out"]) is None
    assert text(notebook, "taken") == "15.0 float\n"
    assert "nothing: there is none in the session" in text(notebook, "some")
    assert "odd: it is or holds a builtins.object" in text(notebook, "some")
    assert text(notebook, "some taken") == "1"


def test_an_error_is_the_traceback_of_the_cell_alone(notebook: Executed) -> None:
    printed, error = notebook.outputs(AT["error"])
    assert printed.text == "before\n"
    told = "\n".join(error.traceback)
    assert told.startswith("Traceback (most recent call last)")
    assert "f(): return 1 / 0" in told
    assert told.endswith("division by zero")
    assert "cognitora" not in told
    assert error.evalue.startswith("Traceback (most recent call last):\n")
    assert (notebook.error(AT["bash error"]) or "").endswith(": exit code 3")
    assert "The code was stopped after 1 s" in text(notebook, "too long")


def test_files_are_there_before_the_code_runs(notebook: Executed) -> None:
    assert text(notebook, "files") == (
        "['a.csv', 'folder', 'folder/b.csv', 'note.txt'] b in a folder\n"
    )


def test_other_languages(notebook: Executed) -> None:
    assert text(notebook, "javascript").startswith("3")
    assert "none: there is none in the session" in text(notebook, "javascript")
    assert text(notebook, "javascript taken") == "3"
    assert "the notebook has no variable word" in text(notebook, "bash")
    assert text(notebook, "bash taken") == repr("hello it's; $(touch broken) 3")


def test_what_it_shows(notebook: Executed) -> None:
    assert "image/png" in notebook.data(AT["picture"])[0]
    (hostile,) = notebook.data(AT["hostile"])
    assert hostile["text/html"].startswith('<iframe sandbox="allow-scripts"')
    assert [bundle["text/plain"] for bundle in notebook.data(AT["updates"])] == ["'two'"]
    assert text(notebook, "cleared") == "left\n"
    much = text(notebook, "much")
    assert len(much) < 201_000
    assert much.endswith("… and 100,000 characters more\n")


def test_the_sessions_can_be_seen_and_closed(
    notebook: Executed, environment: dict[str, str]
) -> None:
    status, place = text(notebook, "status"), environment["COGNITORA_BASE_URL"]
    for name in (
        f"default (python, {place})",
        f"other (python, {place})",
        f"default (bash, {place})",
    ):
        assert f"{name}: ses_" in status
    assert "<table>" in notebook.data(AT["status"])[0]["text/html"]
    assert text(notebook, "close") == f"Closed: other (python, {place})\n"
    assert "other (" not in text(notebook, "closed")
    assert "--files PATH" in text(notebook, "help")


def test_it_looks_well(notebook: Executed, chromium: Browser, pages: Path) -> None:
    page = chromium.open(notebook.page(pages / "magic.html"))
    page.screenshot(pages / "magic.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("typeof attacked") == "undefined"
    assert page.errors == []


def test_a_hostile_sandbox_sets_what_was_asked_for_and_nothing_else(
    environment: dict[str, str], tmp_path: Path
) -> None:
    executed = execute(HOSTILE, tmp_path, environment)
    assert executed.text(3) == "1 True False\n"
    assert "The session's variables can't be read" in executed.text(5)


def test_in_a_terminal_there_are_cells_and_no_bars(
    environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-c", TERMINAL]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["42", "False"]


@pytest.mark.parametrize(("colours", "has_some"), [("NoColor", False), ("Linux", True)])
def test_a_terminal_without_colours_gets_none(
    environment: dict[str, str], tmp_path: Path, colours: str, has_some: bool
) -> None:
    (tmp_path / "cells.ipy").write_text(
        "%load_ext cognitora\nget_ipython().run_cell_magic('cognitora', '', '1 / 0')\n"
    )
    command = [sys.executable, "-m", "IPython", f"--colors={colours}", "cells.ipy"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    told = done.stdout + done.stderr
    assert "ZeroDivisionError" in told
    assert ("\x1b[1;31mZeroDivisionError" in told) is has_some
    assert has_some or "\x1b" not in told


def test_mistakes_are_told_in_one_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    cells = ["%load_ext cognitora\nload = lambda: 1", *MISTAKES]
    executed = execute(cells, tmp_path, environment)
    for number, words in enumerate(MISTAKES.values(), 1):
        told = executed.text(number)
        assert words in told
        assert told.startswith("UsageError: ")
        assert len(told.strip().splitlines()) == 1


def test_an_interrupt_of_the_kernel_stops_the_code_and_the_session_goes_on(
    environment: dict[str, str], tmp_path: Path
) -> None:
    cells = [
        "%load_ext cognitora",
        "%%cognitora\nx = 7",
        (
            "%%cognitora --timeout 100\n"
            "import time\nfrom pathlib import Path\nprint('begun', flush=True)\n"
            "while True:\n    Path('alive').write_text(str(time.time())); time.sleep(0.01)"
        ),
        "%%cognitora\nx",
        "%%cognitora\nbefore = Path('alive').read_text(); time.sleep(1); before == Path('alive').read_text()",
    ]
    client = client_of(cells, tmp_path)
    heard = client.process_message
    tasks: list[asyncio.Task[None]] = []

    def process_message(message: dict[str, object], *more: object) -> object:
        content = message["content"]
        if isinstance(content, dict) and content.get("text") == "begun\n":
            tasks.append(asyncio.get_running_loop().create_task(client.km.interrupt_kernel()))
        return heard(message, *more)

    client.process_message = process_message
    client.execute(env=environment)
    executed = Executed(client.nb)
    assert (executed.error(2) or "").startswith("KeyboardInterrupt")
    assert executed.text(3) == "7"
    assert executed.text(4) == "True"


def test_the_sessions_end_with_the_kernel(
    environment: dict[str, str], tmp_path: Path, runtime: Runtime
) -> None:
    cells = [
        "%load_ext cognitora",
        "%%cognitora\nx = 7",
        SESSION_ID,
    ]
    executed = execute(cells, tmp_path, environment)
    name = executed.text(2).strip("'")
    assert name.startswith("ses_")
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        assert name not in [one.session_id for one in client.code_interpreter.list_sessions()]


def test_a_session_that_has_ended_is_told_and_the_next_cell_has_a_new_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    cells = [
        "%load_ext cognitora\nfrom cognitora import Cognitora",
        "%%cognitora\nx = 7",
        SESSION_ID,
        "with Cognitora() as client:\n    client.code_interpreter.delete_session(session_id)",
        "%%cognitora\nx",
        "%%cognitora\n'x' in globals()",
        "%unload_ext cognitora",
        "%%cognitora\n1",
    ]
    executed = execute(cells, tmp_path, environment)
    assert executed.error(3) is None
    place = environment["COGNITORA_BASE_URL"]
    assert f"The session default (python, {place}) has ended" in executed.text(4)
    assert executed.text(5) == "False"
    assert "Cell magic `%%cognitora` not found" in executed.text(7)


def test_without_a_key_it_runs_on_this_machine(environment: dict[str, str], tmp_path: Path) -> None:
    bare = {name: value for name, value in environment.items() if not name.startswith("COGNITORA_")}
    cells = ["%load_ext cognitora", "%%cognitora\n6 * 7", "%cognitora", "%%cognitora --cloud\n1"]
    executed = execute(cells, tmp_path, bare)
    assert executed.text(1) == "42"
    assert "default (python, local)" in executed.text(2)
    assert "UsageError: There is no API key." in executed.text(3)


@pytest.mark.parametrize(
    ("language", "broken"), [("python", "exec = None"), ("javascript", "Object.assign = null")]
)
def test_variables_that_a_session_can_not_take_leave_no_file(
    runtime: Runtime, language: str, broken: str
) -> None:
    with (
        Cognitora(api_key=runtime.api_key, base_url=runtime.base_url) as client,
        client.code_interpreter.session(language=language) as session,
    ):
        session.run(broken)
        with pytest.raises(ExecutionError):
            put(session, language, {"x": 1})
        left = [path.name for path in session.path(".").iterdir()]
    assert [name for name in left if name.startswith(".cognitora-")] == []
