"""What code may say, and what it finds around it."""

from __future__ import annotations

import json
import sys

import pytest

from tests.kernel.conftest import Session, Start, shown, text


async def test_prints_and_shows_the_last_expression(session: Session) -> None:
    outcome = await session.run("print('hi')\n6 * 7")
    assert outcome.status == "completed"
    assert outcome.errors == []
    assert shown(outcome) == [("stdout", "hi\n"), ("execution_result", "42")]
    assert outcome.outputs[1].bundle is None
    assert not outcome.state_lost


async def test_state_persists(session: Session) -> None:
    await session.run("import math\nx = 41\ndef next_one(): return x + 1")
    assert await session.value("next_one()") == "42"
    assert await session.value("math.floor(2.5)") == "2"


@pytest.mark.parametrize(
    "code", ["None", "x = 1", "1;", "(1 +\n 2) ;", "1; # a note", "", "# nothing", "if True: 5"]
)
async def test_shows_nothing(session: Session, code: str) -> None:
    outcome = await session.run(code)
    assert (outcome.status, outcome.outputs) == ("completed", [])


async def test_a_semicolon_elsewhere_hides_nothing(session: Session) -> None:
    assert await session.value("a = 1; 'x;'  # ;") == "'x;'"
    assert await session.value("'ä;' + 'é'") == "'ä;é'"


async def test_underscore_is_the_last_value(session: Session) -> None:
    await session.run("[1, 2]")
    await session.run("None")
    assert await session.value("_ + [3]") == "[1, 2, 3]"


async def test_top_level_await_on_one_loop(session: Session) -> None:
    outcome = await session.run(
        "import asyncio\n"
        "async def double(x):\n    await asyncio.sleep(0)\n    return 2 * x\n"
        "tasks = [asyncio.create_task(double(i)) for i in range(3)]\n"
        "queue = asyncio.Queue()\n"
        "loop = asyncio.get_running_loop()\n"
        "await asyncio.gather(*tasks)"
    )
    assert shown(outcome) == [("execution_result", "[0, 2, 4]")]
    await session.run("await queue.put(7)")
    assert await session.value("await queue.get(), loop is asyncio.get_running_loop()") == (
        "(7, True)"
    )
    assert await session.value("asyncio.run(double(4))") == "8"  # for no loop runs around it


async def test_a_pending_task_goes_on_with_the_next_await(session: Session) -> None:
    await session.run(
        "import asyncio\nasync def work():\n    await asyncio.sleep(0)\n    return 'done'\n"
        "task = await asyncio.sleep(0, asyncio.create_task(work()))"
    )
    assert await session.value("await task") == "'done'"


async def test_async_for_and_with(session: Session) -> None:
    outcome = await session.run(
        "import contextlib\n"
        "@contextlib.asynccontextmanager\n"
        "async def context():\n    yield 'in'\n"
        "async def ones():\n    yield 1\n"
        "async with context() as x:\n    print(x)\n"
        "async for y in ones():\n    print(y)\n"
        "[y async for y in ones()]"
    )
    assert shown(outcome) == [("stdout", "in\n1\n"), ("execution_result", "[1]")]


async def test_looks_like_a_script(session: Session) -> None:
    assert await session.value("__name__") == "'__main__'"
    assert await session.value("__import__('os').getcwd()") == "'/work'"
    assert await session.value("__import__('sys').path[0]") == "''"
    outcome = await session.run("if __name__ == '__main__':\n    print('main')")
    assert text(outcome) == "main\n"


async def test_imports_installed_packages(session: Session) -> None:
    assert await session.value("__import__('numpy').arange(3)") == "array([0, 1, 2])"


async def test_classes_pickle_and_show_their_source(session: Session) -> None:
    await session.run("class Point:\n    def __init__(self, x):\n        self.x = x")
    await session.run("def area(p):\n    return p.x ** 2")
    await session.run("import inspect, pickle")
    assert await session.value("pickle.loads(pickle.dumps(Point(3))).x") == "3"
    assert await session.value("inspect.getsource(area)") == repr(
        "def area(p):\n    return p.x ** 2\n"
    )
    assert (await session.value("inspect.getsource(Point)")).startswith("'class Point:")


async def test_classes_show_their_source_however_they_are_written(session: Session) -> None:
    await session.run("import inspect")
    for head in ("class A :", "class  A(object):", "class A(\n  object):", "class A: # of (mine)"):
        await session.run("class AB: pass")
        await session.run(f"{head}\n    pass")
        assert await session.value("inspect.getsource(A)") == repr(f"{head}\n    pass\n")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in Python 3.12")
async def test_a_generic_class_shows_its_source(session: Session) -> None:
    await session.run("import inspect\nclass Stack[T]:\n    items: list[T]")
    assert await session.value("inspect.getsource(Stack)") == (
        repr("class Stack[T]:\n    items: list[T]\n")
    )


async def test_future_imports_hold_for_the_session(session: Session) -> None:
    await session.run("from __future__ import annotations")
    await session.run("def f(x: Unknown): ...")
    assert await session.value("f.__annotations__") == "{'x': 'Unknown'}"


async def test_no_stdin(session: Session) -> None:
    outcome = await session.run("input('Your name? ')")
    assert outcome.status == "failed"
    assert outcome.errors[0].startswith("EOFError: input('Your name? '): nobody can answer")
    assert "`cognitora run --stdin`" in outcome.errors[0]
    assert await session.value("__import__('sys').stdin.read()") == "''"
    outcome = await session.run("import getpass; getpass.getpass()")
    assert outcome.errors[0].startswith("EOFError: input('Password: '): nobody can answer")


async def test_a_stdin_of_the_codes_own_is_read(session: Session) -> None:
    await session.run("import getpass, io, sys\nfrom unittest.mock import patch")
    await session.run("sys.stdin = io.StringIO('Ada\\n36\\nsecret\\n')")
    outcome = await session.run("input('Name? '), int(input()), getpass.getpass()")
    assert outcome.errors == []
    assert shown(outcome) == [
        ("stdout", "Name? Password: "),
        ("execution_result", "('Ada', 36, 'secret')"),
    ]
    outcome = await session.run("input()")
    assert outcome.errors == ["EOFError: EOF when reading a line"]
    await session.run("sys.stdin = sys.__stdin__")
    patched = "with patch('sys.stdin', io.StringIO('patched')): line = input()"
    assert (await session.run(patched)).errors == []
    assert await session.value("line") == "'patched'"
    assert "nobody can answer" in (await session.run("input()")).errors[0]


@pytest.mark.parametrize("code", ["breakpoint()", "import pdb; pdb.set_trace()\nx = 1"])
async def test_a_debugger_says_that_nobody_can_answer(session: Session, code: str) -> None:
    outcome = await session.run(code)
    assert outcome.status == "failed"
    assert outcome.errors[0].startswith("bdb.BdbQuit: the debugger")
    assert "Print what you want to know" in outcome.errors[0]


async def test_exit_with_zero_completes(session: Session) -> None:
    for code in ("raise SystemExit", "import sys; sys.exit(0)", "exit()"):
        outcome = await session.run(f"x = 1\n{code}\nx = 2")
        assert (outcome.status, outcome.errors, outcome.outputs) == ("completed", [], [])
        assert await session.value("x") == "1"
    assert await session.value("open('/dev/null').fileno() > 2") == "True"


async def test_exit_with_another_status_fails(session: Session) -> None:
    outcome = await session.run("import sys; sys.exit(3)")
    assert (outcome.status, outcome.errors) == ("failed", ["SystemExit: 3"])
    assert shown(outcome) == [("error", "SystemExit: 3")]
    assert not outcome.state_lost


async def test_exit_in_a_thread_ends_the_thread(session: Session) -> None:
    outcome = await session.run(
        "import sys, threading\n"
        "t = threading.Thread(target=sys.exit, args=(1,))\nt.start(); t.join()\nt.is_alive()"
    )
    assert shown(outcome) == [("execution_result", "False")]


async def test_environment_of_a_session(start: Start) -> None:
    session = await start(environment={"GREETING": "hello", "MPLBACKEND": "svg"})
    await session.run("import os")
    assert await session.value("os.environ['GREETING'], os.environ['MPLBACKEND']") == (
        "('hello', 'svg')"
    )
    session = await start(environment={"PYTHONPATH": "/work/lib"}, folder="other")
    assert await session.value("__import__('sys').path[:2]") == "['', '/work/lib']"


async def test_environment_of_an_execution(start: Start) -> None:
    session = await start(environment={"KEPT": "session"})
    await session.run("import os\nnames = ('KEPT', 'NEW', 'CHANGED', 'REMOVED')")
    outcome = await session.run(
        "print(*(os.environ[name] for name in names))\n"
        "os.environ['CHANGED'] = 'by the code'\ndel os.environ['REMOVED']\n"
        "import subprocess; subprocess.run('echo $NEW', shell=True);",
        environment={"KEPT": "mine", "NEW": "b=ä", "CHANGED": "c", "REMOVED": "d"},
    )
    assert text(outcome) == "mine b=ä c d\nb=ä\n"
    assert await session.value("[os.environ.get(name) for name in names]") == (
        "['session', None, 'by the code', None]"
    )


async def test_environment_that_cannot_be(session: Session) -> None:
    await session.run("import os")
    for name, value in (("A=B", "1"), ("A", "\0"), ("", "1")):
        outcome = await session.run("1", environment={"FIRST": "1", name: value})
        assert outcome.status == "failed"
        assert outcome.errors[0].startswith(("ValueError: ", "OSError: "))
        assert await session.value("'FIRST' in os.environ") == "False"


async def test_pythons_own_variables_do_no_harm(start: Start) -> None:
    names = (
        "PYTHONSAFEPATH",
        "PYTHONUNBUFFERED",
        "PYTHONDEVMODE",
        "PYTHONINSPECT",
    )
    session = await start(environment=dict.fromkeys(names, "1"))
    assert await session.value("__import__('sys').path[0]") == "''"


async def test_multiprocessing_by_fork(session: Session) -> None:
    outcome = await session.run(
        "import multiprocessing\n"
        "def square(x):\n    print('child')\n    return x * x\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(sum(pool.map(square, range(4))))"
    )
    assert outcome.status == "completed"
    assert text(outcome) == "child\n" * 4 + "14\n"
    assert await session.value("1 + 1") == "2"


async def test_a_forked_child_ends_with_the_code(session: Session) -> None:
    outcome = await session.run(
        "import os\n"
        "child = os.fork()\n"
        "if child == 0:\n    display('shown by the child')\n    raise ValueError('in the child')\n"
        "os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])"
    )
    assert outcome.outputs[-1].data == "1"
    assert text(outcome) == "'shown by the child'\n"
    assert text(outcome, "stderr").endswith("ValueError: in the child\n")
    assert await session.value("child > 0") == "True"


async def test_code_of_any_form(session: Session) -> None:
    assert await session.value("x = 1\r'return alone'") == "'return alone'"
    assert await session.value("\ufeff'mark'") == "'mark'"
    assert await session.value("'''a\r\nb'''") == repr("a\nb")
    assert await session.value("len('" + "x" * 500_000 + "')") == "500000"
    outcome = await session.run("x = 'a\0b'")
    assert outcome.status == "failed"
    assert "null" in outcome.errors[0]


async def test_deeply_nested_code_fails_alone(session: Session) -> None:
    outcome = await session.run("(" * 5000 + ")" * 5000)
    assert outcome.status == "failed"
    assert await session.value("1") == "1"


async def test_text_survives_the_way(session: Session) -> None:
    value = {"quote": '"', "newline": "\n", "nul": "\0", "emoji": "🚀"}
    code = f"import json\nprint(json.dumps({value!r}, ensure_ascii=False))"
    assert json.loads(text(await session.run(code))) == value


async def test_shell_commands_tell_their_status(session: Session) -> None:
    outcome = await session.run("import os\nos.system('echo out; exit 3')")
    assert shown(outcome) == [("stdout", "out\n"), ("execution_result", str(3 << 8))]
    assert await session.value("os.waitstatus_to_exitcode(os.system('kill -9 $$'))") == "-9"
