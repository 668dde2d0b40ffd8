"""Code that is a program: it lasts until all has ended that it began, as its language has it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cognitora_local.kernel import Outcome
from tests.kernel.conftest import Session, Start, shown, text


async def run(session: Session, code: str, **options: Any) -> Outcome:
    """Run it as a program, which must end well."""
    outcome = await session.run(code, program=True, **options)
    assert outcome.status == "completed", outcome
    return outcome


PYTHON = {
    "thread": (
        "import threading, time\n"
        "def work(): time.sleep(0.1); print('late')\n"
        "threading.Thread(target=work).start(); print('first')",
        "first\nlate\n",
    ),
    "thread that a thread starts": (
        "import threading\n"
        "def work(left):\n"
        "    print(left)\n"
        "    if left: threading.Timer(0.02, work, [left - 1]).start()\n"
        "work(3)",
        "3\n2\n1\n0\n",
    ),
    "executor": (
        "import concurrent.futures, time\n"
        "pool = concurrent.futures.ThreadPoolExecutor(1)\n"
        "for n in range(3): pool.submit(lambda n: (time.sleep(0.03), print(n)), n)",
        "0\n1\n2\n",
    ),
    "process": (
        "import multiprocessing, time\n"
        "def work(): time.sleep(0.1); print('late')\n"
        "multiprocessing.get_context('fork').Process(target=work).start()",
        "late\n",
    ),
    "atexit": (
        "import atexit\n"
        "atexit.register(print, 'last'); atexit.register(display, 'shown')\nprint('first')",
        "first\nlast\n",
    ),
    "task": (
        "import asyncio\n"
        "async def work(n):\n"
        "    await asyncio.sleep(0.02); print(n)\n"
        "    if n: asyncio.create_task(work(n - 1))\n"
        "task = asyncio.create_task(work(2)); await asyncio.sleep(0); print('first')",
        "first\n2\n1\n0\n",
    ),
    "finalizers": (
        "import weakref\n"
        "class Thing:\n    def __del__(self): print('dropped', name)\n"
        "_first, second, name = Thing(), Thing(), 'thing'\n"
        "weakref.finalize(_first, print, 'finalized'); None",
        "finalized\ndropped thing\ndropped thing\n",
    ),
    "environment": (
        "import threading, os\nthreading.Timer(0.05, lambda: print(os.environ['NAME'])).start()",
        "value\n",
    ),
}


@pytest.mark.parametrize(("code", "printed"), PYTHON.values(), ids=PYTHON.keys())
async def test_python(session: Session, code: str, printed: str) -> None:
    outcome = await run(session, code, environment={"NAME": "value"})
    assert text(outcome) == printed
    assert text(outcome, "stderr") == ""


AT_THE_END = """
import threading
def work():
    threading.main_thread().join()
    print('late')
threading.Thread(target=work).start()
"""


async def test_python_shows_the_result_before_what_comes_late(session: Session) -> None:
    outcome = await run(session, AT_THE_END + "6 * 7")
    assert shown(outcome) == [("execution_result", "42"), ("stdout", "late\n")]


async def test_python_that_fails_ends_as_well(session: Session) -> None:
    outcome = await session.run(AT_THE_END + "1 / 0", program=True)
    assert outcome.status == "failed"
    assert [kind for kind, _ in shown(outcome)] == ["error", "stdout"]
    assert "ZeroDivisionError" in outcome.errors[0]


async def test_python_tells_of_errors_that_come_late(session: Session) -> None:
    outcome = await run(
        session,
        "import asyncio, atexit, threading\n"
        "async def fail(): raise ValueError('of the task')\n"
        "def fall(what): raise ValueError(what)\n"
        "atexit.register(fall, 'at the exit')\n"
        "threading.Thread(target=fall, args=['of the thread']).start()\n"
        "task = asyncio.create_task(fail()); await asyncio.sleep(0)",
    )
    for what in ("of the task", "at the exit", "of the thread"):
        assert f"ValueError: {what}" in text(outcome, "stderr")
    assert "/opt/cognitora" not in text(outcome, "stderr")


async def test_python_does_not_wait_for_daemons(session: Session) -> None:
    began = time.monotonic()
    outcome = await run(
        session,
        "import threading, time\n"
        "def forever():\n    while True: time.sleep(0.001)\n"
        "threading.Thread(target=forever, daemon=True).start(); print('done')",
    )
    assert text(outcome) == "done\n"
    assert text(outcome, "stderr") == ""
    assert time.monotonic() - began < 20


ENDLESS = {
    "python": "import threading\nprint('begun')\nthreading.Thread(target=threading.Event().wait).start()",
}


@pytest.mark.parametrize(("language", "code"), ENDLESS.items(), ids=ENDLESS.keys())
async def test_a_program_is_bounded_by_its_timeout(start: Start, language: str, code: str) -> None:
    session = await start(language=language)
    outcome = await session.run(code, program=True, timeout_seconds=0.5)
    assert outcome.status == "timeout"
    assert text(outcome) == "begun\n"
    assert outcome.errors == ["The code was stopped after 0.5 s, its timeout."]
