"""Bash: state that stays, errors, streams, and code that gets in the driver's way."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio

from cognitora_local.kernel import MAX_OUTPUT_BYTES, Outcome, Output
from tests.kernel.conftest import Session, Start, shown, text

SOON = 3000
"""Milliseconds. It is less than one second, but for a machine that is busy with other tests."""


@pytest_asyncio.fixture(loop_scope="session")
async def bash(start: Start) -> Session:
    return await start(language="bash")


async def printed(session: Session, code: str, **options: object) -> str:
    """What code prints that must end well and complain of nothing."""
    outcome = await session.run(code, **options)  # type: ignore[arg-type]  # those of `run`
    assert (outcome.status, text(outcome, "stderr")) == ("completed", ""), outcome
    return text(outcome)


async def fails(session: Session, code: str, error: str) -> Outcome:
    outcome = await session.run(code)
    assert outcome.status == "failed"
    assert outcome.errors == [error]
    assert outcome.outputs[-1].type == "error"
    assert outcome.outputs[-1].data == error
    assert not outcome.state_lost
    return outcome


# State


async def test_state_stays(bash: Session) -> None:
    await printed(
        bash,
        "count=1; declare -A map=([a]=b); list=(x 'y z'); declare -r fixed=7; export SENT=out\n"
        'greet() {\n  local name=$1\n  echo "hello $name"\n}\n'
        "alias say='echo said'; shopt -s extglob; set -o pipefail; umask 027\n"
        "mkdir -p deep/er && cd deep/er; exec 7>file; set -- one two",
    )
    assert await printed(
        bash,
        "echo $count ${map[a]} ${list[1]} $fixed $1 $2; greet you; say it; pwd; umask\n"
        "echo x >&7; cat file; sh -c 'echo $SENT'; shopt extglob; shopt -o pipefail",
    ) == (
        "1 b y z 7 one two\nhello you\nsaid it\n/work/deep/er\n0027\nx\nout\n"
        "extglob        \ton\npipefail       \ton\n"
    )


async def test_the_environment_is_for_one_execution(bash: Session) -> None:
    await printed(bash, "export OLD='it was'; LOCAL=mine; LIST=(1 2)")
    environment = {"OLD": "it's new\n", "NEW": "$HOME", "LOCAL": "theirs", "LIST": "x"}
    code = "env | grep -cE '^(OLD|NEW|LOCAL|LIST)='; echo \"$OLD$NEW\"; KEPT=$LOCAL"
    assert await printed(bash, code, environment=environment) == "4\nit's new\n$HOME\n"
    assert await printed(
        bash, "echo $OLD ${NEW-unset} $LOCAL $KEPT ${LIST[@]}; env | grep -c OLD"
    ) == ("it was unset mine theirs 1 2\n1\n")


async def test_what_code_does_to_its_environment_stays(bash: Session) -> None:
    code = "A=changed; unset B"
    await printed(bash, code, environment={"A": "1", "B": "2", "C": "3"})
    assert await printed(bash, "echo $A ${B-unset} ${C-unset}") == "changed unset unset\n"


async def test_the_environment_survives_an_exit(bash: Session) -> None:
    await fails(bash, "export X=before; exit 3", "exit code 3")
    outcome = await bash.run("exit 4", environment={"X": "during"})
    assert outcome.errors == ["exit code 4"]
    assert await printed(bash, "echo $X") == "before\n"


async def test_names_that_bash_has_no_variables_for(bash: Session) -> None:
    outcome = await bash.run("echo no", environment={"a-b": "1"})
    assert outcome.errors == ["Bash has no variables with a name like 'a-b'. Choose another."]
    assert text(outcome) == ""


async def test_it_looks_like_a_script(bash: Session) -> None:
    assert (
        await printed(
            bash,
            'echo "$0 ${BASH_SOURCE[0]} $# $PWD ${OLDPWD-unset}"\n'
            '[[ ${BASH_SOURCE[0]} == "$0" ]] && (cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)\n'
            "echo $LINENO; declare -p BASH_SUBSHELL",
        )
        == 'bash bash 0 /work unset\n/work\n3\ndeclare -- BASH_SUBSHELL="0"\n'
    )


# Errors


@pytest.mark.parametrize(
    ("code", "error"),
    {
        "false": "exit code 1",
        "(exit 2)": "exit code 2",
        "exit 3": "exit code 3",
        "f() { local gone=1; exit 4; }; f": "exit code 4",
        "set -e; (exit 5); echo never": "exit code 5",
        "set -u; echo $nothing; echo never": "exit code 1",
        "echo ${nothing?}; echo never": "exit code 1",
        "set -o posix; . nothing; echo never": "exit code 1",
        "sh -c 'kill -9 $$'": "exit code 137 (SIGKILL)",
        "kill $BASHPID; echo never": "exit code 143 (SIGTERM)",
        "set -o pipefail; false | true": "exit code 1",
        "exec nothing": "exit code 127",
        "break; echo never": "exit code 1",
        "trap 'exit 6' EXIT": "exit code 6",
        "exit 255": "exit code 255",
    }.items(),
)
async def test_failures_keep_the_session(bash: Session, code: str, error: str) -> None:
    await printed(bash, "kept=1; keep() { kept=$((kept + 1)); }")
    outcome = await fails(bash, f"echo before; keep; {code}", error)
    assert text(outcome) == "before\n"
    assert await printed(bash, "set +eu +o posix; echo $kept ${gone-}") == "2\n"


async def test_exit_0_is_success_and_ends_the_code_alone(bash: Session) -> None:
    assert await printed(bash, "x=1; echo a; exit 0; echo b") == "a\n"
    assert await printed(bash, "echo $x") == "1\n"


async def test_messages_name_the_line(bash: Session) -> None:
    outcome = await fails(bash, "\nnowhere\n\nf() {\n  nowhere\n}\nf", "exit code 127")
    assert text(outcome, "stderr") == (
        "bash: line 2: nowhere: command not found\nbash: line 5: nowhere: command not found\n"
    )


@pytest.mark.parametrize("exits", [False, True])
async def test_syntax_errors(bash: Session, exits: bool) -> None:
    if exits:
        await fails(bash, "exit 1", "exit code 1")
    outcome = await fails(bash, "echo before\nif true; fi", "exit code 2")
    assert shown(outcome)[:2] == [
        ("stdout", "before\n"),
        (
            "stderr",
            "bash: eval: line 2: syntax error near unexpected token `fi'\n"
            "bash: eval: line 2: `if true; fi'\n",
        ),
    ]
    outcome = await fails(bash, "fi", "exit code 2")
    assert "`fi'\n" in text(outcome, "stderr")
    await fails(bash, "while true; do\necho 'open", "exit code 2")


async def test_nul_in_code_is_refused(bash: Session) -> None:
    error = "The code has a NUL character in it, which Bash can't read. Remove it."
    assert text(await fails(bash, "echo a\necho \0", error)) == ""


async def test_a_session_survives_many_exits(bash: Session) -> None:
    await printed(bash, "n=0; f() { local n2=$((n + 1)); n=$n2; exit $((n2 % 2)); }")
    for number in range(1, 41):
        outcome = await bash.run("f")
        assert outcome.status == ("failed" if number % 2 else "completed")
    assert await printed(bash, "echo $n") == "40\n"
    shells = await printed(bash, "grep -lx bash /proc/[0-9]*/comm")
    assert len(shells.splitlines()) == 1


async def test_what_an_exit_keeps(bash: Session) -> None:
    await fails(
        bash,
        "set -eE; alias say='echo said'; trap 'echo got it' USR1; trap \"echo 'it failed'\" ERR\n"
        "cd /tmp; exec 7>/tmp/file; f() { local x=1; set -- a b; exit 1; }; f",
        "exit code 1",
    )
    assert await printed(
        bash, "say it; pwd; echo ${x-unset} $#; kill -USR1 $BASHPID; echo x >&7; cat /tmp/file"
    ) == ("said it\n/tmp\nunset 0\ngot it\nx\n")
    outcome = await fails(bash, "false; echo never", "exit code 1")
    assert text(outcome) == "it failed\n"


# Streams


async def test_streams(bash: Session) -> None:
    outcome = await bash.run(
        "for i in {1..200}; do echo out $i; echo err $i >&2; done; ls /nowhere"
    )
    assert text(outcome) == "".join(f"out {i}\n" for i in range(1, 201))
    errors = text(outcome, "stderr").splitlines()
    assert errors[:-1] == [f"err {i}" for i in range(1, 201)]
    assert "No such file" in errors[-1]


async def test_pieces_are_told_while_the_code_runs(bash: Session) -> None:
    pieces: list[Output] = []
    task = await bash.until_output(
        "echo first; until [ -e go ]; do sleep 0.01; done; echo last", "first"
    )
    assert not task.done()
    (bash.kernel.folder / "go").touch()
    assert text(await task) == "first\nlast\n"
    await bash.run("echo a", on_output=pieces.append)
    assert [(piece.type, piece.data) for piece in pieces] == [("stdout", "a\n")]


async def test_stdin_is_at_its_end(bash: Session) -> None:
    assert await printed(
        bash, "cat; read line || echo end; python3 -c 'print(input.__name__)'"
    ) == ("end\ninput\n")
    await printed(bash, "exec <&-")
    assert await printed(bash, "cat; echo still") == "still\n"


async def test_here_documents_and_functions_of_many_lines(bash: Session) -> None:
    code = "show() {\n  cat <<END\nhello $1\n  indented\nEND\n}\nshow you\ncat <<'RAW'\n$1\nRAW"
    assert await printed(bash, code) == "hello you\n  indented\n$1\n"
    outcome = await bash.run("cat <<END\nno end")
    assert text(outcome) == "no end\n"
    assert "delimited by end-of-file" in text(outcome, "stderr")


@pytest.mark.parametrize("close", ["1>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-", ">file 2>&1"])
async def test_closed_streams_come_back(bash: Session, close: str) -> None:
    outcome = await bash.run(
        f'exec {close}; echo lost; for i in {{3..254}}; do eval "exec $i>&-"; done'
    )
    assert outcome.outputs == [] or text(outcome) == ""
    assert shown(await bash.run("echo out; echo err >&2; cat")) == [
        ("stdout", "out\n"),
        ("stderr", "err\n"),
    ]


async def test_bytes_that_are_no_text(bash: Session) -> None:
    assert (
        await printed(bash, r"printf '\xff\0|'; printf '\xe2'; printf '\x82\xac'") == "\ufffd\0|€"
    )
    assert await printed(bash, "x='grün €'; echo ${#x} $x") == "6 grün €\n"


async def test_much_code_and_much_output(bash: Session) -> None:
    words = "x" * 3_000_000
    assert await printed(bash, f"word={words}\necho $word") == words + "\n"
    outcome = await bash.run("kept=1; yes")
    assert outcome.errors[0].startswith("The code was stopped: it showed more than")
    assert len(text(outcome)) == MAX_OUTPUT_BYTES
    assert not outcome.state_lost
    assert await printed(bash, "echo $kept") == "1\n"


async def test_programs_inherit_nothing_of_the_driver(bash: Session) -> None:
    code = "ls /proc/self/fd | tr '\\n' ' '; { ls /proc/self/fd | tr '\\n' ' '; } & wait"
    assert await printed(bash, code) == "0 1 2 3 0 1 2 3 "
    assert await printed(bash, "ls -l /proc/self/fd /proc/$BASHPID/fd | grep -c socket; :") == "0\n"


async def test_background_jobs(bash: Session) -> None:
    begun = time.monotonic()
    assert await printed(bash, "sleep 60 & job=$!; echo on") == "on\n"
    assert time.monotonic() - begun < 30
    assert await printed(
        bash, "(until [ -e go ]; do sleep 0.01; done; echo late) & kill $job; echo"
    ) == ("\n")
    (bash.kernel.folder / "go").touch()
    async with asyncio.timeout(10):
        while bash.kernel._collector.size < len("late\n"):
            await asyncio.sleep(0.005)
    assert await printed(bash, "wait; echo next") == "late\nnext\n"


# Traps and options


async def test_a_trap_on_exit_runs_when_the_execution_ends(bash: Session) -> None:
    assert await printed(bash, "trap 'echo \"bye $?\"' EXIT\ny=1; echo work") == "work\nbye 0\n"
    assert await printed(bash, "echo $y; trap -p EXIT | grep -c bye; :") == "1\n0\n"
    assert (
        text(await fails(bash, "trap 'echo \"bye $?\"' EXIT; (exit 3)", "exit code 3")) == "bye 3\n"
    )


async def test_an_exit_with_a_trap_of_its_own_forgets_that_execution_alone(bash: Session) -> None:
    await printed(bash, "x=1; set -eE; trap 'echo failed' ERR")
    code = "x=2; trap 'echo bye; rm -f temporary' EXIT; touch temporary; false; echo never"
    assert text(await fails(bash, code, "exit code 1")) == "failed\nbye\n"
    assert await printed(bash, "echo $x; ls") == "1\n\n".rstrip("\n") + "\n"
    assert text(await fails(bash, "false", "exit code 1")) == "failed\n"


async def test_traps_and_tracing_see_the_code_alone(bash: Session) -> None:
    traps = "trap 'echo \"about to: $BASH_COMMAND\"' DEBUG; trap 'echo failed\necho badly' ERR"
    await bash.run(f"{traps}; set -x")
    outcome = await bash.run("echo 1\nfalse\ntrue")
    assert outcome.status == "completed"
    assert [line for line in text(outcome).splitlines() if line != "about to: false"] == [
        "about to: echo 1",
        "1",
        "failed",
        "badly",
        "about to: true",
    ]
    trace = [line.lstrip("+ ") for line in text(outcome, "stderr").splitlines()]
    assert [line for line in trace if "about to" not in line] == (
        ["echo 1", "false", "echo failed", "echo badly", "true"]
    )
    await bash.run("set +x; trap - DEBUG ERR; set -v")
    await bash.run("trap 'echo $LINENO' ERR")
    assert text(await bash.run("true\nfalse\nif false; then :; fi\nfalse")) == "2\n4\n"
    await bash.run("trap - ERR")
    assert text(await bash.run("false\necho 2; false"), "stderr") == "echo 2; false\n"


TRACED = "echo a\nf() { echo in; }; f; (echo sub)\nx=$(echo cs); eval 'echo ev'"
TRACE = "+ echo a\n+ f\n+ echo in\n+ echo sub\n++ echo cs\n+ x=cs\n+ eval 'echo ev'\n++ echo ev\n"


async def test_tracing_looks_as_in_a_script(bash: Session) -> None:
    outcome = await bash.run(f"set -x\n{TRACED}")
    assert text(outcome, "stderr") == TRACE
    for exits in ("exit 3", "f() { exit 4; }; f", "exit 0"):
        outcome = await bash.run(exits)
        own = f"+ {exits}\n" if exits.startswith("exit") else "+ f\n+ exit 4\n"
        assert text(outcome, "stderr") == own
        outcome = await bash.run(TRACED)
        assert text(outcome, "stderr") == TRACE
    await bash.run("set +x")
    await fails(bash, "exit 1", "exit code 1")
    assert text(await bash.run("set -x; echo a"), "stderr") == "+ echo a\n"


async def test_little_of_the_driver_can_be_seen(bash: Session) -> None:
    names = "__cognitora\n__cognitora_number\n"
    for _ in range(2):
        assert await printed(bash, 'compgen -v __; echo "[$_]"') == names + "[__]\n"
        assert await printed(bash, "declare -p | grep -o '__cognitora[a-z_]*=' | sort -u") == (
            "__cognitora=\n__cognitora_number=\n"
        )
        assert await printed(bash, "env | grep -i cognitora | grep -v /opt/cognitora; :") == ""
        assert await printed(bash, "declare -F; alias; ls") == ""
        assert (await bash.run("exit 1")).errors == ["exit code 1"]


HINDRANCES = {
    "options": "set -efuC -o posix; IFS='e1234567890/'; shopt -s failglob nocasematch; set +e",
    "variables": "TMOUT=1; PROMPT_COMMAND='echo no'; PS1=x; BASH_ENV=x; unset PATH HOME _ LINENO",
    "readonly": "readonly REPLY x=1; unset ${!__cognitora*}; (__cognitora=); :",
    "aliases": "alias trap=no printf=no eval=no exec=no builtin=no read=no exit=no set=no",
    "functions": "printf() { :; }; trap() { :; }; eval() { :; }; exit() { :; }; set() { :; }; read() { :; }",
    "extdebug": "shopt -s extdebug; trap ':' DEBUG",
    "ignoring": "trap '' TERM HUP USR1 CHLD",
    "traps": "trap 'echo child' CHLD; trap 'echo return' RETURN",
    "unsetting": "unset ${!BASH_*} ${!P*} 2>/dev/null; trap - EXIT HUP TERM INT; :",
    "nothing there": 'cd "$(mktemp -d)"; rmdir "$PWD"; :',
    "job control": "set -m; sleep 60 &",
}


@pytest.mark.parametrize("code", HINDRANCES.values(), ids=HINDRANCES.keys())
async def test_code_that_gets_in_the_drivers_way(bash: Session, code: str) -> None:
    assert (await bash.run(f"{code}")).errors == []
    for status in (0, 3, 4):
        outcome = await bash.run(f"x2={status}; \\builtin echo here; \\builtin exit {status}")
        assert outcome.errors == ([f"exit code {status}"] if status else [])
        assert text(outcome) == "here\n"
        assert not outcome.state_lost
    assert text(await bash.run('\\builtin echo "$x2"')) == "4\n"
