"""How a runtime is started, and how it ends with its parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.processes import with_marker
from tests.runtime.conftest import EXECUTE, SESSIONS, START_SECONDS, Process, Start, printed, run
from tests.runtime.leftovers import sleeping

HttpOf = Callable[[Process], httpx.AsyncClient]
URL = "postgresql://u:s3cret@h/db"


async def test_the_ready_line(start: Start, http_of: HttpOf) -> None:
    runtime = await start()
    assert set(runtime.ready) == {"base_url", "api_key", "isolation"}
    assert runtime.ready["base_url"].startswith("http://127.0.0.1:")
    assert runtime.ready["api_key"].startswith("cgk_local_")
    assert len(runtime.ready["api_key"]) > 40
    assert "bubblewrap" in runtime.ready["isolation"]["sandbox"]
    async with http_of(runtime) as http:
        assert (await http.get(SESSIONS)).status_code == 200
    assert runtime.log == ""


async def test_keys_from_the_environment_and_the_command_line(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_LOCAL_API_KEY", "cgk_three cgk_four")
    runtime = await start("--api-key", "cgk_one", "--api-key", "cgk_two")
    assert runtime.ready["api_key"] == "cgk_one"
    async with httpx.AsyncClient(base_url=runtime.ready["base_url"]) as http:
        for key in ("cgk_one", "cgk_two", "cgk_three", "cgk_four"):
            headers = {"Authorization": f"Bearer {key}"}
            assert (await http.get(SESSIONS, headers=headers)).status_code == 200


async def test_the_key_is_in_no_log_and_in_no_sandbox(
    start: Start, http_of: HttpOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_LOCAL_API_KEY", "cgk_unheard_of")
    runtime = await start("--log-level", "debug")
    async with http_of(runtime) as http:
        assert await printed(http, "import os; print('cgk' in str(os.environ))") == "False\n"
        await http.get(SESSIONS, headers={"Authorization": "Bearer cgk_unheard_of_too"})
    await runtime.stop()
    assert "POST /api/v1/interpreter/execute -> 200" in runtime.log
    assert "cgk_unheard_of" not in runtime.log


async def test_without_a_data_folder_nothing_is_kept(
    start: Start, http_of: HttpOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    runtime = await start()
    (folder,) = tmp_path.glob("cognitora-local-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    async with http_of(runtime) as http:
        await run(http, "1")
    assert await runtime.stop() == 0
    assert list(tmp_path.glob("cognitora-local-*")) == []


async def test_a_temporary_folder_of_a_killed_runtime_is_swept_up(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    first = await start()
    (left,) = tmp_path.glob("cognitora-local-*")
    first.process.send_signal(signal.SIGKILL)
    await first.process.wait()
    os.utime(left, (0, 0))
    second = await start()
    assert not left.exists()
    (own,) = tmp_path.glob("cognitora-local-*")
    os.utime(own, (0, 0))
    third = await start()
    assert own.exists()  # it is old, and still in use
    for runtime in (second, third):
        assert await runtime.stop() == 0


async def test_another_address_than_loopback_is_warned_about(start: Start) -> None:
    runtime = await start("--host", "0.0.0.0")
    (warning,) = runtime.log.splitlines()
    assert "0.0.0.0" in warning
    assert "other machines" in warning
    assert runtime.ready["base_url"].startswith("http://127.0.0.1:")


async def test_a_key_that_other_machines_would_guess(start: Start) -> None:
    runtime = await start("--host", "0.0.0.0", "--api-key", "k" * 15, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), 60) == 125
    (sentence,) = runtime.log.splitlines()
    assert "fewer than 16 characters" in sentence
    assert "k" * 15 not in sentence


async def test_a_port_that_is_taken(start: Start) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        runtime = await start("--port", str(port), ready=False)
        assert await asyncio.wait_for(runtime.process.wait(), START_SECONDS) == 125
    (sentence,) = runtime.log.splitlines()
    assert f"127.0.0.1:{port}" in sentence


async def test_a_sandbox_that_can_not_be_had(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = await start("--python", tmp_path / "no-such-python", ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), START_SECONDS) == 125
    assert runtime.process.stdout is not None
    assert await runtime.process.stdout.read() == b""
    lines = runtime.log.splitlines()
    assert len(lines) == 1, lines
    assert "no-such-python" in lines[0]


PARENT = """
import json, os, subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-m", "cognitora_local", "--parent", str(os.getpid())],
    stdout=subprocess.PIPE,
)
ready = json.loads(child.stdout.readline())
print(json.dumps({**ready, "pid": child.pid}), flush=True)
time.sleep(600)
"""


async def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    ready = json.loads(await asyncio.wait_for(parent.stdout.readline(), 20))
    child = os.pidfd_open(ready["pid"])
    headers = {"Authorization": f"Bearer {ready['api_key']}"}
    marker = f"marker-{os.urandom(8).hex()}"
    async with httpx.AsyncClient(base_url=ready["base_url"], headers=headers) as http:
        body = {
            "code": "import subprocess; subprocess.run(['sleep', '60'])",
            "environment": {"MARKER": marker},
            "networking": False,
        }
        running = asyncio.create_task(http.post(EXECUTE, json=body))
        await sleeping(marker, 1)
        parent.kill()
        await parent.wait()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(child, ended.set)
        await asyncio.wait_for(ended.wait(), 10)
        loop.remove_reader(child)
        os.close(child)
        await asyncio.gather(running, return_exceptions=True)
    assert with_marker(marker) == []


def test_a_parent_that_is_gone_already() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    command = [sys.executable, "-m", "cognitora_local", "--parent", str(gone.pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 125
    assert done.stdout == ""
    assert str(gone.pid) in done.stderr


@pytest.mark.parametrize("wrong", [["--secret", "s3cret"], ["--secret=s3cret"], ["s3cret"]])
@pytest.mark.parametrize(
    "program",
    [["cognitora_local"], ["cognitora_local", "accounts", "list"], ["cognitora", "serve"]],
)
def test_what_an_unknown_option_was_given_is_not_told(program: list[str], wrong: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *program, *wrong], capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "nrecognized arguments: " in done.stderr
    assert ("--secret" in done.stderr) == (wrong != ["s3cret"])
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([f"--data={URL}"], "unrecognized arguments: --data\n"),  # no short form of --data-dir
        ([f"--database{URL}"], "unrecognized arguments: --databasepostgresql\n"),
        (["--api-keycgk_s3cret"], "unrecognized arguments: --api-keycgk\n"),
        ([f"-d{URL}"], "unrecognized arguments: -d\n"),
        ([f"--json={URL}"], "argument --json: ignored explicit argument …\n"),
        (["--port", URL], "argument --port: invalid port value: …\n"),
        (["--max-running", "s3cret'\"'"], "argument --max-running: invalid number value: …\n"),
        (["--backend", URL], "argument --backend: invalid choice: … (choose from "),
        (["accounts", URL], "argument COMMAND: invalid choice: … (choose from "),
        (["accounts", "list", f"--data={URL}"], "unrecognized arguments: --data\n"),
        (
            ["accounts", "add", "a", "--max-running", URL],
            "--max-running: invalid number value: …\n",
        ),
        (["accounts", "add", URL, "--data-dir", "."], "That is no name of an account"),
        (
            ["accounts", "add", "a", "--namespace", URL, "--data-dir", "."],
            "That is no name of a na",
        ),
        (["accounts", "new-key", URL, "--data-dir", "."], "There is no such account"),
        (["accounts", "revoke", "cgk_s3cret", "--data-dir", "."], "There is no such key"),
    ],
)
def test_what_was_given_by_mistake_is_not_told(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cognitora_local", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_arguments_that_are_wrong_are_explained_at_once() -> None:
    for arguments in (
        ["--port", "x"],
        ["--port", "65536"],
        ["--max-code-bytes", "0"],
        ["--api-key", ""],
        ["--api-key", "two words"],
        ["--nonsense"],
    ):
        command = [sys.executable, "-m", "cognitora_local", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        assert done.returncode == 2
        assert arguments[0] in done.stderr


@pytest.mark.parametrize("mapping", ["python:3.11", "NoImage=busybox", "busybox=a b", "=busybox"])
async def test_an_image_that_can_not_stand_for_another(start: Start, mapping: str) -> None:
    runtime = await start("--image", mapping, ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), START_SECONDS) == 125
    assert mapping in runtime.log
    assert "Traceback" not in runtime.log


async def test_an_engine_elsewhere_is_refused_at_once(start: Start) -> None:
    runtime = await start("--engine", "tcp://127.0.0.1:2375", ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), START_SECONDS) == 125
    assert "an engine must be on this machine" in runtime.log
    assert "Traceback" not in runtime.log


async def test_an_image_of_the_environment_that_can_not_stand_for_another(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITORA_LOCAL_IMAGES", "busybox=quay.io/busybox python:3.11")
    runtime = await start(ready=False)
    assert await asyncio.wait_for(runtime.process.wait(), START_SECONDS) == 125
    assert "python:3.11" in runtime.log


IMPORTS = "import sys, cognitora_local.__main__, cognitora_local.runtime; print(*sys.modules)"
LOOKING = "import gc, sys; from cognitora_local.__main__ import main; main(); print(gc.isenabled())"


def test_a_start_imports_nothing_that_is_needed_later_or_never() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()).isdisjoint({"httpx", "rich", "aiohttp", "aiodocker", "psycopg"})


def test_garbage_is_looked_for_once_it_answers() -> None:
    command = [sys.executable, "-c", LOOKING, "--parent", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runtime:
        assert runtime.stdout is not None
        assert "base_url" in json.loads(runtime.stdout.readline())
        runtime.terminate()
        assert runtime.stdout.read() == "True\n"
