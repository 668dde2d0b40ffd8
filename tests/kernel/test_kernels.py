"""Kernels side by side, and what is left of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cognitora_local.kernel import Kernel, UnsupportedLanguage
from cognitora_local.sandbox import Host, Limits, SandboxError
from cognitora_local.system import remove_folder
from tests import processes
from tests.kernel.conftest import Session, Start, text


def children() -> set[int]:
    """The processes that this one has started and that haven't been waited for."""
    return {child.pid for child in processes.children(os.getpid())}


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def start_plain(host: Host, folder: Path) -> Kernel:
    return await Kernel.start(
        host,
        language="python",
        folder=folder,
        limits=Limits(),
        environment={},
        name="plain",
    )


async def test_other_languages_are_unsupported(start: Start) -> None:
    with pytest.raises(UnsupportedLanguage, match="doesn't run 'cobol' yet; it runs python"):
        await start(language="cobol")


async def test_sessions_run_side_by_side(start: Start) -> None:
    sessions = await asyncio.gather(*(start(folder=f"work-{i}") for i in range(4)))
    for number, session in enumerate(sessions):
        await session.run(f"me = {number}; open('mine', 'w').write(str(me));")
    # Each waits for a file that the test makes when all have begun: in turn they would never end.
    waiting = "import os, time\nprint('on')\nwhile not os.path.exists('go'): time.sleep(0.005)\nme"
    runs = await asyncio.gather(*(session.until_output(waiting, "on") for session in sessions))
    for session in sessions:
        (session.kernel.folder / "go").touch()
    outcomes = await asyncio.gather(*runs)
    assert [outcome.outputs[-1].data for outcome in outcomes] == ["0", "1", "2", "3"]


async def test_a_slow_session_holds_up_no_other(start: Start) -> None:
    slow, quick = await start(folder="slow"), await start(folder="quick")
    running = await slow.until_output("print('on')\nwhile True: pass", "on")
    assert await quick.value("1 + 1") == "2"
    assert not running.done()
    await slow.kernel.interrupt()
    await running


async def test_nothing_is_left_after_close(host: Host, tmp_path: Path) -> None:
    kernel = await start_plain(host, tmp_path / "first")
    await kernel.close()
    before = (descriptors(), children(), len(asyncio.all_tasks()))
    for number in range(5):
        kernel = await start_plain(host, tmp_path / f"work-{number}")
        session = Session(kernel)
        await session.run("import subprocess; subprocess.Popen(['sleep', '60']); print(1)")
        if number % 2:
            await session.run("import os; os._exit(1)")
        await kernel.close()
        await kernel.close()
        await remove_folder(kernel.folder)
        assert not (tmp_path / f"work-{number}").exists()
    descriptors_then, children_then, tasks_then = before  # some of the first kernel may still go
    assert descriptors() <= descriptors_then
    assert children() <= children_then
    assert len(asyncio.all_tasks()) <= tasks_then


async def test_close_keeps_the_folder(host: Host, tmp_path: Path) -> None:
    kernel = await start_plain(host, tmp_path / "work")
    await Session(kernel).run("open('kept', 'w').close()")
    await kernel.close()
    assert (tmp_path / "work" / "kept").exists()


async def test_a_new_kernel_finds_the_files_of_the_old(host: Host, tmp_path: Path) -> None:
    kernel = await start_plain(host, tmp_path / "work")
    await Session(kernel).run("print('kept', file=open('kept', 'w'), flush=True)")
    await kernel.close()
    kernel = await start_plain(host, tmp_path / "work")
    assert await Session(kernel).value("open('kept').read()") == repr("kept\n")
    await kernel.close()


async def test_folders_nested_beyond_reason_are_removed(host: Host, tmp_path: Path) -> None:
    kernel = await start_plain(host, tmp_path / "work")
    outcome = await Session(kernel).run(
        "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')"
    )
    assert outcome.errors == []
    await kernel.close()
    await remove_folder(kernel.folder)
    assert not (tmp_path / "work").exists()


async def test_closing_ends_what_runs(session: Session) -> None:
    running = await session.until_output("print('on')\nwhile True: pass", "on")
    await session.kernel.close()
    outcome = await running
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("interrupted", True, "on\n")
    assert outcome.errors == ["The kernel was closed while the code ran."]
    assert (await session.run("1")).errors == ["The kernel was closed."]


async def test_network_belongs_to_the_execution(session: Session) -> None:
    names = "[line.split(':')[0].strip() for line in list(open('/proc/net/dev'))[2:]]"
    assert await session.value(names) == "['lo']"
    outcome = await session.run(names, networking=True)
    assert outcome.outputs[0].data != "['lo']"
    assert await session.value(names) == "['lo']"


async def test_usage(session: Session) -> None:
    outcome = await session.run(
        "import time\nx = bytearray(50_000_000)\nend = time.process_time() + 0.2\n"
        "while time.process_time() < end: pass"
    )
    assert 150 <= outcome.usage.cpu_ms <= outcome.wall_ms * 1.5 + 50
    assert outcome.usage.peak_memory_mb is None or outcome.usage.peak_memory_mb > 48
    assert (await session.run("1")).usage.cpu_ms < 100


async def test_a_driver_that_will_not_start(host: Host, tmp_path: Path) -> None:
    before = (descriptors(), children())
    with pytest.raises(SandboxError, match=r"The python driver didn't start .* exit status \d"):
        await Kernel.start(
            host,
            language="python",
            folder=tmp_path / "work",
            limits=Limits(),
            environment={"PYTHONHOME": "/nowhere"},
            name="broken",
        )
    assert (descriptors(), children()) == before
