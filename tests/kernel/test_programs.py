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


JAVASCRIPT = {
    "timer": ("setTimeout(() => console.log('late'), 50); console.log('first')", "first\nlate\n"),
    "timers of timers": (
        "const tick = n => { console.log(n); if (n) setTimeout(tick, 5, n - 1) }; tick(2)",
        "2\n1\n0\n",
    ),
    "promise": (
        "async function main() { await new Promise(r => setTimeout(r, 50)); console.log('late') }\n"
        "main(); console.log('first')",
        "first\nlate\n",
    ),
    "child": (
        "const child = require('child_process').spawn('sh', ['-c', 'sleep 0.1; echo late']);\n"
        "child.stdout.on('data', data => process.stdout.write(data)); undefined",
        "late\n",
    ),
    "server": (
        "const server = require('http').createServer((_, answer) => answer.end('answered'));\n"
        "server.listen(0, '127.0.0.1', async () => {\n"
        "  const answer = await fetch(`http://127.0.0.1:${server.address().port}`);\n"
        "  console.log(await answer.text()); server.closeAllConnections(); server.close();\n"
        "}); undefined",
        "answered\n",
    ),
    "exit": (
        "process.on('exit', code => console.log('exit', code));\n"
        "process.once('exit', () => console.log('once'));\n"
        "process.on('beforeExit', () => console.log('before')); console.log('first'); undefined",
        "first\nbefore\nexit 0\nonce\n",
    ),
    "exit at once": (
        "process.on('exit', code => console.log('exit', code));\n"
        "setTimeout(() => console.log('never'), 50);\n"
        "try { process.exit() } finally { console.log('never') }",
        "exit 0\n",
    ),
    "work before the exit": (
        "let left = 2\n"
        "process.on('beforeExit', () => { if (left--) setTimeout(() => console.log('more'), 5) })\n"
        "undefined",
        "more\nmore\n",
    ),
    "environment": ("setTimeout(() => console.log(process.env.NAME), 20); undefined", "value\n"),
    "listeners for errors": (
        "process.on('uncaughtException', (error, from) => console.log(error.message, from))\n"
        "setTimeout(() => { throw new Error('late') }, 20)\n"
        "Promise.reject(new Error('rejected'))\n"
        "throw new Error('first')",
        "first uncaughtException\nrejected unhandledRejection\nlate uncaughtException\n",
    ),
    "listener for rejections": (
        "process.on('unhandledRejection', reason => console.log('rejected', reason))\n"
        "Promise.reject(7); undefined",
        "rejected 7\n",
    ),
}


@pytest.mark.parametrize(("code", "printed"), JAVASCRIPT.values(), ids=JAVASCRIPT.keys())
async def test_javascript(start: Start, code: str, printed: str) -> None:
    outcome = await run(await start(language="javascript"), code, environment={"NAME": "value"})
    assert text(outcome) == printed
    assert text(outcome, "stderr") == ""


async def test_javascript_shows_the_result_before_what_comes_late(start: Start) -> None:
    late = "setTimeout(() => console.log('late'), 20)\n"
    outcome = await run(await start(language="javascript"), late + "6 * 7")
    assert shown(outcome) == [("execution_result", "42"), ("stdout", "late\n")]


FAILING = {
    "late throw": ("setTimeout(() => { throw new TypeError('late') }, 20)", "TypeError: late"),
    "late rejection": ("(async () => { await null; throw 5 })(); undefined", "Uncaught 5"),
    "throw": ("setTimeout(() => console.log('never'), 20); throw new Error('now')", "Error: now"),
    "last promise": ("Promise.reject(new Error('of a promise'))", "Error: of a promise"),
    "syntax": ("let = ;", "SyntaxError: Unexpected token ';'"),
    "exit code": ("process.exitCode = 3; undefined", "process.exitCode = 3"),
    "exit": ("setTimeout(() => process.exit(4), 20); undefined", "process.exit(4)"),
    "code of a listener": (
        "process.on('exit', () => { process.exitCode = 6 }); undefined",
        "process.exitCode = 6",
    ),
    "error in a listener": (
        "process.on('exit', () => { throw new Error('of the end') }); undefined",
        "Error: of the end",
    ),
    "unsettled": (
        "await new Promise(() => {})",
        "The code awaits a promise that nothing can settle any more.",
    ),
}


@pytest.mark.parametrize(("code", "error"), FAILING.values(), ids=FAILING.keys())
async def test_javascript_that_fails(start: Start, code: str, error: str) -> None:
    session = await start(language="javascript")
    ending = "process.on('exit', () => console.log('ended'));\n" if error[:6] != "Syntax" else ""
    outcome = await session.run(f"{ending}{code}", program=True)
    assert (outcome.status, outcome.errors) == ("failed", [error])
    assert [output.type for output in outcome.outputs].count("error") == 1
    assert text(outcome) == ("ended\n" if ending else "")


async def test_javascript_is_interrupted_wherever_it_is(start: Start) -> None:
    for code in ("while (true);", "setTimeout(() => { while (true); }); undefined"):
        session = await start(language="javascript", folder=f"work {len(code)}")
        outcome = await session.run(
            f"console.log('begun')\n{code}", program=True, timeout_seconds=0.5
        )
        assert (outcome.status, text(outcome)) == ("timeout", "begun\n")
        assert outcome.errors[0].startswith("The code was stopped after 0.5 s, its timeout.")


BASH = {
    "job": ("(sleep 0.1; echo late) & echo first; wait", "first\nlate\n"),
    "trap": ("trap 'echo late' EXIT; echo first", "first\nlate\n"),
    "exec": ("echo first; exec echo late", "first\nlate\n"),
    "exit": ("echo first; exit; echo never", "first\n"),
    "alias": ("alias say='echo said'\nsay it", "said it\n"),
    "environment": ("echo $NAME in $PWD as $0", "value in /work as bash\n"),
    "long code": (f"exec echo first # {'x' * 200_000}", "first\n"),
}


@pytest.mark.parametrize(("code", "printed"), BASH.values(), ids=BASH.keys())
async def test_bash(start: Start, code: str, printed: str) -> None:
    outcome = await run(await start(language="bash"), code, environment={"NAME": "value"})
    assert text(outcome) == printed


async def test_bash_shows_the_code_and_not_the_driver(start: Start) -> None:
    code = "set -x\necho a\nx=$(echo b)\nset +x; trap -p; jobs -l; echo end; declare -p; set"
    outcome = await run(await start(language="bash"), code)
    assert text(outcome, "stderr") == "+ echo a\n++ echo b\n+ x=b\n+ set +x\n"
    assert text(outcome).startswith("a\nend\n")
    assert "__cognitora" not in text(outcome)  # as the driver's variables are called
    assert "_driver" not in text(outcome)


FAILING_BASH = {
    "exit": ("exit 3", "exit code 3"),
    "last command": ("echo out; false", "exit code 1"),
    "set -e": ("set -e; false; echo never", "exit code 1"),
    "exec": ("exec sh -c 'exit 4'", "exit code 4"),
    "exec of long code": (f"exec sh -c 'exit 5' # {'x' * 200_000}", "exit code 5"),
    "signal": ("kill -TERM $$", "exit code 143 (SIGTERM)"),
    "signal without a name": ("sh -c 'kill -36 $$'", "exit code 164 (SIGRTMIN+2)"),
    "killed": ("kill -9 $$", "The kernel was ended by SIGKILL."),
    "syntax": ("echo never; (", "exit code 2"),
}


@pytest.mark.parametrize(("code", "error"), FAILING_BASH.values(), ids=FAILING_BASH.keys())
async def test_bash_that_fails(start: Start, code: str, error: str) -> None:
    session = await start(language="bash")
    outcome = await session.run(code, program=True)
    assert (outcome.status, outcome.errors) == ("failed", [error])
    assert "never" not in text(outcome)


ENDLESS = {
    "python": "import threading\nprint('begun')\nthreading.Thread(target=threading.Event().wait).start()",
    "javascript": "console.log('begun'); setInterval(() => {}, 1000); undefined",
    "bash": "echo begun; sleep 1000 & wait",
    "bash in the foreground": "echo begun; sleep 1000; echo never",
}


@pytest.mark.parametrize(("language", "code"), ENDLESS.items(), ids=ENDLESS.keys())
async def test_a_program_is_bounded_by_its_timeout(start: Start, language: str, code: str) -> None:
    session = await start(language=language.split()[0])
    outcome = await session.run(code, program=True, timeout_seconds=0.5)
    assert outcome.status == "timeout"
    assert text(outcome) == "begun\n"
    assert outcome.errors == ["The code was stopped after 0.5 s, its timeout."]
