"""What a command in a container is given and told: its input, its terminal, signals, its user."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
from contextlib import suppress

import pytest

from cognitora_local.engine import CommandError, EngineError, attachment
from cognitora_local.engine.exec import Exec
from cognitora_local.sandbox import Terminal
from tests.engine.containers.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIB = 1024 * 1024
SIZE = Terminal(24, 80)
# Docker gives the first size, and Podman a new one, a moment after they have answered.
SIZED, RESIZED = (
    f'until [ "$(stty size)" = "{size}" ]; do sleep 0.05; done' for size in ("24 80", "50 200")
)


async def begin(
    world: World,
    *command: str,
    user: str = "",
    stdin: bool = True,
    terminal: Terminal | None = None,
) -> Exec:
    container = await world.stay()
    return await container.execute(
        command, folder=None, environment={}, user=user, stdin=stdin, terminal=terminal
    )


async def finish(command: Exec) -> tuple[int, bytes, bytes]:
    """See it to its end: its exit code, and what it printed to either stream."""
    printed = {"stdout": b"", "stderr": b""}
    try:
        async with asyncio.timeout(60):
            async for stream, data in command.output:
                printed[stream] += data
            return await command.wait(), printed["stdout"], printed["stderr"]
    finally:
        command.close()


async def says(command: Exec, text: bytes) -> bytes:
    """Wait until it has printed this; all that it printed up to there."""
    seen = b""
    async with asyncio.timeout(60):
        async for _, data in command.output:
            seen += data
            if text in seen:
                return seen
    raise AssertionError(f"it ended with {seen!r}")


async def give(command: Exec, data: bytes) -> None:
    rest = memoryview(data)
    async with asyncio.timeout(60):
        while rest:
            rest = rest[await command.write(rest) :]


async def test_streams_are_told_apart(world: World) -> None:
    command = await begin(world, "sh", "-c", "echo out; echo err >&2; exit 5", stdin=False)
    assert await finish(command) == (5, b"out\n", b"err\n")


async def test_it_reads_what_it_is_given_to_its_end(world: World) -> None:
    command = await begin(world, "sh", "-c", "cat; echo over >&2")
    await give(command, b"one ")
    await give(command, b"two")
    await command.close_stdin()
    assert await finish(command) == (0, b"one two", b"over\n")


async def test_without_stdin_it_is_at_its_end(world: World) -> None:
    command = await begin(world, "sh", "-c", "cat; echo over", stdin=False)
    assert await finish(command) == (0, b"over\n", b"")


async def test_an_empty_input_ends_as_well(world: World) -> None:
    command = await begin(world, "cat")
    await command.close_stdin()
    assert await finish(command) == (0, b"", b"")


async def test_much_goes_through_both_ways(world: World) -> None:
    content = random.Random(1).randbytes(6 * MIB)
    command = await begin(world, "sh", "-c", "tee /dev/stderr")

    async def feed() -> None:
        await give(command, content)
        await command.close_stdin()

    feeding = asyncio.create_task(feed())
    code, stdout, stderr = await finish(command)
    await feeding
    assert code == 0
    assert hashlib.sha256(stdout).digest() == hashlib.sha256(content).digest()
    assert hashlib.sha256(stderr).digest() == hashlib.sha256(content).digest()


async def test_who_writes_waits_for_who_reads(world: World) -> None:
    command = await begin(world, "sleep", "60")
    taken = 0
    with suppress(TimeoutError):
        while taken < 64 * MIB:
            async with asyncio.timeout(2):
                taken += await command.write(bytes(MIB))
    assert 0 < taken < 16 * MIB
    await command.kill()
    assert (await finish(command))[0] == 137


async def test_one_that_has_ended_takes_no_more(world: World) -> None:
    command = await begin(world, "true", terminal=SIZE)
    assert (await finish(command))[0] == 0
    await command.resize(Terminal(50, 200))
    with pytest.raises(BrokenPipeError):
        await command.write(b"x")
    await command.close_stdin()
    await command.signal(signal.SIGTERM)
    await command.kill()


async def test_a_terminal(world: World) -> None:
    script = f"tty; {SIZED}; stty size; read -r line; {RESIZED}; stty size; echo $line >&2; cat"
    command = await begin(world, "sh", "-c", script, terminal=SIZE)
    assert (await says(command, b"24 80\r\n")).startswith(b"/dev/pts/0\r\n")
    await command.resize(Terminal(50, 200))
    await give(command, b"hello\n")
    assert b"hello\r\n50 200\r\nhello\r\n" in await says(command, b"200\r\nhello\r\n")
    await command.close_stdin()
    code, _, stderr = await finish(command)
    assert (code, stderr) == (0, b"")


@pytest.mark.parametrize("typed", [b"", b"half", b"line\n", b"line\r", b"half\x04"])
async def test_the_end_of_what_is_typed_is_told_once(world: World, typed: bytes) -> None:
    """So who reads next goes on, as in a shell."""
    script = "echo up; cat > /dev/null; echo between; read -r line; echo got $line"
    command = await begin(world, "sh", "-c", script, terminal=SIZE)
    await says(command, b"up")
    await give(command, typed)
    await command.close_stdin()
    await says(command, b"between")
    await give(command, b"more\n")
    await says(command, b"got more")


async def test_a_character_of_a_terminal_is_a_signal(world: World) -> None:
    command = await begin(world, "sh", "-c", "echo up; sleep 60", terminal=SIZE)
    await says(command, b"up")
    await give(command, b"\x03")
    assert (await finish(command))[0] == 128 + signal.SIGINT


@pytest.mark.parametrize("terminal", [None, SIZE], ids=["pipes", "terminal"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
async def test_signals(world: World, number: int, terminal: Terminal | None) -> None:
    command = await begin(world, "sh", "-c", "echo up; sleep 60; echo on", terminal=terminal)
    await says(command, b"up")
    await command.signal(number)
    assert (await finish(command))[0] == 128 + number


async def test_a_signal_goes_to_its_group_and_can_be_caught(world: World) -> None:
    # Before it is `sleep` the child is the shell still, whose trap takes the signal and does nothing.
    begun = "until grep -q sleep /proc/$!/comm; do :; done"
    script = f"trap 'wait; echo caught; exit 4' TERM; sleep 60 & {begun}; echo up; wait"
    command = await begin(world, "sh", "-c", script)
    await says(command, b"up")
    await command.signal(signal.SIGTERM)
    code, stdout, _ = await finish(command)
    assert (code, stdout) == (4, b"caught\n")


@pytest.mark.parametrize(("user", "ids"), [("0", "0 0"), ("1234", "1234 0"), ("12:34", "12 34")])
@pytest.mark.parametrize("terminal", [None, SIZE], ids=["pipes", "terminal"])
async def test_users(world: World, user: str, ids: str, terminal: Terminal | None) -> None:
    script = "echo $(id -u) $(id -g); echo err >&2; cat"
    command = await begin(world, "sh", "-c", script, user=user, terminal=terminal)
    await command.close_stdin()
    code, stdout, stderr = await finish(command)
    assert code == 0
    printed = (stdout + stderr).replace(b"\r\n", b"\n")
    assert printed.startswith(f"{ids}\nerr\n".encode())


@pytest.mark.parametrize("terminal", [None, SIZE], ids=["pipes", "terminal"])
async def test_a_user_that_isnt_there(world: World, terminal: Terminal | None) -> None:
    with pytest.raises(CommandError, match="nosuchuser"):
        await finish(await begin(world, "id", user="nosuchuser", terminal=terminal))


@pytest.mark.parametrize("terminal", [None, SIZE], ids=["pipes", "terminal"])
async def test_a_program_that_isnt_there(world: World, terminal: Terminal | None) -> None:
    with pytest.raises(CommandError, match="nowhere") as raised:
        await finish(await begin(world, "nowhere", terminal=terminal))
    assert raised.value.exit_code == 127


async def test_many_at_once_and_nothing_stays_open(world: World) -> None:
    container = await world.stay()

    async def one(number: int) -> None:
        script = ["sh", "-c", f"cat; exit {number}"]
        command = await container.execute(script, folder=None, environment={}, stdin=True)
        await give(command, str(number).encode())
        await command.close_stdin()
        assert await finish(command) == (number, str(number).encode(), b"")

    await one(0)
    before = len(os.listdir("/proc/self/fd"))
    await asyncio.gather(*map(one, range(8)))
    async with asyncio.timeout(60):
        while len(os.listdir("/proc/self/fd")) > before + 8:  # connections that are kept
            await asyncio.sleep(0.01)


async def test_an_engine_that_says_nothing_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who ends a command in time goes on with it then, and who signals one is told."""
    command = await begin(world, "cat", terminal=SIZE)
    await give(command, b"line\n")
    await says(command, b"line\r\nline")
    service = world._engine._service
    if service is None:
        pytest.skip("the engine isn't the runtime's own")
    assert service._process is not None
    monkeypatch.setattr(attachment, "ANSWER_SECONDS", 0.2)
    service._process.send_signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(60):
            for ask in (command.kill(), command.signal(signal.SIGTERM), command.resize(SIZE)):
                with pytest.raises(EngineError, match="didn't answer"):
                    await ask
    finally:
        service._process.send_signal(signal.SIGCONT)
    monkeypatch.undo()
    await command.kill()
    assert (await finish(command))[0] == 137
