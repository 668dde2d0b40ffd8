"""What code reads from its standard input, in every language."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import Session, Start, text


async def test_code_reads_what_it_is_given_and_then_its_end(session: Session) -> None:
    code = "print(input('? '))\nimport sys\nprint(sys.stdin.readlines(), repr(sys.stdin.read()))"
    outcome = await session.run(code, stdin="a\né\nc".encode())
    assert text(outcome) == "? a\n['é\\n', 'c'] ''\n"


async def test_what_was_left_unread_is_not_the_next_executions(session: Session) -> None:
    await session.run("input()", stdin=b"1\nleft\n")
    assert text(await session.run("print(input())", stdin=b"2\n")) == "2\n"
    outcome = await session.run("input()")
    assert "nobody can answer" in outcome.errors[0]
    assert text(await session.run("import sys; print(repr(sys.stdin.read()))")) == "''\n"


async def test_an_input_that_ends_is_an_ordinary_end(session: Session) -> None:
    outcome = await session.run("input()\ninput()", stdin=b"1\n")
    assert outcome.errors == ["EOFError: EOF when reading a line"]


async def test_a_subprocess_reads_it_too(session: Session) -> None:
    code = "import subprocess\nprint(subprocess.run(['wc', '-c'], capture_output=True).stdout)"
    assert text(await session.run(code, stdin=b"x" * 100_000)) == "b'100000\\n'\n"


async def test_code_cant_write_to_it(session: Session) -> None:
    code = "import os\ntry:\n    os.write(0, b'x')\nexcept OSError as e:\n    print(e.errno)"
    assert text(await session.run(code, stdin=b"1")) == "9\n"


async def test_stdin_of_its_own_stays(session: Session) -> None:
    await session.run("import io, sys\nsys.stdin = io.StringIO('own\\nmore\\n')")
    assert text(await session.run("print(input())")) == "own\n"


@pytest.mark.parametrize("program", [False, True])
async def test_bash_reads_it(start: Start, program: bool) -> None:
    session = await start(language="bash")
    outcome = await session.run(
        "read x; echo got $x; cat; echo end", stdin=b"1\n2", program=program
    )
    assert text(outcome) == "got 1\n2end\n"


async def test_bash_reads_each_executions_own(start: Start) -> None:
    session = await start(language="bash")
    await session.run("read x", stdin=b"1\nleft\n")
    assert text(await session.run("cat", stdin=b"2\n")) == "2\n"
    assert text(await session.run("cat; echo end")) == "end\n"


@pytest.mark.parametrize(
    "code",
    [
        "process.stdout.write(require('fs').readFileSync(0, 'utf8'))",
        "for await (const piece of process.stdin) process.stdout.write(piece)",
        "await new Promise((done) => process.stdin.on('end', done).pipe(process.stdout))",
    ],
)
async def test_javascript_reads_it(start: Start, code: str) -> None:
    session = await start(language="javascript")
    for stdin in (b"1\n2\n", b"", b"3\n"):
        outcome = await session.run(f"{{ {code} }}", stdin=stdin)
        assert outcome.status == "completed", outcome.errors
        assert text(outcome) == stdin.decode()
