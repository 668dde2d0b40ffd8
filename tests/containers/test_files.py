"""Files in and out of running containers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.containers.conftest import CONTAINERS, ClientOf, Start, cancel, create, run, wanted
from tests.containers.execs import container, execute, output
from tests.runtime.conftest import Process, refusal

MB = 1024 * 1024
OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up."""
    async with container(http) as container_id:
        yield container_id


async def put(
    http: httpx.AsyncClient, box: str, path: str, content: bytes | AsyncIterator[bytes]
) -> httpx.Response:
    url = f"{CONTAINERS}/{box}/files"
    return await http.put(url, params={"path": path}, content=content, headers=OCTETS)


async def get(http: httpx.AsyncClient, box: str, path: str) -> httpx.Response:
    return await http.get(f"{CONTAINERS}/{box}/files", params={"path": path})


async def upload(http: httpx.AsyncClient, box: str, path: str, content: bytes) -> None:
    answer = await put(http, box, path, content)
    assert answer.status_code == 200, answer.text
    assert answer.json()["size"] == len(content)


async def download(http: httpx.AsyncClient, box: str, path: str) -> bytes:
    answer = await get(http, box, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Length"] == str(len(answer.content))
    return answer.content


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 5 * MB])
async def test_a_file_comes_back_as_it_was(http: httpx.AsyncClient, box: str, size: int) -> None:
    content = os.urandom(size)
    await upload(http, box, "tmp/file", content)
    assert await output(http, box, "wc", "-c", "/tmp/file") == f"{size} /tmp/file\n"
    assert await download(http, box, "tmp/file") == content


@pytest.mark.parametrize(
    "path", ["name", "deep/deeper/name", "ünï cödé.txt", "-rf", "a;b|c", "x" * 200, "./a//b"]
)
async def test_names_of_files(http: httpx.AsyncClient, box: str, path: str) -> None:
    await upload(http, box, f"tmp/{path}", b"content")
    assert await output(http, box, "cat", f"/tmp/{path}") == "content"
    assert await download(http, box, f"tmp/{path}") == b"content"


async def test_a_file_is_replaced(http: httpx.AsyncClient, box: str) -> None:
    await upload(http, box, "tmp/file", b"longer than what follows")
    await upload(http, box, "tmp/file", b"short")
    assert await download(http, box, "tmp/file") == b"short"


async def test_paths_begin_where_commands_run(http: httpx.AsyncClient) -> None:
    async with container(http, image="user") as box:  # whose user isn't root, in /app
        await upload(http, box, "made/on/the/way", b"mine")
        assert await output(http, box, "cat", "/app/made/on/the/way") == "mine"
        script = "echo more >> made/on/the/way && mkdir made/own && stat -c %U made/on made/on/the"
        assert await output(http, box, "sh", "-c", script) == "nobody\nnobody\n"
        assert await download(http, box, "made/on/the/way") == b"minemore\n"


async def test_what_a_command_writes_can_be_read(http: httpx.AsyncClient, box: str) -> None:
    await output(http, box, "sh", "-c", "umask 077; seq 1000 > /tmp/numbers")
    expected = "".join(f"{n}\n" for n in range(1, 1001)).encode()
    assert await download(http, box, "tmp/numbers") == expected


@pytest.mark.parametrize("path", ["../up", "a/../../up", "folder/", "..", ".", "a\0"])
async def test_a_path_that_climbs_out_is_refused(
    http: httpx.AsyncClient, box: str, path: str
) -> None:
    refusal(await put(http, box, path, b"x"), 400, "invalid_path")
    refusal(await get(http, box, path), 400, "invalid_path")


async def test_a_link_leads_nowhere_out_of_the_container(
    http: httpx.AsyncClient, box: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    script = f"ln -s {tmp_path} /tmp/folder; ln -s {secret} /tmp/link; ln -s /proc/1/root /tmp/root"
    await output(http, box, "sh", "-c", script)
    for path in ("tmp/link", "tmp/folder/secret", f"tmp/root{secret}"):
        assert "of the host" not in (await get(http, box, path)).text
        answer = await put(http, box, path, b"overwritten")
        assert answer.status_code in {200, 409}
    assert secret.read_text() == "of the host"


async def test_what_is_no_file(http: httpx.AsyncClient, box: str) -> None:
    script = "mkdir /tmp/folder; mkfifo /tmp/pipe; echo x > /tmp/folder/inside"
    await output(http, box, "sh", "-c", script)
    for path in ("tmp/folder", "tmp/pipe", "dev/zero"):
        refusal(await get(http, box, path), 409, "not_a_file")
    refusal(await put(http, box, "tmp/folder", b"x"), 409, "not_a_file")
    refusal(await put(http, box, "etc/hosts/below", b"x"), 409, "not_a_file")
    assert await download(http, box, "tmp/folder/inside") == b"x\n"


async def test_a_file_that_is_not_there(http: httpx.AsyncClient, box: str) -> None:
    for path in ("nothing", "no/such/folder/file"):
        assert path in refusal(await get(http, box, path), 404, "file_not_found")


async def test_a_container_without_files(http: httpx.AsyncClient, box: str) -> None:
    refusal(await get(http, "ctr_unknown", "file"), 404, "container_not_found")
    refusal(await put(http, "ctr_unknown", "file", b"x"), 404, "container_not_found")
    await cancel(http, box)
    refusal(await get(http, box, "etc/hosts"), 409, "container_not_running")
    refusal(await put(http, box, "file", b"x"), 409, "container_not_running")
    created = await create(http, wanted("sleep", "60"))
    refusal(await put(http, created["id"], "file", b"x"), 409, "not_persistent")
    await cancel(http, created["id"])
    refusal(await get(http, (await run(http, "true"))["id"], "file"), 409, "not_persistent")


async def test_a_file_that_does_not_fit(http: httpx.AsyncClient) -> None:
    async with container(http, storageGb=0.05) as box:
        await upload(http, box, "tmp/file", b"before")
        refusal(await put(http, box, "tmp/file", bytes(80 * MB)), 413, "storage_full")
        assert await download(http, box, "tmp/file") == b"before"
        await upload(http, box, "tmp/small", bytes(MB))


async def test_a_file_that_is_larger_than_is_taken(start: Start, http_of: ClientOf) -> None:
    async with http_of(await start("--max-file-bytes", "1000")) as http, container(http) as box:
        await upload(http, box, "tmp/file", bytes(1000))
        refusal(await put(http, box, "tmp/more", bytes(1001)), 413, "file_too_large")

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(11):
                yield bytes(100)

        refusal(await put(http, box, "tmp/more", pieces()), 413, "file_too_large")
        assert (await get(http, box, "tmp/more")).status_code == 404


async def test_an_upload_that_breaks_off_changes_nothing(http: httpx.AsyncClient, box: str) -> None:
    await upload(http, box, "tmp/file", b"before")
    begun = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(MB)
        begun.set()
        await asyncio.Event().wait()

    calling = asyncio.create_task(put(http, box, "tmp/file", pieces()))
    await begun.wait()
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    assert await download(http, box, "tmp/file") == b"before"
    assert await output(http, box, "ls", "/tmp") == "file\n"


async def test_files_while_a_command_runs(http: httpx.AsyncClient, box: str) -> None:
    script = "while [ ! -e /tmp/go ]; do sleep 0.05; done; cat /tmp/go"
    calling = asyncio.create_task(execute(http, box, "sh", "-c", script))
    await upload(http, box, "tmp/go", b"gone")
    assert (await calling)["output"] == "gone"


async def test_200_mb_in_little_memory(start: Start, http_of: ClientOf, tmp_path: Path) -> None:
    size = 200 * MB
    runtime = await start()
    async with http_of(runtime) as http, container(http) as box:
        await upload(http, box, "tmp/small", b"x")  # what the first one takes isn't the file's
        await download(http, box, "tmp/small")
        before = peak(runtime, reset=True)

        async def pieces() -> AsyncIterator[bytes]:
            for n in range(size // MB):
                yield n.to_bytes(4, "big") * (MB // 4)

        answer = await put(http, box, "tmp/large", pieces())
        assert answer.status_code == 200, answer.text
        assert answer.json()["size"] == size
        assert await output(http, box, "wc", "-c", "/tmp/large") == f"{size} /tmp/large\n"
        async with plain(runtime) as client:
            seen = 0
            url = f"{CONTAINERS}/{box}/files"
            async with client.stream("GET", url, params={"path": "tmp/large"}) as found:
                assert found.headers["Content-Length"] == str(size)
                async for piece in found.aiter_bytes(MB):
                    assert piece == (seen // MB).to_bytes(4, "big") * (MB // 4)
                    seen += len(piece)
        assert seen == size
        assert peak(runtime) - before < 32 * MB


def plain(runtime: Process) -> httpx.AsyncClient:
    """A client that reads as it comes, which those that check can't."""
    headers = {"Authorization": f"Bearer {runtime.ready['api_key']}"}
    return httpx.AsyncClient(base_url=runtime.ready["base_url"], headers=headers, timeout=60)


def peak(runtime: Process, *, reset: bool = False) -> int:
    """The most memory that the runtime's process has had, in bytes; from here on, with `reset`."""
    process = Path(f"/proc/{runtime.process.pid}")
    if reset:
        (process / "clear_refs").write_text("5")
    lines = (process / "status").read_text().splitlines()
    (found,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(found.split()[1]) * 1024
