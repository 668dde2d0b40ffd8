"""What is printed: all of it, in order, as text."""

from __future__ import annotations

import asyncio

import pytest

from cognitora_local.kernel import Output
from tests.kernel.conftest import Session, shown, text


async def test_order_of_all_kinds(session: Session) -> None:
    code = (
        "import sys\n"
        "for i in range(300):\n"
        "    print('out', i)\n"
        "    print('err', i, file=sys.stderr)\n"
        "    display(i)"
    )
    outcome = await session.run(code)
    assert shown(outcome) == [
        item
        for i in range(300)
        for item in (
            ("stdout", f"out {i}\n"),
            ("stderr", f"err {i}\n"),
            ("display_data", {"text/plain": str(i)}),
        )
    ]


async def test_order_of_writes_below_python(session: Session) -> None:
    code = (
        "import os, subprocess, sys\n"
        "for i in range(20):\n"
        "    print('a', end='')\n"
        "    os.write(1, b'b')\n"
        "    os.system('printf c')\n"
        "    print('e', end='', file=sys.stderr)\n"
        "    subprocess.run(['printf', 'd'])\n"
        "    sys.stdout.buffer.write(b'f')\n"
        "    display('g')"
    )
    outcome = await session.run(code)
    assert shown(outcome) == 20 * [
        ("stdout", "abc"),
        ("stderr", "e"),
        ("stdout", "df"),
        ("display_data", {"text/plain": "'g'"}),
    ]


async def test_adjacent_pieces_are_one_output(session: Session) -> None:
    outcome = await session.run("for i in range(100_000): print(i)")
    assert shown(outcome) == [("stdout", "".join(f"{i}\n" for i in range(100_000)))]


async def test_bytes_that_are_no_text(session: Session) -> None:
    outcome = await session.run(
        "import os\n"
        "os.write(1, b'\\xff\\x00\\xfe|')\n"
        "os.write(1, b'\\xe2'); os.write(1, b'\\x82\\xac|')\n"
        "print('a\\0b', '\\ud800')\n"
        "os.write(1, b'\\xe2');"
    )
    assert text(outcome) == "\ufffd\0\ufffd|€|a\0b \\ud800\n\ufffd"


async def test_a_character_in_two_reads(session: Session) -> None:
    text_of_three_bytes = "€" * 200_000
    assert text(await session.run(f"print({text_of_three_bytes!r}, end='')")) == text_of_three_bytes


async def test_lines_of_threads_stay_whole(session: Session) -> None:
    outcome = await session.run(
        "import threading\n"
        "def work(name):\n    for i in range(500): print(name, 'x' * 50, i)\n"
        "threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()"
    )
    lines = text(outcome).splitlines()
    assert sorted(lines) == sorted(f"{n} {'x' * 50} {i}" for n in range(4) for i in range(500))


async def test_what_threads_print_in_between_opens_the_next_outputs(session: Session) -> None:
    await session.run(
        "import threading\n"
        "go = threading.Event()\n"
        "def late():\n    go.wait()\n    print('late')\n    display('shown late')\n    done.set()\n"
        "done = threading.Event()\n"
        "threading.Thread(target=late).start()\n"
        "threading.Timer(0.05, go.set).start()"
    )
    await wait_for_idle_output(session, 5)
    outcome = await session.run("done.wait(); print('next')")
    assert shown(outcome) == [
        ("stdout", "late\n"),
        ("display_data", {"text/plain": "'shown late'"}),
        ("stdout", "next\n"),
    ]


async def wait_for_idle_output(session: Session, size: int) -> None:
    async with asyncio.timeout(10):
        while session.kernel._collector.size < size:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "begin",
    ["threading.Timer(0.01, chatter).start()", "threading.Thread(target=chatter).start()"],
    ids=["afterwards", "before its end"],
)
async def test_a_chatterbox_between_executions_waits_for_the_next(
    session: Session, begin: str
) -> None:
    await session.run(
        "import threading, time\n"
        "stop = threading.Event()\n"
        f"def chatter():\n    while not stop.is_set(): print('x' * 1000)\n{begin}"
    )
    await wait_for_idle_output(session, 2**16)
    assert session.kernel._collector.size < 2**18  # no more than a read or two beyond
    outcome = await session.run("stop.set(); print('end')")
    assert outcome.status == "completed"
    assert len(text(outcome)) >= 2**16


async def test_pieces_are_told_while_the_code_runs(session: Session) -> None:
    pieces: list[Output] = []
    task = await session.until_output(
        "import os, time\nprint('first', flush=True)\n"
        "while not os.path.exists('go'): time.sleep(0.005)\n"
        "display(1)\n2",
        "first",
    )
    assert not task.done()
    (session.kernel.folder / "go").touch()
    assert [kind for kind, _ in shown(await task)] == ["stdout", "display_data", "execution_result"]
    await session.run("print('a'); display(1)\n2", on_output=pieces.append)
    assert [(piece.type, piece.data) for piece in pieces] == [
        ("stdout", "a\n"),
        ("display_data", {"text/plain": "1"}),
        ("execution_result", "2"),
    ]


async def test_a_library_that_prints_with_the_lock_held(session: Session) -> None:
    """More than a pipe holds, from C code that never lets another thread of Python run."""
    outcome = await session.run(
        "import ctypes\n"
        "write = ctypes.PyDLL(None).write\n"
        "data = b'x' * 300_000\n"
        "print(write(1, data, len(data)))",
        timeout_seconds=10,
    )
    assert outcome.status == "completed"
    assert text(outcome) == "x" * 300_000 + "300000\n"


async def test_closed_streams_come_back(session: Session) -> None:
    outcome = await session.run("import os, sys\nos.close(1); os.close(2)\nprint('lost')")
    assert outcome.status == "failed"
    outcome = await session.run("print('out'); sys.stderr.write('err'); sys.stdout.close();")
    assert shown(outcome) == [("stdout", "out\n"), ("stderr", "err")]
    assert text(await session.run("print('again')")) == "again\n"


async def test_a_stream_of_the_codes_own_stays(session: Session) -> None:
    outcome = await session.run(
        "import contextlib, io, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()) as kept:\n    print('inside')\n"
        "kept.getvalue()"
    )
    assert shown(outcome) == [("execution_result", repr("inside\n"))]
    await session.run("kept = sys.stdout = io.StringIO()")
    await session.run("print('kept')")
    await session.run("sys.stdout = sys.__stdout__")
    assert await session.value("kept.getvalue()") == repr("kept\n")


async def test_a_pipe_made_non_blocking(session: Session) -> None:
    outcome = await session.run("import os; os.set_blocking(1, False); print('x' * 1_000_000)")
    assert outcome.errors == []
    assert len(text(outcome)) == 1_000_001


async def test_standard_streams_look_like_streams(session: Session) -> None:
    await session.run("import sys")
    assert await session.value(
        "[(s.name, s.encoding, s.fileno(), s.isatty()) for s in (sys.stdout, sys.stderr)]"
    ) == ("[('<stdout>', 'utf-8', 1, False), ('<stderr>', 'utf-8', 2, False)]")
    outcome = await session.run("open('/dev/stderr', 'w').write('by name');")
    assert text(outcome, "stderr") == "by name"


async def test_print_keeps_its_manners(session: Session) -> None:
    outcome = await session.run(
        "import io\nfile = io.StringIO()\n"
        "print(1, 'a', sep='-', end='!\\n', flush=True); print(); print('to', file=file)\n"
        "print(file.getvalue(), end='')\n"
        "print(1, sep=3)"
    )
    assert text(outcome) == "1-a!\n\nto\n"
    assert outcome.errors == ["TypeError: sep must be None or a string, not int"]


async def test_logging_and_warnings_show(session: Session) -> None:
    outcome = await session.run(
        "import logging, warnings\nlogging.warning('careful')\nwarnings.warn('old')"
    )
    assert text(outcome, "stderr") == (
        "WARNING:root:careful\n<execution 1>:3: UserWarning: old\n  warnings.warn('old')\n"
    )


async def test_what_c_prints_comes_at_once_and_in_order(session: Session) -> None:
    outcome = await session.run(
        "import ctypes, sys\nlibc = ctypes.CDLL(None)\n"
        "print('one'); libc.puts(b'two'); print('three'); libc.printf(b'four'); print('!')\n"
        "print('five', file=sys.stderr); libc.puts(b'six')"
    )
    assert shown(outcome)[:3] == [
        ("stdout", "one\ntwo\nthree\nfour!\n"),
        ("stderr", "five\n"),
        ("stdout", "six\n"),
    ]
    outcome = await session.run("import os\nlibc.printf(b'last words'); os.kill(os.getpid(), 9)")
    assert text(outcome) == "last words"


async def test_an_extension_may_print_by_c(session: Session) -> None:
    outcome = await session.run(
        "import _heapq, importlib.util, shutil, sys\n"
        "if source := getattr(_heapq, '__file__', None):\n"
        "    spec = importlib.util.spec_from_file_location('_heapq', shutil.copy(source, '.'))\n"
        "    before = 'ctypes' in sys.modules\n"
        "    importlib.util.module_from_spec(spec)\n"
        "    print(before, 'ctypes' in sys.modules)"
    )
    if not text(outcome):
        pytest.skip("the extensions of this Python are built in")
    assert text(outcome) == "False True\n"
