"""A command that enters a sandbox has what the sandbox's own command has, and leaves nothing."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cognitora_local.sandbox import (
    CommandError,
    Exec,
    Host,
    Limits,
    Sandbox,
    SandboxError,
    Terminal,
)
from tests.processes import alive, children, with_marker
from tests.sandbox.programs import Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

IDLE = "import signal\nsay(os.getpid())\nsignal.pause()"
STAYS = "say(1)\nhear()"
MOST = Limits(processes=32)

# All by which one process has more than another.
FACTS = """
import json, os, resource
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
names = "Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp Seccomp_filters Umask"
facts = {name: status[name].strip() for name in (names + " SigIgn SigBlk Cpus_allowed").split()}
kinds = ("mnt", "pid", "net", "ipc", "uts", "cgroup", "user")
facts |= {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}
facts["cgroup paths"] = open("/proc/self/cgroup").read()
facts["uid map"] = open("/proc/self/uid_map").read()
facts["mounts"] = open("/proc/self/mountinfo").read()
facts["root"] = os.readlink("/proc/self/root")
facts["nice"] = os.nice(0)
facts["oom"] = open("/proc/self/oom_score_adj").read()
facts["limits"] = [resource.getrlimit(number) for number in range(16)]
facts["environment"] = dict(os.environ)
facts["environment"].pop("PWD", None)  # which bubblewrap tells its own
"""


# Starts as many processes as it can.
FILL = """
import os, signal
try:
    while os.fork():
        pass
    signal.pause()
except OSError:
    print("full", flush=True)
    signal.pause()
"""


async def finish(command: Exec, given: bytes = b"") -> tuple[int, bytes, bytes]:
    """See a command to its end: its exit status, and what it printed to either stream."""
    printed = {"stdout": b"", "stderr": b""}
    try:
        if given:
            assert await command.write(given) == len(given)
        await command.close_stdin()
        async with asyncio.timeout(60):
            async for stream, data in command.output:
                printed[stream] += data
            return await command.wait(), printed["stdout"], printed["stderr"]
    finally:
        command.close()


async def sh(sandbox: Sandbox, script: str, given: bytes = b"", **more: Any) -> str:
    """What a script prints that ends well."""
    code, stdout, stderr = await finish(await sandbox.exec(["sh", "-c", script], **more), given)
    assert (code, stderr) == (0, b"")
    return stdout.decode()


async def says(command: Exec, text: bytes) -> None:
    """Wait until it has printed this."""
    seen = b""
    while text not in seen:
        async with asyncio.timeout(60):
            seen += (await anext(command.output))[1]


def held() -> tuple[int, int]:
    """How many files this process has open, and children."""
    return len(os.listdir("/proc/self/fd")), len(children(os.getpid()))


async def gone(marker: str) -> None:
    async with asyncio.timeout(60):
        while with_marker(marker):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def nothing_kept() -> AsyncIterator[None]:
    """Whatever happens within leaves no file open and no child, not even an ended one."""
    before = held()
    yield
    async with asyncio.timeout(60):
        while held() != before:
            await asyncio.sleep(0.01)


async def test_it_has_exactly_what_the_sandboxs_own_command_has(start: Start, host: Host) -> None:
    environment = {"GIVEN": "ü", "PATH": "/bin:/usr/bin"}
    own = FACTS + "say(facts)\nhear()"
    async with start(own, environment=environment, limits=MOST) as live:
        expected = await live.hear()
        code = FACTS + "print(json.dumps(facts))"
        for terminal in (None, Terminal(24, 80)):
            command = await live.sandbox.exec(
                [str(host.python), "-I", "-c", code], terminal=terminal
            )
            status, stdout, stderr = await finish(command)
            assert (status, stderr) == (0, b"")
            found = json.loads(stdout)
            assert found == expected
        assert set(expected["CapEff"]) == set(expected["CapBnd"]) == {"0"}
        assert (expected["NoNewPrivs"], expected["Seccomp"]) == ("1", "2")


async def test_no_file_but_the_standard_ones_is_open(start: Start) -> None:
    # The one that lists them has the folder open as well.
    script = 'cd /proc/self/fd; for fd in *; do if [ -e "$fd" ]; then echo "$fd"; fi; done'
    async with start(STAYS) as live:
        for terminal in (None, Terminal(24, 80)):
            assert (await sh(live.sandbox, script, terminal=terminal)).split() == ["0", "1", "2"]


async def test_its_environment_and_folder(start: Start) -> None:
    async with start(STAYS, environment={"ONE": "own", "TWO": "own"}) as live:
        more: dict[str, Any] = {"environment": {"TWO": "more", "THREE": "a\nb=c"}, "folder": "/tmp"}
        assert await sh(live.sandbox, 'echo "$ONE $TWO $THREE"; pwd', **more) == (
            "own more a\nb=c\n/tmp\n"
        )
        assert await sh(live.sandbox, "pwd; touch made; echo $THREE") == "/work\n\n"
        assert (live.sandbox.folder / "made").exists()


async def test_its_processes_count_among_the_sandboxs(start: Start, host: Host) -> None:
    async with start(STAYS, limits=MOST) as live, nothing_kept():
        command = await live.sandbox.exec([str(host.python), "-c", FILL])
        await says(command, b"full")
        with pytest.raises(SandboxError, match="can't be entered"):
            await live.sandbox.exec(["true"])
        await command.kill()
        assert (await finish(command))[0] == 137
        assert await sh(live.sandbox, "echo on") == "on\n"


async def test_its_memory_counts_as_the_sandboxs(start: Start, host: Host) -> None:
    async with start(STAYS, limits=Limits(memory_mb=128)) as live:
        code = "held = bytearray(2**30); print('more than there is')"
        status, stdout, _ = await finish(await live.sandbox.exec([str(host.python), "-c", code]))
        assert status != 0
        assert stdout == b""


async def test_a_terminal_of_its_own(start: Start) -> None:
    async with start(STAYS) as live:
        command = await live.sandbox.exec(
            ["sh", "-c", "tty; stty size; read -r line; stty size; test -t 2 && echo $line >&2"],
            terminal=Terminal(24, 80),
        )
        await says(command, b"24 80\r\n")
        await command.resize(Terminal(50, 200))
        await command.write(b"hello\n")
        status, stdout, stderr = await finish(command)
        assert (status, stderr) == (0, b"")
        assert stdout == b"hello\r\n50 200\r\nhello\r\n"
        first = await sh(live.sandbox, "tty", terminal=Terminal(1, 1))
        assert first == "/dev/pts/0\r\n"  # the one before has gone
        script = "ps -o tty= -p $$ 2>/dev/null || true; : </dev/tty && echo controls"
        assert "controls" in await sh(live.sandbox, script, terminal=Terminal(1, 1))


@pytest.mark.parametrize("typed", [b"", b"half", b"line\n", b"line\r", b"half\x04"])
async def test_the_end_of_what_is_typed_is_told_once(start: Start, typed: bytes) -> None:
    """So who reads next goes on, as in a shell."""
    script = "echo up; cat > /dev/null; echo between; read -r line; echo got $line"
    async with start(STAYS) as live:
        command = await live.sandbox.exec(["sh", "-c", script], terminal=Terminal(24, 80))
        await says(command, b"up")
        if typed:
            await command.write(typed)
        await command.close_stdin()
        await says(command, b"between")
        await command.write(b"more\n")
        await says(command, b"got more")
        assert (await finish(command))[0] == 0


async def test_a_hung_up_terminal_ends_what_runs_there(start: Start) -> None:
    async with start(STAYS) as live:
        command = await live.sandbox.exec(["cat"], terminal=Terminal(24, 80))
        command.close()
        async with asyncio.timeout(60):
            assert await command.wait() == 128 + signal.SIGHUP


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -9 $$", 137)],
)
async def test_exit_codes(start: Start, script: str, code: int) -> None:
    async with start(STAYS) as live, nothing_kept():
        assert (await finish(await live.sandbox.exec(["sh", "-c", script])))[0] == code


@pytest.mark.parametrize(
    ("command", "folder", "code", "why"),
    [
        (["none"], "/work", 127, "There is no program 'none'"),
        (["/none/none"], "/work", 127, "There is no program '/none/none'"),
        (["/etc/passwd"], "/work", 126, "'/etc/passwd' can't be run: Permission denied"),
        (["/tmp"], "/work", 126, "'/tmp' can't be run: Permission denied"),
        (["true"], "/none", 126, "can't run in the folder '/none': No such file"),
        (["true"], "/etc/passwd", 126, "can't run in the folder '/etc/passwd': Not a directory"),
        (["true", "x" * 200_000], "/work", 126, "'true' can't be run: Argument list too long"),
        (["a\0b"], "/work", 126, "can't be run"),
        (["\ud800"], "/work", 126, "can't be run"),
        (["true"], "a\0b", 126, "can't run in the folder"),
    ],
)
@pytest.mark.parametrize("terminal", [None, Terminal(24, 80)], ids=["pipes", "terminal"])
async def test_what_cant_be_started(
    start: Start,
    command: list[str],
    folder: str,
    code: int,
    why: str,
    terminal: Terminal | None,
) -> None:
    async with start(STAYS) as live, nothing_kept():
        with pytest.raises(CommandError, match=why) as raised:
            await live.sandbox.exec(command, folder=folder, terminal=terminal)
        assert raised.value.exit_code == code


async def test_stdin_ends_where_it_is_closed(start: Start) -> None:
    async with start(STAYS) as live, nothing_kept():
        assert await sh(live.sandbox, "cat; echo over", b"given ") == "given over\n"
        command = await live.sandbox.exec(["cat"])
        await command.close_stdin()
        with pytest.raises(BrokenPipeError):
            await command.write(b"x")
        await command.close_stdin()
        assert await finish(command) == (0, b"", b"")
        command = await live.sandbox.exec(["sh", "-c", "exec <&-; echo closed; read x"])
        await says(command, b"closed")
        with pytest.raises(BrokenPipeError):
            await command.write(b"x")
        await finish(command)


async def test_kill_takes_all_it_has_started(start: Start) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    script = "sleep 60 & setsid sleep 60 & (setsid sh -c 'sleep 60 & wait' &) ; echo up; wait"
    async with start(IDLE) as live, nothing_kept():
        own = live.sandbox.pid
        command = await live.sandbox.exec(["sh", "-c", script], environment={"MARKER": marker})
        await says(command, b"up")
        async with asyncio.timeout(60):
            while sum(line.startswith("sleep") for line in with_marker(marker)) < 3:
                await asyncio.sleep(0.01)
        await command.kill()
        assert (await finish(command))[0] == 137
        await command.kill()
        # The last was orphaned: it belongs to the sandbox, and goes with that.
        assert alive(own)
        assert await sh(live.sandbox, "echo on") == "on\n"


async def test_it_ends_with_its_sandbox(start: Start) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    async with start(STAYS) as live:
        script = "setsid sleep 60 & echo up; exec sleep 60"
        command = await live.sandbox.exec(["sh", "-c", script], environment={"MARKER": marker})
        await says(command, b"up")
        await live.sandbox.kill()
        assert (await finish(command))[0] == 137
        await gone(marker)
        with pytest.raises(SandboxError, match="can't be entered"):
            await live.sandbox.exec(["true"])


async def test_signals_go_to_its_group(start: Start) -> None:
    async with start(STAYS) as live, nothing_kept():
        command = await live.sandbox.exec(["sh", "-c", "sleep 60 & echo up; wait"])
        await says(command, b"up")
        await command.signal(signal.SIGTERM)
        assert (await finish(command))[0] == 143
        await command.signal(signal.SIGTERM)
        assert await sh(live.sandbox, "ls -d /proc/[0-9]* | wc -l") != ""


async def test_many_at_once(start: Start) -> None:
    async with start(STAYS) as live, nothing_kept():

        async def one(number: int) -> str:
            terminal = Terminal(24, 80) if number % 3 == 0 else None
            return await sh(live.sandbox, f"cat; echo {number}", terminal=terminal)

        found = await asyncio.gather(*[one(number) for number in range(24)])
        assert [int(each.strip("\x04\b^D\r\n ")) for each in found] == list(range(24))


async def test_a_start_that_is_cancelled_leaves_nothing(start: Start) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    async with start(STAYS) as live:
        await sh(live.sandbox, "true")
        async with nothing_kept():
            for rounds in (*range(40), *range(40, 400, 20)):
                starting = asyncio.ensure_future(
                    live.sandbox.exec(["sleep", "60"], environment={"MARKER": marker})
                )
                for _ in range(rounds % 12):
                    await asyncio.sleep(0)
                await asyncio.sleep(rounds / 10_000)
                starting.cancel()
                try:
                    command = await starting
                except asyncio.CancelledError:
                    continue
                await command.kill()
                await finish(command)
        await gone(marker)
        assert await sh(live.sandbox, "echo on") == "on\n"


async def test_nothing_of_the_machine_is_seen_of_one_that_enters(start: Start) -> None:
    """No process of the sandbox ever sees the one outside, which waits for the command."""
    async with start(STAYS) as live:
        script = "cat /proc/$$/status | grep '^PPid'; ls -d /proc/[0-9]* | wc -l"
        parent, count = (await sh(live.sandbox, script)).splitlines()
        assert parent.split()[1] == "0"
        # The sandbox's first process and its command; the shell and what it runs.
        assert int(count) <= 5


async def test_much_output_waits_for_who_reads(start: Start) -> None:
    async with start(STAYS) as live:
        command = await live.sandbox.exec(["sh", "-c", "head -c 20000000 /dev/zero; echo x >&2"])
        size = 0
        async for stream, data in command.output:
            size += len(data) if stream == "stdout" else 0
        assert size == 20_000_000
        assert await command.wait() == 0
        command.close()


async def test_a_wide_open_machine_shows_it_nothing(start: Start, tmp_path: Path) -> None:
    async with start(STAYS) as live:
        (tmp_path / "secret").write_text("x")
        found = await sh(live.sandbox, f"ls {tmp_path} 2>/dev/null | wc -l")
        assert found == "0\n"
