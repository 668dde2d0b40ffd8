"""Files that aren't what they seem: their size, what kind they are, where a link leads."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from cognitora_local.filesystem.inside import entries
from cognitora_local.filesystem.inside.names import Names
from tests.conftest import Runtime
from tests.filesystem import Files
from tests.runtime.conftest import SESSIONS, printed, refusal, run
from tests.runtime.interpreter.test_stalled_files import request
from tests.tars import member, tar, untar


async def test_a_file_of_the_kernel_reads_as_its_content(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.symlink('/proc/1/status', 'link')
os.symlink('/proc/sys/kernel', 'folder')
print(open('/proc/sys/kernel/ostype').read(), end='')
"""
    kind = await printed(http, code, session_id=session)
    for path in ("/proc/1/status", "link"):
        answer = await files.read(path)
        assert answer.text.startswith("Name:"), path
        assert answer.headers["Content-Length"] == str(len(answer.content))
    for path in ("/proc/sys/kernel/ostype", "folder/ostype"):
        assert (await files.read(path)).text == kind
    packed = untar((await files.pack("/proc/sys/kernel/random")).content)
    assert len(packed["boot_id"]) == 37
    assert packed["poolsize"].strip().isdigit()


async def test_a_long_file_of_which_no_size_is_known_is_read_to_its_end(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import mmap
held = [mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE * (n % 2)) for n in range(9000)]
print(len(open('/proc/self/maps').read()), open('/proc/self/stat').read().split()[0])
"""
    size, pid = (await printed(http, code, session_id=session)).split()
    answer = await files.read(f"/proc/{pid}/maps")
    assert answer.text.count("\n") > 9000
    assert len(answer.content) >= int(size) > 300_000
    assert "Content-Length" not in answer.headers


GROWING = """
import threading
def grow():
    with open('log', 'ab', buffering=0) as log:
        for _ in range(3_000):
            log.write(b'x' * 1000)
open('log', 'wb').write(b'x' * {size})
threading.Thread(target=grow).start()
"""


@pytest.mark.parametrize("size", [1000, 1_000_000])
async def test_a_file_that_grows_is_as_long_as_it_was(
    http: httpx.AsyncClient, session: str, files: Files, size: int
) -> None:
    await run(http, GROWING.format(size=size), session_id=session)
    for path in ("log", "/work/log") * 5:
        content = (await files.read(path)).content
        assert len(content) >= size
        assert not content.strip(b"x")
        packed = untar((await files.pack(".")).content)["log"]
        assert len(packed) >= len(content)
        assert not packed.strip(b"x")


@pytest.mark.parametrize(
    "way", ["files?path=large", "files?path=/work/large", "filesystem/tar?path=."]
)
async def test_a_file_that_shrinks_is_never_silently_short(
    http: httpx.AsyncClient, runtime: Runtime, session: str, way: str
) -> None:
    await run(http, "open('large', 'wb').truncate(200_000_000)", session_id=session)
    key = {"Authorization": f"Bearer {runtime.api_key}"}
    async with (
        httpx.AsyncClient(base_url=runtime.base_url, headers=key) as straight,
        straight.stream("GET", f"{SESSIONS}/{session}/{way}") as answer,
    ):
        assert answer.status_code == 200
        pieces = answer.aiter_raw()
        await anext(pieces)
        await run(http, "open('large', 'r+b').truncate(1000)", session_id=session)
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in pieces:
                pass


async def test_errors_name_the_path_that_was_given(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.makedirs('a/b/kept')
open('f', 'w').close()
os.symlink('/usr/share', 'usr')
"""
    await run(http, code, session_id=session)
    answers = {
        "usr/x": await files.write("usr/x", b""),
        "usr/y": await files.unpack("usr", tar(member("y", b"1"))),
        "usr/z": await files.make("usr/z"),
        "f/x": await files.write("f/x", b""),
        "./a/b": await files.write("./a/b", b""),
        "a/b": await files.remove("a/b"),
        "a": await files.move("f", "a", replace=True),
        "gone": await files.move("gone", "there"),
        "/dev/null": await files.write("/dev/null", b"x"),
        "/dev/zero": await files.read("/dev/zero"),
        "/usr/bin": await files.remove("/usr/bin", recursive=True),
    }
    for path, answer in answers.items():
        assert answer.status_code in (404, 409), answer.text
        assert f"`{path}{'/' if path == '/usr/bin' else '`'}" in answer.json()["error"], answer.text
        assert ".upload" not in answer.text
        assert "self/fd" not in answer.text
    for path in ("/dev/null", "/dev/zero"):
        assert "isn't a regular file" in refusal(answers[path], 409, "not_a_file")


async def test_a_relative_path_follows_links_as_an_absolute_one_does(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.makedirs('/tmp/there')
open('/tmp/there/old', 'w').write('old')
os.symlink('/tmp/there', 'folder')
os.symlink('/tmp/there/old', 'file')
os.symlink('/tmp/there/new', 'dangling')
os.symlink('round', 'round')
os.mkfifo('pipe')
"""
    await run(http, code, session_id=session)
    for start in ("", "/work/"):
        assert (await files.read(f"{start}folder/old")).content == b"old"
        assert (await files.read(f"{start}file")).content == b"old"
        for path in ("folder/deep/er", "dangling"):
            assert (await files.write(start + path, path.encode())).json()["size"] == len(path)
        refusal(await files.write(f"{start}round", b""), 409, "not_a_file")
        for refused in (await files.write(f"{start}pipe", b""), await files.read(f"{start}pipe")):
            assert "isn't a regular file" in refusal(refused, 409, "not_a_file")
    assert (await files.write("file", b"through")).status_code == 200
    read = "print(open('/tmp/there/old').read(), open('/tmp/there/new').read(), os.path.islink('file'))"
    assert await printed(http, read, session_id=session) == "through dangling True\n"


async def test_names_that_arent_utf8_can_be_used_as_they_are_listed(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = r"""
import os
os.makedirs(b'd\xff/caf\xe9')
open(b'd\xff/f\xfe', 'w').write('odd')
open(b'd\xff/g\xf4\x8f\xbb\xbf', 'w').write('private')  # which is U+10FEFF
os.symlink(b'f\xfe', b'd\xff/l')
"""
    await run(http, code, session_id=session)
    (top,) = await files.listed(".")
    folder, odd, private, link = await files.listed(top)
    assert (await files.told(link))["target"] == odd.removeprefix(f"{top}/")
    for path, content in (
        (odd, b"odd"),
        (private, b"private"),
        (f"/work/{odd}", b"odd"),
        (link, b"odd"),
    ):
        assert (await files.read(path)).content == content
    assert (await files.told(folder))["type"] == "folder"
    assert (await files.write(odd, b"new")).json() == {"path": odd, "size": 3}
    assert (await files.change(f"/work/{odd}", mode=0o600)).json()["path"] == f"/work/{odd}"
    assert (await files.move(odd, f"{folder}/{odd}")).json()["path"] == f"{folder}/{odd}"
    assert (await files.make(f"{top}/x/y")).status_code == 200
    assert f"`{odd}`" in refusal(await files.read(odd), 404, "file_not_found")
    packed = untar((await files.pack(top)).content)
    assert packed[os.fsdecode(b"caf\xe9/d\xff/f\xfe")] == b"new"
    assert (await files.remove(private)).status_code == 200
    left = "print(sorted(os.listdir(b'd\\xff')), open(b'd\\xff/caf\\xe9/d\\xff/f\\xfe').read())"
    names = r"[b'caf\xe9', b'l', b'x']"
    assert await printed(http, left, session_id=session) == f"{names} new\n"


async def test_uploads_that_have_stopped_hold_no_other_call_up(
    http: httpx.AsyncClient, runtime: Runtime, session: str, files: Files
) -> None:
    more = (
        "Content-Type: application/octet-stream",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
    )
    path = f"{SESSIONS}/{session}/files?path=/tmp/f"
    async with AsyncExitStack() as stack:
        start = partial(request, runtime, "PUT", path, *more)
        for _ in range(16):
            reader, _ = await stack.enter_async_context(start())
            assert b" 100 " in await reader.readline()  # its program waits for the first piece
        async with asyncio.timeout(45):  # before anybody is taken for gone
            assert await files.listed(".") == []
            assert (await files.make("d")).status_code == 200


@pytest.mark.long
async def test_an_upload_of_which_nothing_comes_gives_its_turn_up(
    http: httpx.AsyncClient, runtime: Runtime, session: str, files: Files
) -> None:
    """After a minute: as many as may go on at a time have stopped, and one more waits."""
    more = (
        "Content-Type: application/octet-stream",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
    )
    path = f"{SESSIONS}/{session}/files?path=/tmp/f"
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(16):
            reader, _ = await stack.enter_async_context(request(runtime, "PUT", path, *more))
            assert b" 100 " in await reader.readline()
            readers.append(reader)
        answer = await files.write("/tmp/g", b"patient")
        assert answer.status_code == 200, answer.text
        for reader in readers:
            await reader.readline()
            assert b" 400 " in await reader.readline()
    assert await files.listed("/tmp") == ["/tmp/g"]


async def test_the_time_of_the_last_change_is_set(files: Files) -> None:
    await files.write("f", b"")
    for said, told in (
        ("2001-02-03T04:05:06Z", "2001-02-03T04:05:06Z"),
        ("1969-12-31T23:00:00+01:00", "1969-12-31T22:00:00Z"),
        ("2001-02-03T04:05:06.25z", "2001-02-03T04:05:06.250000Z"),
    ):
        assert (await files.change("f", modified=said)).json()["modified"] == told
        assert (await files.told("f"))["modified"] == told
    answer = await files.change("f", modified="0001-01-01T00:00:00+23:59")
    assert "`modified`" in refusal(answer, 400, "invalid_request")


PACK_WITHOUT_END = """
import resource
from cognitora_local.filesystem.inside.program import MEMORY_BYTES
from cognitora_openapi.packing import packed
from cognitora_openapi.tar import ArchiveError
resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
try:
    for _ in packed("/proc/self", "pagemap"):  # of which the kernel gives hundreds of GiB
        pass
except ArchiveError as error:
    print(error)
"""


def test_what_is_kept_for_its_size_fits_into_the_memory_of_a_file_program() -> None:
    told = subprocess.run(
        (sys.executable, "-c", PACK_WITHOUT_END), capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("pagemap has more than 67108864 bytes"), told


def test_what_takes_a_links_place_while_it_is_looked_at_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, readlink = tmp_path / "it", os.readlink
    path.symlink_to("elsewhere")

    def readlink_of_another(name: str) -> str:
        path.unlink()
        path.mkdir()
        return readlink(name)

    monkeypatch.setattr(os, "readlink", readlink_of_another)
    told = entries.entry(str(path), "it", Names())
    assert (told["type"], told["target"]) == ("folder", None)
