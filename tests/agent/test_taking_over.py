"""A gateway that takes over what another has begun: told all of it, and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cognitora_local.kernel import Kernel, Outcome, TakenOverKernel
from cognitora_local.kubernetes.host import PodHost
from cognitora_local.kubernetes.link import Link
from cognitora_local.kubernetes.options import PodOptions
from cognitora_local.kubernetes.sandbox import PodSandbox
from cognitora_local.sandbox import Limits, NeverStarted, SandboxError
from tests.agent.agents import TOKEN, RunningAgent
from tests.agent.clusters import ToldCluster
from tests.agent.test_kernels import AgentBackend
from tests.runtime.conftest import until

WAIT = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n"


class Gateways:
    """Gateways of one agent, one after the other."""

    def __init__(self, agent: RunningAgent, folder: Path, stack: AsyncExitStack) -> None:
        self.folder = folder
        self._agent = agent
        self._stack = stack
        self._term = 0

    async def first(self, language: str = "python") -> Kernel:
        kernel = await Kernel.start(
            AgentBackend(self._agent),
            language=language,
            folder=self.folder,
            limits=Limits(),
            environment={},
            name="test",
        )
        self._stack.push_async_callback(kernel.close)
        return kernel

    async def next(self, before: Kernel, term: int | None = None) -> TakenOverKernel:
        """The one that takes over from another."""
        self._term += 1
        assert before.address is not None
        kernel = await TakenOverKernel.attach(
            AgentBackend(self._agent),
            before.address,
            language="python",
            limits=Limits(),
            environment={},
            term=self._term if term is None else term,
        )
        self._stack.push_async_callback(kernel.close)
        return kernel

    async def exists(self, name: str) -> None:
        async def there() -> bool:
            return (self.folder / name).exists()

        await until(there)


@pytest_asyncio.fixture
async def gateways(agent: RunningAgent, tmp_path: Path) -> AsyncIterator[Gateways]:
    (tmp_path / "work").mkdir()
    async with AsyncExitStack() as stack:
        yield Gateways(agent, tmp_path / "work", stack)


async def ran(kernel: Kernel, code: str, id: str, **more: Any) -> Outcome:
    given: dict[str, Any] = {"timeout_seconds": 60, "networking": False, "environment": {}}
    return await kernel.execute(code, **given | more, id=id)


def text(outcome: Outcome) -> str:
    return "".join(str(each.data) for each in outcome.outputs if each.type == "stdout")


async def test_what_runs_is_told_from_its_beginning(gateways: Gateways) -> None:
    one = await gateways.first()
    await ran(one, "x = 5; print('before')", "exec_1")
    one.settle()
    code = f"open('ran', 'a').write('x')\nprint('first', flush=True)\n{WAIT}print('last', x)"
    running = asyncio.create_task(ran(one, code, "exec_2"))
    await gateways.exists("ran")
    other = await gateways.next(one)
    assert other.begun is not None
    assert (other.begun.id, other.begun.settled) == ("exec_2", False)
    assert (await running).status == "failed"  # of whose gateway the agent hears no more
    resumed = asyncio.create_task(other.resume(60))
    (gateways.folder / "go").touch()
    outcome = await resumed
    assert (outcome.status, text(outcome)) == ("completed", "first\nlast 5\n")
    other.settle()
    assert text(await ran(other, "print(x, open('ran').read())", "exec_3")) == "5 x\n"


async def test_a_command_that_never_was_is_told_from_one_that_is_over(gateways: Gateways) -> None:
    one = await gateways.first()
    ended = await one.exec(["true"], folder="/", environment={}, terminal=None, id="proc_1")
    assert await ended.wait() == 0
    ended.close()
    other = await gateways.next(one)
    with pytest.raises(NeverStarted):
        await other.command("proc_2", 0)

    async def is_over() -> bool:
        with pytest.raises(SandboxError) as error:
            await other.command("proc_1", 0)
        return not isinstance(error.value, NeverStarted)

    await until(is_over)


async def test_what_has_ended_unheard_is_told(gateways: Gateways) -> None:
    one = await gateways.first()
    await ran(one, "print('y' * 3_000_000)", "exec_1")
    other = await gateways.next(one)
    outcome = await other.resume(60)
    assert (outcome.status, text(outcome)) == ("completed", "y" * 3_000_000 + "\n")


async def test_what_is_settled_is_not_told_again(gateways: Gateways) -> None:
    one = await gateways.first()
    for number in range(3):
        await ran(one, "print('y' * 100_000)", f"exec_{number}")
        one.settle()
    other = await gateways.next(one)
    assert other.begun is not None
    assert other.begun.settled
    assert text(await ran(other, "print('z')", "exec_3")) == "z\n"
    third = await gateways.next(other)
    assert text(await third.resume(60)) == "z\n"


async def test_the_state_outlives_a_large_display_that_was_on_its_way(gateways: Gateways) -> None:
    """Of a thread, between two executions: the first is settled while half of it has come."""
    one = await gateways.first()
    show = "display({'text/plain': 'y' * 6_000_000}, raw=True)"
    code = f"import threading\nx = 5\ndef show():\n    {WAIT.replace(chr(10), chr(10) + '    ')}{show}\n"
    await ran(one, f"{code}threading.Thread(target=show).start()", "exec_1")
    assert isinstance(one._sandbox, PodSandbox)
    link = one._sandbox._link
    before = link.taken
    (gateways.folder / "go").touch()
    async with asyncio.timeout(60):
        while link.taken < before + 2:
            await asyncio.sleep(0)
    one.settle()
    await asyncio.wait_for(link.send("stdin"), 60)  # which it takes after that
    other = await gateways.next(one)
    outcome = await ran(other, "print(x)", "exec_2", timeout_seconds=120)
    assert (outcome.status, text(outcome)) == ("completed", "5\n")


async def test_one_that_was_begun_never_begins_again(gateways: Gateways) -> None:
    one = await gateways.first()
    await ran(one, "open('ran', 'a').write('x')", "exec_1")
    other = await gateways.next(one)
    await other.resume(60)
    with pytest.raises(RuntimeError, match="exec_1 was begun before"):
        await ran(other, "open('ran', 'a').write('x')", "exec_1")
    assert (gateways.folder / "ran").read_text() == "x"


async def test_what_was_never_handed_over_was_not_begun(gateways: Gateways) -> None:
    """Its gateway was lost in between."""
    one = await gateways.first()
    await ran(one, "x = 1", "exec_1")
    one.settle()
    await one._sandbox.begin("exec_2", 2)
    other = await gateways.next(one)
    assert other.begun is not None
    assert (other.begun.id, other.begun.settled) == ("", True)
    assert text(await ran(other, "print(x)", "exec_3")) == "1\n"


async def test_who_was_taken_over_from_is_shut_out(gateways: Gateways) -> None:
    one = await gateways.first()
    other = await gateways.next(one)
    outcome = await ran(one, "open('ran', 'a').write('x')", "exec_1")
    assert outcome.status == "failed"
    with pytest.raises(SandboxError, match="Another gateway has taken over"):
        await gateways.next(other, term=0)
    assert text(await ran(other, "print(1)", "exec_2")) == "1\n"
    assert not (gateways.folder / "ran").exists()


async def test_a_pod_whose_output_is_lost_is_removed(
    gateways: Gateways, agent: RunningAgent
) -> None:
    one = await gateways.first()
    for number in range(3):
        await ran(one, "print('y' * 9_000_000)", f"exec_{number}")
    assert one.address is not None
    cluster = ToldCluster(agent.dial)
    host = PodHost(cluster, PodOptions(), lambda: None)
    attached = TakenOverKernel.attach(
        *(host, one.address), language="python", limits=Limits(), environment={}, term=1
    )
    with pytest.raises(SandboxError, match="too much to be kept"):
        await attached
    assert cluster.deleted == ["agent"]
    await cluster.close()


async def test_a_timeout_goes_on_to_count(gateways: Gateways) -> None:
    one = await gateways.first()
    running = asyncio.create_task(ran(one, f"open('ran', 'w')\n{WAIT}", "exec_1"))
    await gateways.exists("ran")
    other = await gateways.next(one)
    await running
    outcome = await other.resume(1)
    assert outcome.status == "timeout"
    assert text(await ran(other, "print(1)", "exec_2")) == "1\n"


async def test_all_that_is_kept_is_told_at_once(gateways: Gateways, agent: RunningAgent) -> None:
    """Whoever takes over may have other things to do meanwhile."""
    one = await gateways.first()
    await ran(one, "print('y' * 9_999_999)", "exec_1")
    assert one.address is not None
    driver = json.loads(one.address)["driver"]
    link = Link(agent.dial, {"token": TOKEN, "term": 1, "id": driver}, again=True)
    agent.links.append(link)
    await link.open()
    await asyncio.wait_for(link.send("stdin"), 60)  # which is answered behind all that
