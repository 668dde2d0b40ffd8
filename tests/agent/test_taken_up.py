"""What a gateway finds of commands that an earlier one has started."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from cognitora_local.kubernetes import manifests, python_copy
from cognitora_local.kubernetes.link import Link, Refused, ask
from tests.agent.agents import TOKEN, RunningAgent, descriptors, printed
from tests.needs import AS_ROOT
from tests.runtime.conftest import until


def found_again(agent: RunningAgent, identity: str) -> Link:
    link = Link(agent.dial, {"token": TOKEN, "id": identity}, again=True)
    agent.links.append(link)
    return link


async def test_what_the_earlier_one_has_not_taken_is_told(agent: RunningAgent) -> None:
    script = "head -c 3000000 /dev/zero; read line; echo end $line"
    first = await agent.command("sh", "-c", script, identity="a")
    first.send("write", b"not ")
    taken = 0
    async for _, _, data in first.records():
        taken += len(data)
        if taken == 3_000_000:
            break
    first.give_up("Its gateway was killed.")
    agent.break_off()
    again = found_again(agent, "a")
    await again.open()
    assert 0 < again.missing <= 3_000_000
    again.send("write", b"yet\n")
    assert await printed(again) == bytes(3_000_000 - again.missing) + b"end not yet\n"
    assert (await asyncio.wait_for(again.over, 30))["status"] == 0


async def test_what_the_earlier_one_was_told_may_come_again(agent: RunningAgent) -> None:
    """So little that nobody has said that it arrived, and among it that a record was taken."""
    script = "echo begun; read line; echo line; read line; echo end $line"
    first = await agent.command("sh", "-c", script, identity="a")
    await first.send("write", b"one\n")
    async for _, _, data in first.records():
        if data.endswith(b"line\n"):
            break
    first.give_up("Its gateway was killed.")
    agent.break_off()
    again = found_again(agent, "a")
    await again.open()
    again.send("write", b"two\n")
    assert (again.missing, await printed(again)) == (0, b"begun\nline\nend two\n")


@pytest.mark.parametrize("terminal", [None, (24, 80)])
async def test_one_without_input_needs_nobody_to_end_that(
    agent: RunningAgent, terminal: tuple[int, int] | None
) -> None:
    """Its gateway was lost as soon as it was started."""
    command = ("sh", "-c", "stty -echo 2>&-; cat; echo over; exec sleep 600")
    first = await agent.command(*command, identity="a", terminal=terminal, stdin=False)
    first.give_up("Its gateway was killed.")
    agent.break_off()
    again = found_again(agent, "a")
    await again.open()
    async with asyncio.timeout(30):
        async for _, _, data in again.records():
            if b"over" in data:
                break
    assert (again.told["given"], again.told["closed"]) == (0, True)


async def test_one_that_was_never_started_is_not_found(agent: RunningAgent) -> None:
    with pytest.raises(Refused, match="unknown"):
        await found_again(agent, "a").open()


async def test_all_are_ended_but_one(agent: RunningAgent) -> None:
    ended = await agent.command("sleep", "600", identity="a")
    stays = await agent.command("cat", identity="b")
    stream, _ = await ask(agent.dial, op="end", token=TOKEN, but="b")
    stream.close()
    assert (await asyncio.wait_for(ended.over, 30))["status"] == 137
    stays.send("close_stdin")
    assert (await asyncio.wait_for(stays.over, 30))["status"] == 0


async def test_nothing_is_left_of_those_that_are_ended(agent: RunningAgent) -> None:
    """Nobody will read what they have printed: one waits for that, and one has ended."""
    before = await descriptors(agent)
    flood = await agent.command("head", "-c", "20000000", "/dev/zero", identity="a")
    told = await agent.command("echo", "told", identity="b")
    await asyncio.wait_for(told.over, 30)
    for link in (flood, told):
        link.give_up("Its gateway was killed.")
    agent.break_off()
    stream, _ = await ask(agent.dial, op="end", token=TOKEN, but=None)
    stream.close()

    async def is_forgotten() -> bool:
        for identity in ("a", "b"):
            with suppress(Refused):
                stream, _ = await ask(agent.dial, op="open", token=TOKEN, id=identity, have=0)
                stream.close()
                return False
        return await descriptors(agent) == before

    await until(is_forgotten)


def test_a_copied_python_needs_nothing_around_it(tmp_path: Path) -> None:
    """In a root folder that has nothing else."""
    source, root = tmp_path / "source", tmp_path / "root"
    items = manifests.config_map()["data"].items()
    for key, text in items:
        file = source / key.replace("..", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    to = root / "python"
    to.mkdir(parents=True)
    program = (
        f"{Path(python_copy.__file__).read_text()}\ncopy(Path({str(source)!r}), Path({str(to)!r}))"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)
    told = "import sys; sys.path[:0] = ['/python', '/python/packages']; " + python_copy.IMPORTS
    inside = [*python_copy.python(Path("/python")), "-I", "-S", "-c", f"{told}; print(sys.prefix)"]
    done = subprocess.run([*AS_ROOT, "chroot", root, *inside], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("/python\n", "")
