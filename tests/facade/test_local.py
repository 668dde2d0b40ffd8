"""`local()`: the runtime as a child that never outlives its parent."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from cognitora import (
    APIConnectionError,
    Cognitora,
    CognitoraAsync,
    CognitoraError,
    InvalidRequestError,
)
from cognitora import local as local_module


def ended(pid: int, seconds: float = 15) -> bool:
    """Whether a process that isn't our child has ended, or does so in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def pid_of(client: Any) -> int:
    return int(client._client._runtime._started.process.pid)


def test_a_local_client_runs_code_and_ends_its_runtime(tmp_path: Path) -> None:
    with Cognitora.local(data_dir=tmp_path / "data", timeout=7) as client:
        pid = pid_of(client)
        assert client.base_url.startswith("http://127.0.0.1:")
        assert client.timeout == 7
        assert client.code_interpreter.run_python("6 * 7").text == "42"
        assert (tmp_path / "data").exists()
    assert ended(pid)
    client.close()


def test_the_programs_it_needs_are_not_looked_for_in_the_path_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with Cognitora.local() as client:
        assert client.code_interpreter.run_python("6 * 7").text == "42"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_runtime_that_has_ended_is_told_of(number: int) -> None:
    with Cognitora.local() as client:
        pid = pid_of(client)
        assert client.code_interpreter.list_sessions() == []
        os.kill(pid, number)
        assert ended(pid)
        with pytest.raises(APIConnectionError, match="local runtime of this client has ended"):
            client.code_interpreter.list_sessions()


def test_a_module_in_the_current_folder_is_not_imported_by_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "starlette.py").write_text("open('imported', 'w').close()")
    monkeypatch.chdir(tmp_path)
    with Cognitora.local() as client:
        assert client.code_interpreter.run_python("1").ok
    assert not (tmp_path / "imported").exists()


async def test_an_async_local_client_does_the_same() -> None:
    async with CognitoraAsync.local() as client:
        pid = pid_of(client)
        assert (await client.code_interpreter.run_python("6 * 7")).text == "42"
    assert ended(pid)


def test_the_key_is_neither_shown_nor_on_the_command_line() -> None:
    with Cognitora.local() as client:
        runtime: Any = client._client._runtime
        command = Path(f"/proc/{pid_of(client)}/cmdline").read_bytes()
        assert runtime.api_key.encode() not in command
        assert runtime.api_key not in repr(client) + repr(runtime)
        assert len(runtime.api_key) > 40


PARENT = """
import json, os, sys
from cognitora import Cognitora
client = Cognitora.local()
live = client.code_interpreter.session().open()
live.run("import subprocess; p = subprocess.Popen(['sleep', '600'])")
print(json.dumps({"runtime": client._client._runtime._started.process.pid}), flush=True)
{end}
"""
ENDS = {
    "killed": "os.kill(os.getpid(), 9)",
    "returns": "",
    "exits at once": "os._exit(3)",
    "raises": "raise RuntimeError",
    "terminated": "os.kill(os.getpid(), 15)",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_runtime_ends_with_its_parent_however_that_ends(end: str) -> None:
    program = PARENT.replace("{end}", end).replace('{"runtime"', '{"runtime"')
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = parent.communicate(timeout=60)
    assert out, err.decode()
    runtime = json.loads(out)["runtime"]
    assert ended(runtime)
    assert children_of_group(runtime) == []


def children_of_group(session: int) -> list[int]:
    """The processes of a session (the runtime starts one of its own) that are still there."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def test_a_runtime_lives_as_long_as_anything_of_its_client_and_no_longer() -> None:
    client = Cognitora.local()
    pid = pid_of(client)
    held = [client.code_interpreter]
    del client
    gc.collect()
    assert held[0].run_python("6 * 7").text == "42"
    with pytest.warns(ResourceWarning, match="unclosed client"):
        held.clear()
    assert ended(pid)


async def test_an_async_local_client_does_not_block_the_loop_while_it_starts() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    start = time.monotonic()
    client = CognitoraAsync.local()
    made = time.monotonic() - start
    assert repr(client) == "CognitoraAsync(base_url='http://127.0.0.1')"
    ticking = asyncio.create_task(tick())
    assert (await client.code_interpreter.run_python("6 * 7")).text == "42"
    whole = time.monotonic() - start
    assert made < whole / 2
    assert ticks > 10
    assert client.base_url in repr(client)
    ticking.cancel()
    await client.close()


async def test_an_async_runtime_that_does_not_start_tells_the_first_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        local_module,
        "_command",
        lambda *_: [sys.executable, "-c", "import sys; sys.exit('no bubblewrap here')"],
    )
    client = CognitoraAsync.local()
    for _ in range(2):
        with pytest.raises(CognitoraError, match="no bubblewrap here"):
            await client.code_interpreter.run_python("1")
    with pytest.raises(CognitoraError, match="no bubblewrap here"):
        async with client:
            pass
    await client.close()


def test_a_fork_does_not_end_its_parents_runtime() -> None:
    with Cognitora.local() as client:
        child = os.fork()
        if child == 0:
            try:
                client.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert client.code_interpreter.run_python("1").ok


def test_a_runtime_that_does_not_start_tells_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        local_module,
        "_command",
        lambda *_: [sys.executable, "-c", "import sys; sys.exit('no bubblewrap here')"],
    )
    with pytest.raises(CognitoraError, match="no bubblewrap here") as raised:
        Cognitora.local()
    assert "exit status 1" in raised.value.message


def test_the_log_of_a_failed_start_does_not_show_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    leak = "import os, sys; sys.exit(os.environ['COGNITORA_LOCAL_API_KEY'])"
    monkeypatch.setattr(local_module, "_command", lambda *_: [sys.executable, "-c", leak])
    with pytest.raises(CognitoraError, match=r"\*\*\*") as raised:
        Cognitora.local()
    assert "local_" not in raised.value.message.replace("local_api", "")


def test_a_runtime_that_is_never_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_module, "START_SECONDS", 0.2)
    monkeypatch.setattr(
        local_module, "_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(99)"]
    )
    with pytest.raises(CognitoraError, match="did not start"):
        Cognitora.local()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        local_module, "find_spec", lambda name: None if name == "starlette" else find_spec(name)
    )
    with pytest.raises(
        CognitoraError, match=r'starlette missing.*pip install "cognitora\[local\]>=2"'
    ):
        Cognitora.local()


def test_another_system_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(CognitoraError, match=r"nothing answers at /nowhere.*Start Docker Desktop"):
        Cognitora.local()


def test_ctrl_c_reaches_the_program_and_not_the_runtime() -> None:
    program = PARENT.replace("{end}", "import signal; signal.pause()")
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    runtime = json.loads(parent.stdout.readline())["runtime"]
    os.killpg(parent.pid, signal.SIGINT)
    _, err = parent.communicate(timeout=60)
    assert b"KeyboardInterrupt" in err
    assert ended(runtime)


def test_several_local_runtimes_live_side_by_side() -> None:
    async def both() -> list[str]:
        async with CognitoraAsync.local() as one, CognitoraAsync.local() as other:
            assert one.base_url != other.base_url
            calls = (client.code_interpreter.run_python("1") for client in (one, other))
            return [result.text for result in await asyncio.gather(*calls)]

    assert asyncio.run(both()) == ["1", "1"]


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
def test_what_is_set_about_containers_reaches_the_runtime(
    kind: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []

    def command(arguments: list[str]) -> list[str]:
        told.extend(arguments)
        return [sys.executable, "-c", "print('no')"]

    monkeypatch.setattr(local_module, "_command", command)
    client = None
    with suppress(CognitoraError):  # an async one finds out later
        client = kind.local(
            images={"python:3.11": "127.0.0.1:5000/python:3.11", "busybox": "127.0.0.1:5000/b"},
            engine="unix:///run/x.sock",
            container_store=tmp_path / "store",
        )
    if client is not None:
        asyncio.run(client.close())
    assert told == [
        "--engine=unix:///run/x.sock",
        f"--container-store={tmp_path / 'store'}",
        "--image=python:3.11=127.0.0.1:5000/python:3.11",
        "--image=busybox=127.0.0.1:5000/b",
    ]


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
@pytest.mark.parametrize(
    "images", [["python=x"], {"python": 1}, {"": "x"}, {"a=b": "x"}, {"a": ""}, {"-a": "x"}]
)
def test_images_that_are_none_start_nothing(
    kind: Any, images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora.local.subprocess.Popen", None)
    with pytest.raises(InvalidRequestError, match="images"):
        kind.local(images=images)


def test_a_runtime_knows_the_options_that_are_set_here(tmp_path: Path) -> None:
    images = {"python:3.11": "127.0.0.1:5000/python:3.11"}
    with Cognitora.local(
        images=images,
        engine="unix:///no.sock",
        container_store=tmp_path,
    ) as client:
        assert client.code_interpreter.run_python("6 * 7").text == "42"
