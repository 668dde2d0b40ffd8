"""Errors as the user sees them."""

from __future__ import annotations

import pytest

from cognitora_local.kernel import Outcome
from tests.kernel.conftest import Session, shown, text


def traceback(outcome: Outcome) -> str:
    assert outcome.status == "failed"
    assert not outcome.state_lost
    assert outcome.outputs[-1].type == "error"
    return str(outcome.outputs[-1].data)


async def test_traceback_with_source(session: Session) -> None:
    await session.run("def divide(a, b):\n    return a / b")
    outcome = await session.run("x = 1\ndivide(x, 0)")
    assert outcome.errors == ["ZeroDivisionError: division by zero"]
    assert traceback(outcome) == (
        "Traceback (most recent call last):\n"
        '  File "<execution 2>", line 2, in <module>\n'
        "    divide(x, 0)\n"
        '  File "<execution 1>", line 2, in divide\n'
        "    return a / b\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )


async def test_tracebacks_that_the_code_prints_itself(session: Session) -> None:
    outcome = await session.run(
        "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()"
    )
    assert '"<execution 1>", line 3, in <module>\n    1 / 0\n' in str(outcome.outputs[0].data)


async def test_chained_errors(session: Session) -> None:
    outcome = await session.run(
        "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('no a') from error"
    )
    assert outcome.errors == ["ValueError: no a"]
    assert "KeyError: 'a'\n\nThe above exception was the direct cause" in traceback(outcome)


async def test_groups_and_notes(session: Session) -> None:
    outcome = await session.run(
        "error = ExceptionGroup('both', [ValueError(1), TypeError(2)])\n"
        "error.add_note('a note')\nraise error"
    )
    assert outcome.errors == ["ExceptionGroup: both (2 sub-exceptions)"]
    assert "TypeError: 2" in traceback(outcome)
    assert "a note" in traceback(outcome)


async def test_syntax_error_with_its_caret(session: Session) -> None:
    outcome = await session.run("x = 1\nif x\n    pass")
    assert outcome.errors == ["SyntaxError: expected ':'"]
    assert traceback(outcome) == (
        "  File \"<execution 1>\", line 2\n    if x\n        ^\nSyntaxError: expected ':'\n"
    )


async def test_the_summary_is_one_line(session: Session) -> None:
    outcome = await session.run("raise ValueError('one\\ntwo\\nthree')")
    assert outcome.errors == ["ValueError: one"]
    assert traceback(outcome).endswith("ValueError: one\ntwo\nthree\n")


async def test_frames_of_the_driver_are_left_out(session: Session) -> None:
    for code in (
        "async def f(): raise ValueError\nawait f()",
        "class B:\n    def __repr__(self): raise ValueError\ndisplay(B())",
        "class B:\n    def __str__(self): raise ValueError\nprint(B())",
        "input()",
        "import asyncio\nasync def f(): raise ValueError\nawait asyncio.gather(f())",
    ):
        assert "python_driver" not in traceback(await session.run(code))


async def test_interrupt_raised_by_the_code_itself(session: Session) -> None:
    outcome = await session.run("raise KeyboardInterrupt")
    assert (outcome.status, outcome.errors) == ("failed", ["KeyboardInterrupt"])


async def test_endless_recursion(session: Session) -> None:
    outcome = await session.run("def f(): f()\nf()")
    assert outcome.errors == ["RecursionError: maximum recursion depth exceeded"]
    assert "Previous line repeated" in traceback(outcome)


@pytest.mark.parametrize(
    "code",
    [
        "def f(): f()\nf()",
        "import functools\n@functools.cache\ndef f(x): return f(x + 1)\nf(0)",
        "class A:\n    def __getattr__(self, name): return getattr(self, name)\nA().x",
        "import re\ndef f(match): return re.sub('a', f, 'a')\nf('a')",
    ],
)
async def test_recursion_without_bounds_is_told_and_survived(session: Session, code: str) -> None:
    await session.run("import sys\nkept = 1\nsys.setrecursionlimit(10**6)")
    outcome = await session.run(code)
    assert outcome.errors[0].startswith("RecursionError: maximum recursion depth exceeded")
    told = traceback(outcome)
    assert told.startswith('Traceback (most recent call last):\n  File "<execution 2>", line')
    assert "frames left out …\n" in told
    assert told.count("\n") < 300
    assert outcome.usage.cpu_ms < 3000
    assert await session.value("kept") == "1"


async def test_deep_recursion_that_ends_is_no_error(session: Session) -> None:
    await session.run(
        "import functools, sys\nsys.setrecursionlimit(10**6)\n"
        "@functools.cache\ndef depth(n):\n    return depth(n - 1) + 1 if n else 0"
    )
    assert await session.value("depth(100_000)") == "100000"
    outcome = await session.run("sys.setrecursionlimit('many')")
    assert outcome.errors[0].startswith("TypeError: ")


async def test_the_last_error_is_kept(session: Session) -> None:
    await session.run("import sys, traceback\ndef f(x):\n    return 1 / x\nf(0)")
    assert await session.value("sys.last_type, sys.last_value") == (
        "(<class 'ZeroDivisionError'>, ZeroDivisionError('division by zero'))"
    )
    assert await session.value("sys.last_traceback.tb_next is not None") == "True"


async def test_tracebacks_that_the_code_makes_show_nothing_of_the_driver(session: Session) -> None:
    outcome = await session.run(
        "import logging, traceback\n"
        "class Broken:\n    def __str__(self): raise ValueError\n"
        "try:\n    print(Broken())\nexcept ValueError:\n"
        "    traceback.print_exc()\n    logging.exception('logged')\n"
        "traceback.print_stack()\nlogging.warning('warned', stack_info=True)\n"
    )
    told = text(outcome, "stderr")
    assert told.count("<execution 1>") == 6
    assert "/opt/" not in told


async def test_a_traceback_of_50_mb_is_shortened(session: Session) -> None:
    outcome = await session.run("raise ValueError('start' + 'x' * 50_000_000 + 'end')")
    assert len(outcome.errors[0]) == 1000
    assert 90_000 < len(traceback(outcome)) < 110_000
    assert "… 49,9" in traceback(outcome)
    assert traceback(outcome).endswith("xend\n")


async def test_errors_that_cannot_be_told(session: Session) -> None:
    outcome = await session.run(
        "class Mute(Exception):\n    def __str__(self): raise SystemExit\nraise Mute"
    )
    assert "Mute" in outcome.errors[0]
    assert outcome.status == "failed"
    assert await session.value("1") == "1"


async def test_errors_in_threads_go_to_stderr(session: Session) -> None:
    outcome = await session.run(
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start(); t.join()"
    )
    assert outcome.status == "completed"
    assert [kind for kind, _ in shown(outcome)] == ["stderr"]
    assert "ZeroDivisionError" in str(outcome.outputs[0].data)


async def test_a_module_of_the_users_that_hides_a_standard_one(session: Session) -> None:
    (session.kernel.folder / "traceback.py").write_text("raise ImportError('hidden')")
    outcome = await session.run("1 / 0")
    assert (outcome.status, outcome.errors) == ("failed", ["ZeroDivisionError"])


async def test_a_well_known_module_that_is_missing_says_what_to_install(session: Session) -> None:
    outcome = await session.run("import cv2")
    assert outcome.errors == ["ModuleNotFoundError: No module named 'cv2'"]
    assert '"pip", "install", "opencv-python-headless"' in outcome.outputs[-1].data
    code = "raise ModuleNotFoundError('No module named sklearn', name='sklearn')"
    told = (await session.run(code)).outputs[-1].data
    assert '"scikit-learn"' in told
    assert 'pip install "cognitora[data]>=2"' in told
    outcome = await session.run("import my_own_module")
    assert "install" not in outcome.outputs[-1].data
