"""The agent of a pod, as a plain process: what it starts, once, and what it keeps."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cognitora_local.kubernetes.agent import system_calls
from cognitora_local.kubernetes.agent.server import UNHEARD
from cognitora_local.kubernetes.command import PodCommand, why
from cognitora_local.kubernetes.link import Link, Refused, ask
from tests.agent.agents import TOKEN, RunningAgent, descriptors, printed, running
from tests.sandbox.test_system_calls import ALLOWED, verdict


async def status(link: Link) -> int:
    told = await asyncio.wait_for(link.over, 30)
    return int(told["status"])


async def test_the_kernel_is_to_take_what_it_runs_before_it(agent: RunningAgent) -> None:
    link = await agent.command("cat", "/proc/self/oom_score_adj", identity="a")
    own = Path(f"/proc/{agent.process.pid}/oom_score_adj").read_text()
    assert int(await printed(link)) > int(own)


async def test_a_command_runs_and_its_end_is_told(agent: RunningAgent) -> None:
    link = await agent.command("sh", "-c", "echo out; echo err >&2; exit 3", identity="a")
    found = [(kind, data) async for kind, _, data in link.records()]
    assert sorted(found) == [("stderr", b"err\n"), ("stdout", b"out\n")]
    assert await status(link) == 3


async def test_what_was_started_once_is_not_started_again(
    agent: RunningAgent, tmp_path: Path
) -> None:
    script = f"echo x >> {tmp_path}/ran; cat"
    first = await agent.command("sh", "-c", script, identity="a")
    again = await agent.command("sh", "-c", script, identity="a")  # it takes the first one up
    again.send("close_stdin")
    assert await status(again) == 0
    assert await printed(again) == b""
    again.close()
    first.close()

    async def is_forgotten() -> bool:
        try:
            (await agent.command("sh", "-c", script, identity="a")).close()
        except Refused as error:
            return bool(error.told["error"] == "over")
        return False

    while not await is_forgotten():
        await asyncio.sleep(0.01)
    assert (tmp_path / "ran").read_text() == "x\n"


async def test_what_breaks_of_connections_is_made_up_for(agent: RunningAgent) -> None:
    """Each byte goes there and back once, whatever was on its way when they broke."""
    link = await agent.command("cat", identity="a")
    content = os.urandom(300_000)
    reading = asyncio.create_task(printed(link))

    async def write() -> None:
        left = content
        while left:
            told = await link.send("write", left[:10_000])
            left = left[told["count"] :]
        link.send("close_stdin")

    writing = asyncio.create_task(write())
    for _ in range(20):
        agent.break_off()
        await asyncio.sleep(0.01)
    await writing
    assert await reading == content
    assert await status(link) == 0


async def test_input_whose_answer_nobody_waited_for_is_given_once(agent: RunningAgent) -> None:
    link = await agent.command("sh", "-c", "kill -STOP $$; cat", identity="a")
    command = PodCommand(link)
    reading = asyncio.create_task(printed(link))
    content = os.urandom(300_000)
    taken = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            while True:  # until it takes no more
                taken += await command.write(content[taken:])
    await command.signal(signal.SIGCONT)
    while taken < len(content):
        taken += await command.write(content[taken:])
    await command.close_stdin()
    assert await reading == content


async def test_a_flood_waits_for_its_reader(agent: RunningAgent) -> None:
    size = 20_000_000
    link = await agent.command("head", "-c", str(size), "/dev/zero", identity="a")
    await agent.tell()
    assert not link.over.done()  # it waits: nobody has read
    assert len(await printed(link)) == size
    assert await status(link) == 0


async def test_a_terminal(agent: RunningAgent) -> None:
    link = await agent.command("sh", "-c", "stty size; cat", identity="a", terminal=(12, 34))
    link.send("write", b"half")
    link.send("close_stdin")
    text = await printed(link)
    assert b"12 34\r\n" in text
    assert await status(link) == 0


@pytest.mark.parametrize(
    ("command", "folder", "of"),
    [("nothing-like-it", "/", "command"), ("true", "/nowhere", "folder")],
)
async def test_what_cannot_be_started_is_told(
    agent: RunningAgent, command: str, folder: str, of: str
) -> None:
    with pytest.raises(Refused) as caught:
        await agent.command(command, identity="a", folder=folder)
    assert (caught.value.told["errno"], caught.value.told["of"]) == (2, of)


@pytest.mark.parametrize("kind", ["driver", "command", "terminal"])
async def test_one_that_there_are_no_descriptors_for_leaves_none(
    agent: RunningAgent, kind: str
) -> None:
    process = psutil.Process(agent.process.pid)
    before, limits = await descriptors(agent), process.rlimit(psutil.RLIMIT_NOFILE)
    spec = {
        "kind": "driver" if kind == "driver" else "command",
        "command": ["cat"],
        "environment": {"PATH": os.defpath},
        "folder": "/",
        "terminal": (24, 80) if kind == "terminal" else None,
        "stdin": True,
    }
    for more in range(1, 10):  # of which one is for the connection
        process.rlimit(psutil.RLIMIT_NOFILE, (before + more, limits[1]))
        with pytest.raises(Refused, match="not started"):
            await Link(agent.dial, {"token": TOKEN, "id": str(more), "spec": spec}).open()
        process.rlimit(psutil.RLIMIT_NOFILE, limits)
        assert await descriptors(agent) == before


STOPPER = """
import os, signal, sys
children = f"/proc/{sys.argv[1]}/task/{sys.argv[1]}/children"
print("up", flush=True)
while True:
    for pid in open(children).read().split():
        try:
            os.kill(int(pid), signal.SIGSTOP)
        except ProcessLookupError:
            pass
"""


@pytest.mark.parametrize("command", ["true", "nothing-like-it"])
async def test_one_that_is_stopped_as_it_begins_keeps_nobody_waiting(
    agent: RunningAgent, command: str
) -> None:
    stopper = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STOPPER, str(agent.process.pid)), stdout=subprocess.PIPE
    )
    said = set()
    try:
        assert stopper.stdout is not None
        await stopper.stdout.readline()
        for number in range(100):
            try:
                link = await asyncio.wait_for(agent.command(command, identity=str(number)), 10)
            except Refused as error:
                said.add(str(why(error, [command], "/")))
                if error.told["of"] == "process":
                    break
            else:
                link.tell(kill=True)  # it was stopped later, when it was the command
                await status(link)
        else:
            pytest.fail("none was stopped as it began")
    finally:
        stopper.kill()
        await stopper.wait()
    assert any("can't be entered: no process begins there now" in each for each in said)
    assert await status(await agent.command("true", identity="later")) == 0
    while psutil.Process(agent.process.pid).children():  # which were stopped when they had said all
        for child in psutil.Process(agent.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                child.resume()
        await asyncio.sleep(0.01)


async def test_a_name_that_is_no_text_keeps_nothing_alive(agent: RunningAgent) -> None:
    named = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'\\xff')"
    named += "; print('up', flush=True); time.sleep(600)"
    link = await agent.command("python3", "-c", named, identity="a")
    async for _, _, data in link.records():
        assert data == b"up\n"
        break
    link.tell(kill=True)
    assert await status(link) == 128 + signal.SIGKILL


async def test_a_killed_command_takes_along_what_it_has_started(agent: RunningAgent) -> None:
    script = "sleep 600 & setsid sleep 600 & echo started; wait"
    link = await agent.command("sh", "-c", script, identity="a")
    async for _, _, data in link.records():
        assert data == b"started\n"
        break
    below = psutil.Process(agent.process.pid).children(recursive=True)
    assert len(below) >= 3
    link.tell(kill=True)
    assert await status(link) == 128 + signal.SIGKILL
    while any(has_not_ended(each) for each in below):
        await asyncio.sleep(0.01)


async def test_nothing_begins_between_a_driver_and_the_next(agent: RunningAgent) -> None:
    def driver(number: int, script: str) -> Link:
        spec = {"kind": "driver", "command": ["sh", "-c", script], "environment": {}, "folder": "/"}
        link = Link(agent.dial, {"token": TOKEN, "id": f"driver-{number}", "spec": spec})
        agent.links.append(link)
        return link

    first = driver(1, "exit 3")
    await first.open()
    assert await status(first) == 3
    with pytest.raises(Refused) as caught:
        await agent.command("true", identity="a")
    assert caught.value.told["of"] == "process"
    with pytest.raises(Refused, match="over"):
        await ask(agent.dial, op="visit", token=TOKEN)
    await driver(2, "sleep 600").open()
    assert await status(await agent.command("true", identity="b")) == 0


async def test_orphans_are_reaped(agent: RunningAgent) -> None:
    link = await agent.command("sh", "-c", "setsid sleep 0.05 & setsid sleep 600 &", identity="a")
    assert await status(link) == 0
    below = psutil.Process(agent.process.pid)
    while len(below.children()) != 1:  # the one that lasts: nothing is left of the others
        await asyncio.sleep(0.01)


async def test_nobody_else_may_ask_for_anything(agent: RunningAgent) -> None:
    await agent.tell()  # who comes first is known from then on
    with pytest.raises(Refused) as caught:
        await agent.tell("somebody else's")
    assert caught.value.told == {"error": "denied"}


async def test_it_ends_with_all_when_no_gateway_is_heard() -> None:
    async with running(seconds=1.0) as agent:
        await agent.command("sh", "-c", "setsid sleep 600 & sleep 600", identity="a")
        below = psutil.Process(agent.process.pid).children(recursive=True)
        heard = time.monotonic()
        await agent.tell()
        assert await asyncio.wait_for(agent.process.wait(), 30) == UNHEARD
        assert time.monotonic() - heard >= 1.0
        while any(has_not_ended(each) for each in below):
            await asyncio.sleep(0.01)


def has_not_ended(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


X32 = 0x40000000
SOCKET = {0xC000003E: (41, X32 | 41), 0x40000003: (359,), 0xC00000B7: (198,), 0x40000028: (281,)}
UNKNOWN = {  # io_setup, memfd_secret, io_uring_setup
    0xC000003E: (206, 543, X32 | 543, 447, X32 | 447, 425, X32 | 425),
    0x40000003: (245, 447, 425, 102),
    0xC00000B7: (0, 447, 425),
    0x40000028: (243, 447, 425),
}
MACHINES = {"x86_64": (0xC000003E, 0x40000003), "aarch64": (0xC00000B7, 0x40000028)}


@pytest.mark.parametrize(
    ("machine", "arch"), [(name, arch) for name, each in MACHINES.items() for arch in each]
)
def test_each_machine_refuses_the_same(machine: str, arch: int) -> None:
    program = b"".join(system_calls._instructions(machine))
    for number in SOCKET[arch]:
        for family, error in ((40, errno.EAFNOSUPPORT), (16, errno.EAFNOSUPPORT), (2, 0), (1, 0)):
            expected = 0x50000 | error if error else ALLOWED
            assert verdict(program, arch, number, (family,)) == expected
    for number in UNKNOWN[arch]:
        assert verdict(program, arch, number, (16,)) == 0x50000 | errno.ENOSYS
    for number in (3, 60, 1000):
        assert verdict(program, arch, number, (16,)) == ALLOWED


async def test_nothing_that_it_starts_gets_what_it_refuses(agent: RunningAgent) -> None:
    code = """
import errno, socket
for family in (40, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        print(errno.errorcode[error.errno])
socket.socket(), socket.socket(socket.AF_UNIX), print("made")
"""
    link = await agent.command("python3", "-c", code, identity="a")
    assert (await printed(link)).decode() == "EAFNOSUPPORT\n" * 2 + "made\n"
    assert "lo" in (await agent.tell())["interfaces"]
