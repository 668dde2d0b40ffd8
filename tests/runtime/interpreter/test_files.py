from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognitora_local.containers import file_handlers
from cognitora_local.http import files
from cognitora_local.interpreter.files import WORK_FOLDER
from cognitora_local.sandbox.work_folder import WorkPath
from tests.needs import MOUNTS
from tests.runtime.conftest import (
    EXECUTE,
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    run,
    until,
)

MIB = 2**20
BYTES = {"Content-Type": "application/octet-stream"}


async def put(http: httpx.AsyncClient, session: str, path: str, content: Any) -> httpx.Response:
    url = f"{SESSIONS}/{session}/files"
    return await http.put(url, params={"path": path}, content=content, headers=BYTES)


async def get(http: httpx.AsyncClient, session: str, path: str) -> httpx.Response:
    return await http.get(f"{SESSIONS}/{session}/files", params={"path": path})


async def written(http: httpx.AsyncClient, session: str, path: str) -> None:
    """Wait until code has written the file."""

    async def is_there() -> bool:
        return (await get(http, session, path)).status_code == 200

    await until(is_there)


async def test_a_file_goes_there_and_back(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    content = bytes(range(256)) * 5000
    answer = await put(http, session, "in/data.bin", content)
    assert answer.json() == {"path": "in/data.bin", "size": len(content)}
    code = "import shutil; print(shutil.copy('in/data.bin', 'out.bin'))"
    assert await printed(http, code, session_id=session) == "out.bin\n"
    answer = await get(http, session, "out.bin")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Length"] == str(len(content))


async def test_a_file_is_replaced(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await put(http, session, "f", b"a long first version")
    await put(http, session, "f", b"second")
    assert (await get(http, session, "f")).content == b"second"
    assert await printed(http, "import os; print(os.listdir())", session_id=session) == "['f']\n"


async def test_an_empty_file(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    assert (await put(http, session, "empty", b"")).json()["size"] == 0
    assert (await get(http, session, "empty")).content == b""


async def test_a_file_that_breaks_off_never_appears(http: httpx.AsyncClient) -> None:
    session = await open_session(http)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await put(http, session, "f", pieces())
    code = "import os, time\nwhile os.listdir(): time.sleep(0.01)\nprint(os.listdir())"
    assert await printed(http, code, session_id=session, timeout_seconds=10) == "[]\n"


async def test_a_large_file_takes_no_memory(start: Start) -> None:
    """The runtime's peak memory before and after: the file is as large as many of its pieces."""
    runtime = await start()
    headers = {"Authorization": f"Bearer {runtime.ready['api_key']}"}
    size = 200 * MIB

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(MIB)

    async with httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers) as http:
        session = await open_session(http)
        await put(http, session, "small", b"")
        before = peak_memory(runtime)
        assert (await put(http, session, "large", pieces())).json()["size"] == size
        url = f"{SESSIONS}/{session}/files?path=large"
        async with http.stream("GET", url) as answer:
            assert sum([len(piece) async for piece in answer.aiter_bytes()]) == size
    assert peak_memory(runtime) - before < 16 * MIB


def peak_memory(runtime: Process) -> int:
    status = Path(f"/proc/{runtime.process.pid}/status").read_text()
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if "VmHWM" in line]
    return int(kilobytes) * 1024


async def test_files_while_code_runs(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    code = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('went')"
    running = asyncio.create_task(printed(http, code, session_id=session, timeout_seconds=20))
    await put(http, session, "go", b"")
    assert await running == "went\n"


async def test_a_file_over_the_limit(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    runtime = await start("--max-file-bytes", "1000")
    async with http_of(runtime) as http:
        session = await open_session(http)
        sentence = refusal(await put(http, session, "f", bytes(1001)), 413, "file_too_large")
        assert "1000" in sentence
        assert (await put(http, session, "f", bytes(1000))).status_code == 200
        refusal(await get(http, session, "other"), 404, "file_not_found")


NAMES = [
    ("../up", "climbs out of the work folder"),
    ("a/../../up", "climbs out of the work folder"),
    ("..", "climbs out of the work folder"),
    (".", "names no file"),
    ("folder/", "names no file"),
    ("nul\0", "NUL"),
    ("x" * 256, "255 bytes"),
    ("x/" * 2048 + "x", "4095 bytes"),
]


@pytest.mark.parametrize(("name", "why"), NAMES)
async def test_a_name_that_is_refused(http: httpx.AsyncClient, name: str, why: str) -> None:
    session = await open_session(http)
    assert why in refusal(await put(http, session, name, b"x"), 400, "invalid_path")
    assert why in refusal(await get(http, session, name), 400, "invalid_path")
    body = {"code": "1", "files": [{"name": name, "content": "x"}]}
    sentence = refusal(await http.post(EXECUTE, json=body), 400, "invalid_path")
    assert why in sentence
    assert "`files[0].name`" in sentence


@pytest.mark.parametrize("content", ["not base64!", "AAA", "AA=A"])
async def test_broken_base64(http: httpx.AsyncClient, content: str) -> None:
    file = {"name": "a", "content": content, "encoding": "base64"}
    answer = await http.post(EXECUTE, json={"code": "1", "files": [file]})
    assert "`files[0].content`" in refusal(answer, 400, "invalid_base64")


async def test_a_path_is_required(wrong: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    answer = await wrong.get(f"{SESSIONS}/{session}/files")
    assert "`path` is missing" in refusal(answer, 400, "invalid_request")


async def test_what_is_no_file_is_not_read(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "import os\nos.mkfifo('pipe')\nos.mkdir('folder')", session_id=session)
    for path in ("pipe", "folder"):
        refusal(await asyncio.wait_for(get(http, session, path), 10), 409, "not_a_file")
    refusal(await put(http, session, "folder", b"x"), 409, "not_a_file")
    refusal(await put(http, session, "pipe/x", b"x"), 409, "not_a_file")


@pytest.mark.root(MOUNTS)
async def test_a_full_storage(http: httpx.AsyncClient) -> None:
    session = await open_session(http, resources={"storage_gb": 0.1})
    sentence = refusal(await put(http, session, "f", bytes(200 * MIB)), 413, "storage_full")
    assert "storage_gb" in sentence
    assert (await put(http, session, "f", b"fits")).status_code == 200
    assert await printed(http, "print(open('f').read())", session_id=session) == "fits\n"


SECRET = "the host's own"


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A file of the host's, which nothing inside a sandbox may reach."""
    path = tmp_path_factory.mktemp("host") / "secret"
    path.write_text(SECRET)
    return path


async def test_a_link_leads_no_reader_out(http: httpx.AsyncClient, secret: Any) -> None:
    session = await open_session(http)
    code = f"import os\nos.symlink({str(secret)!r}, 'l')\nos.symlink({str(secret.parent)!r}, 'd')"
    await run(http, code, session_id=session)
    for path in ("l", "d/secret"):
        answer = await get(http, session, path)
        refusal(answer, 404, "file_not_found")  # in the sandbox it leads to nothing
        assert SECRET not in answer.text


async def test_a_link_leads_no_writer_out(http: httpx.AsyncClient, secret: Any) -> None:
    session = await open_session(http)
    code = f"import os\nos.symlink({str(secret)!r}, 'l')\nos.symlink({str(secret.parent)!r}, 'd')"
    await run(http, code, session_id=session)
    # What it leads to is the sandbox's own, in a /tmp of its own.
    for path in ("d/secret", "d/new/file", "l"):
        assert (await put(http, session, path, b"x")).status_code == 200
        assert (await get(http, session, path)).content == b"x"
    body = {"code": "1", "session_id": session, "files": [{"name": "d/secret", "content": "x"}]}
    refusal(await http.post(EXECUTE, json=body), 409, "not_a_file")
    assert secret.read_text() == SECRET
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]


async def test_a_link_that_comes_and_goes_leads_nobody_out(
    http: httpx.AsyncClient, secret: Any
) -> None:
    """User code swaps a folder for a link to the host's, as fast as it can, while we write."""
    session = await open_session(http)
    code = f"""
import os, shutil
os.symlink({str(secret.parent)!r}, 'link')
open('begun', 'w').close()
while not os.path.exists('stop'):
    try:
        os.mkdir('d')
        os.rename('d', 'real')
        os.rename('link', 'd')
        os.rename('d', 'link')
    except OSError:  # the host has made a folder meanwhile
        shutil.rmtree('d', ignore_errors=True)
    shutil.rmtree('real', ignore_errors=True)
"""
    attack = asyncio.create_task(run(http, code, session_id=session))
    await written(http, session, "begun")
    answers = []
    for _ in range(200):
        answers.append(await put(http, session, "d/secret", b"x"))
        answers.append(await get(http, session, "d/secret"))
    await put(http, session, "stop", b"")
    assert (await attack)["data"]["status"] == "completed"
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    assert SECRET.encode() not in {answer.content for answer in answers}
    assert secret.read_text() == SECRET
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize(
    "refusing", [partial(files.api_errors, messages=WORK_FOLDER), file_handlers.api_errors]
)
@pytest.mark.parametrize("number", sorted(files.MACHINES))
def test_no_path_is_blamed_for_trouble_of_the_machine(refusing: Any, number: int) -> None:
    with pytest.raises(OSError) as caught, refusing(WorkPath(("file",))):  # noqa: PT011  # of this number
        raise OSError(number, "trouble")
    assert caught.value.errno == number
