"""The file system of sessions: folders and files of the whole sandbox."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.filesystem import Files
from tests.needs import MOUNTS
from tests.runtime.conftest import (
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    run,
    until,
)
from tests.tars import folder, link, member, tar, untar

MIB = 2**20


async def test_a_folder_is_listed_as_code_sees_it(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.makedirs('a/b/c')
open('a/b/deep.txt', 'w').write('12345')
open('z', 'w').close()
os.symlink('/etc/hostname', 'a/link')
os.chmod('z', 0o640)
os.utime('z', (0, 1))
"""
    await run(http, code, session_id=session)
    assert await files.listed(".") == ["a", "z"]
    assert await files.listed("a", depth=2) == ["a/b", "a/b/c", "a/b/deep.txt", "a/link"]
    assert await files.listed("/work/a") == ["/work/a/b", "/work/a/link"]
    found = {each["path"]: each for each in (await files.list_folder(".", depth=3)).json()["files"]}
    assert found["a/b/deep.txt"]["size"] == 5
    assert (found["a"]["type"], found["a"]["mode"]) == ("folder", 0o755)
    assert (found["a/link"]["type"], found["a/link"]["target"]) == ("link", "/etc/hostname")
    last = {"type": "file", "mode": 0o640, "modified": "1970-01-01T00:00:01Z", "target": None}
    assert found["z"].items() >= last.items()
    assert (found["z"]["owner"], found["z"]["group"]) == ("user", "user")


async def test_a_long_folder_comes_in_pages_that_miss_nothing(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
for folder in 'xyz':
    os.mkdir(folder)
    for n in range(700):
        open(f'{folder}/{n:04}', 'w').close()
os.mkdir('y/0350-folder')
open('y/0350-folder/inner', 'w').close()
"""
    await run(http, code, session_id=session)
    first = (await files.list_folder(".", depth=3)).json()
    assert len(first["files"]) == 1000
    found = await files.listed(".", depth=3)
    assert len(found) == 3 + 2100 + 2
    assert found == sorted(found, key=lambda path: path.split("/"))


async def test_names_of_any_bytes_are_paged_too(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
for n in range(1001):
    open(b'\\xff%04d' % n + b'\\n %', 'w').close()
"""
    await run(http, code, session_id=session)
    assert len(await files.listed(".")) == 1001


async def test_what_is_at_a_path_is_told(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    await run(http, "import os; os.mkfifo('pipe'); os.symlink('gone', 'l')", session_id=session)
    assert (await files.told("pipe"))["type"] == "other"
    assert (await files.told("l"))["target"] == "gone"
    assert (await files.told("."))["type"] == "folder"
    assert (await files.told("/"))["type"] == "folder"
    assert (await files.told("/tmp"))["mode"] == 0o1777
    refusal(await files.stat("gone"), 404, "file_not_found")
    refusal(await files.stat("pipe/x"), 409, "not_a_file")
    refusal(await files.list_folder("pipe"), 409, "not_a_file")
    refusal(await files.list_folder("gone"), 404, "file_not_found")


async def test_a_time_that_is_none_is_left_out(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    await run(http, "import os; os.utime('.', (0, 2**33))", session_id=session)
    assert (await files.told("."))["type"] == "folder"


async def test_folders_are_made(http: httpx.AsyncClient, session: str, files: Files) -> None:
    answer = await files.make("a/b/c", mode=0o700)
    assert answer.json().items() >= {"path": "a/b/c", "type": "folder", "mode": 0o700}.items()
    assert (await files.make("a/b", mode=0o711)).json()["mode"] == 0o755  # as it was
    refusal(await files.make("a/b", exclusive=True), 409, "not_a_file")
    assert (await files.make("/tmp/x/y")).status_code == 200
    assert "read-only" in refusal(await files.make("/usr/x"), 409, "not_a_file")
    code = "import os; print(sorted(os.listdir('/tmp/x')), os.stat('a/b/c').st_uid == os.getuid())"
    assert await printed(http, code, session_id=session) == "['y'] True\n"
    await files.write("file", b"")
    refusal(await files.make("file"), 409, "not_a_file")
    refusal(await files.make("file/x"), 409, "not_a_file")


async def test_a_folder_made_once_by_a_key(http: httpx.AsyncClient, session: str) -> None:
    url = f"{SESSIONS}/{session}/filesystem/folder"
    body, key = {"path": "once", "exclusive": True}, {"Idempotency-Key": f"key-{session}"}
    first = await http.post(url, json=body, headers=key)
    again = await http.post(url, json=body, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["X-Cognitora-Replayed"] == "true"


async def test_files_are_moved(http: httpx.AsyncClient, session: str, files: Files) -> None:
    await files.write("a", b"first")
    await files.write("b", b"second")
    refusal(await files.move("a", "b"), 409, "not_a_file")
    assert (await files.read("b")).content == b"second"
    assert (await files.move("a", "b", replace=True)).json()["path"] == "b"
    assert (await files.read("b")).content == b"first"
    assert (await files.move("b", "new/folder/c")).status_code == 200
    assert await files.listed(".", depth=3) == ["new", "new/folder", "new/folder/c"]
    refusal(await files.move("gone", "x"), 404, "file_not_found")
    refusal(await files.move("new", "new/folder/inside"), 400, "invalid_path")
    refusal(await files.move("/etc/hosts", "x"), 409, "not_a_file")


async def test_a_move_that_fails_is_told_of_the_path_at_fault(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
for folder in ('shut', 'open'):
    os.mkdir(folder)
    open(f'{folder}/f', 'w').close()
os.chmod('shut', 0o500)
"""
    await run(http, code, session_id=session)
    for more in ({}, {"replace": True}):
        away = refusal(await files.move("shut/f", "open/g", **more), 403, "permission_denied")
        assert "`shut/f`" in away
        into = refusal(await files.move("open/f", "shut/g", **more), 403, "permission_denied")
        assert "`shut/g`" in into
    assert await files.listed("open") == ["open/f"]


async def test_what_a_file_of_the_kernel_refuses_is_told_of_it(files: Files) -> None:
    for path in ("/proc/1/mem", "/proc/self/mem"):
        answer = await files.read(path)
        assert 400 <= answer.status_code < 500
        assert f"`{path}`" in answer.json()["error"]


async def test_a_folder_moves_to_another_file_system(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.makedirs('d/empty')
open('d/f', 'wb').write(bytes(range(256)))
os.chmod('d/f', 0o751)
os.symlink('/nowhere', 'd/l')
"""
    await run(http, code, session_id=session)
    await files.make("/tmp/there")
    refusal(await files.move("d", "/tmp/there"), 409, "not_a_file")
    assert (await files.move("d", "/tmp/here/e")).status_code == 200
    assert await files.listed("/tmp/here", depth=2) == [
        "/tmp/here/e",
        *(f"/tmp/here/e/{name}" for name in ("empty", "f", "l")),
    ]
    assert (await files.read("/tmp/here/e/f")).content == bytes(range(256))
    assert (await files.told("/tmp/here/e/f"))["mode"] == 0o751
    assert (await files.told("/tmp/here/e/l"))["target"] == "/nowhere"
    assert await files.listed(".") == []


async def test_files_are_removed(http: httpx.AsyncClient, session: str, files: Files) -> None:
    code = """
import os
os.makedirs('d/e/f')
open('d/e/x', 'w').close()
os.makedirs('kept')
open('kept/y', 'w').close()
os.symlink('../kept', 'd/l')
os.symlink('kept', 'l')
"""
    await run(http, code, session_id=session)
    assert "recursive" in refusal(await files.remove("d"), 409, "not_a_file")
    assert (await files.remove("d", recursive=True)).json()["success"] is True
    assert (await files.remove("l", recursive=True)).status_code == 200
    assert await files.listed(".", depth=2) == ["kept", "kept/y"]
    refusal(await files.remove("d"), 404, "file_not_found")
    for path in ("/work", "/", "/tmp", ".", "kept/.."):
        assert (await files.remove(path, recursive=True)).status_code in (400, 409)
    assert await files.listed("kept") == ["kept/y"]


async def test_folders_nested_deeper_than_a_path_may_be_long_are_removed(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os
os.mkdir('deep')
os.chdir('deep')
for _ in range(3000):
    os.mkdir('x' * 50)
    os.chdir('x' * 50)
os.chdir('/work')
"""
    await run(http, code, session_id=session)
    assert (await files.remove("deep", recursive=True)).status_code == 200
    assert await files.listed(".") == []


async def test_modes_and_owners_are_changed(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    await files.write("f", b"#!/bin/sh\necho ran\n")
    assert (await files.change("f", mode=0o755)).json()["mode"] == 0o755
    code = (
        "import subprocess; print(subprocess.run(['./f'], capture_output=True, text=True).stdout)"
    )
    assert await printed(http, code, session_id=session) == "ran\n\n"
    assert (await files.change("f", owner="user")).json()["owner"] == "user"
    refusal(await files.change("f", owner="0"), 400, "invalid_path")
    refusal(await files.change("f", owner="nobody-of-here"), 400, "unknown_user")
    refusal(await files.change("gone", mode=0o700), 404, "file_not_found")


async def test_a_file_anywhere_in_the_sandbox(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    content = os.urandom(3 * MIB)
    assert (await files.write("/tmp/a/b", content, mode=0o751)).json() == {
        "path": "/tmp/a/b",
        "size": len(content),
    }
    answer = await files.read("/tmp/a/b")
    assert answer.content == content
    assert answer.headers["Content-Length"] == str(len(content))
    assert (await files.told("/tmp/a/b"))["mode"] == 0o751
    assert b"root:" in (await files.read("/etc/passwd")).content
    assert (await files.write("run.sh", b"", mode=0o700)).status_code == 200
    assert (await files.told("run.sh"))["mode"] == 0o700
    refusal(await files.write("/usr/x", b""), 409, "not_a_file")
    refusal(await files.read("/dev/null"), 409, "not_a_file")
    refusal(await files.read("/tmp"), 409, "not_a_file")
    refusal(await files.write("/tmp", b""), 409, "not_a_file")
    refusal(await files.read("/tmp/gone"), 404, "file_not_found")


async def test_a_file_that_breaks_off_leaves_nothing(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await files.write("/tmp/f", pieces())
    with pytest.raises(ConnectionAbortedError):
        await files.unpack("/tmp", pieces())

    async def is_empty() -> bool:
        return await files.listed("/tmp") == []

    await until(is_empty)


async def test_a_session_has_one_user(wrong: httpx.AsyncClient, session: str) -> None:
    files = Files(wrong, f"{SESSIONS}/{session}")
    for answer in (
        await files.list_folder(".", user="root"),
        await files.stat(".", user="root"),
        await files.remove("x", user="root"),
        await files.read("x", user="root"),
        await files.write("x", b"", user="root"),
        await files.pack(".", user="root"),
        await files.unpack(".", tar(), user="root"),
    ):
        assert "one user" in refusal(answer, 400, "one_user")
    assert "user" in refusal(await files.make("x", user="root"), 400, "invalid_request")


BAD = [
    ("../up", "`..`"),
    ("a/../b", "`..`"),
    ("/tmp/..", "`..`"),
    ("nul\0", "NUL"),
    ("x" * 256, "255 bytes"),
]


@pytest.mark.parametrize(("path", "why"), BAD)
async def test_paths_that_are_refused(wrong: httpx.AsyncClient, path: str, why: str) -> None:
    files = Files(wrong, f"{SESSIONS}/{await open_session(wrong)}")
    for answer in (
        await files.list_folder(path),
        await files.stat(path),
        await files.make(path),
        await files.move(path, "x"),
        await files.move("x", path),
        await files.remove(path),
        await files.change(path, mode=0o600),
        await files.pack(path),
        await files.unpack(path, tar()),
    ):
        assert why in refusal(answer, 400, "invalid_path")


async def test_a_folder_comes_back_as_it_went(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    content = os.urandom(700_000)
    stream = tar(
        folder("empty"),
        folder("d"),
        member("d/data", content, mode=0o640, mtime=86400),
        member("run.sh", b"#!", mode=0o755),
        member("d/" + "long" * 50, b"1"),
        member("ünïcödé", b"2"),
        link("l", "d/data"),
        link("out", "/usr/bin"),
        member("none", b""),
    )
    answer = await files.unpack("here", stream)
    assert answer.json() == {"path": "here", "files": 9, "size": len(content) + 4}
    assert (await files.told("here/run.sh"))["mode"] == 0o755
    assert (await files.told("here/d/data"))["modified"] == "1970-01-02T00:00:00Z"
    back = await files.pack("here")
    assert back.headers["Content-Type"] == "application/octet-stream"
    assert untar(back.content) == untar(stream)


async def test_a_folder_is_written_over_what_is_there(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    await files.write("d/kept", b"kept")
    await files.write("d/old", b"old")
    await files.unpack("d", tar(member("old", b"new"), link("l", "old")))
    await files.unpack("d", tar(member("l", b"a file now")))
    found = untar((await files.pack("d")).content)
    assert found == {"kept": b"kept", "old": b"new", "l": b"a file now"}
    refusal(await files.unpack("d/old", tar()), 409, "not_a_file")
    refusal(await files.unpack("d", tar(folder("old"))), 400, "invalid_archive")
    await files.make("d/folder/x")
    refusal(await files.unpack("d", tar(member("folder", b""))), 409, "not_a_file")


async def test_what_is_no_file_is_left_out(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = """
import os, socket
os.mkdir('d')
os.mkfifo('d/pipe')
socket.socket(socket.AF_UNIX).bind('d/socket')
open('d/file', 'w').close()
"""
    await run(http, code, session_id=session)
    assert untar((await files.pack("d")).content) == {"file": b""}
    refusal(await files.pack("d/file"), 409, "not_a_file")
    refusal(await files.pack("gone"), 404, "file_not_found")


async def test_what_may_not_be_read_is_told_before_anything_is_sent(
    http: httpx.AsyncClient, session: str, files: Files
) -> None:
    code = "import os; os.mkdir('d'); open('d/f', 'w').close(); os.chmod('d/f', 0)"
    await run(http, code, session_id=session)
    assert "`d/f`" in refusal(await files.pack("d"), 403, "permission_denied")
    assert "`/work/d/f`" in refusal(await files.pack("/work/d"), 403, "permission_denied")


async def test_200_mb_of_a_folder_take_no_memory(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    """The peak memory of the runtime, and of the programs that it starts."""
    runtime = await start()
    size = 200 * MIB
    header = member("large")[0]
    header.size = size

    async def pieces() -> AsyncIterator[bytes]:
        yield header.tobuf()
        for _ in range(200):
            yield bytes(MIB)
        yield bytes(1024)

    async with http_of(runtime) as http:
        files = Files(http, f"{SESSIONS}/{await open_session(http)}")
        await files.unpack("d", tar(member("small")))
        await files.pack("d")
        before = peak_memory(runtime.process.pid)
        most = asyncio.create_task(largest_child(runtime.process.pid))
        assert (await files.unpack("d", pieces())).json()["size"] == size
        url = f"{files.url}/filesystem/tar"
        async with http.stream("GET", url, params={"path": "d"}) as answer:
            got = sum([len(piece) async for piece in answer.aiter_bytes()])
        assert got > size
        most.cancel()
        assert peak_memory(runtime.process.pid) - before < 16 * MIB
        assert 0 < LARGEST[0] < 32 * MIB


LARGEST = [0]


async def largest_child(pid: int) -> None:
    """Note the peak memory of the programs that work on files, while they run."""
    while True:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                if b"filesystem" in Path(f"/proc/{child}/cmdline").read_bytes():
                    LARGEST[0] = max(LARGEST[0], peak_memory(int(child)))
            except (OSError, ValueError):  # it has ended
                continue
        await asyncio.sleep(0.02)


def peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if "VmHWM" in line]
    return int(kilobytes) * 1024


async def test_a_folder_over_the_limits(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    runtime = await start("--max-file-bytes", "20000")
    async with http_of(runtime) as http:
        files = Files(http, f"{SESSIONS}/{await open_session(http)}")
        answer = await files.unpack("d", tar(member("f", bytes(20001))))
        assert "20000" in refusal(answer, 413, "file_too_large")
        assert (await files.unpack("d", tar(member("f", bytes(5000))))).status_code == 200


@pytest.mark.root(MOUNTS)
async def test_a_folder_that_does_not_fit(http: httpx.AsyncClient) -> None:
    session = await open_session(http, resources={"storage_gb": 0.05})
    files = Files(http, f"{SESSIONS}/{session}")
    refusal(await files.unpack("d", tar(member("f", bytes(60 * MIB)))), 413, "storage_full")
    assert await files.listed("d") == []
    assert (await files.unpack("d", tar(member("f", b"fits")))).status_code == 200


async def test_a_session_that_ends_ends_its_file_calls(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    files = Files(http, f"{SESSIONS}/{session}")
    begun, over = asyncio.Event(), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(MIB)
        begun.set()
        await over.wait()
        for _ in range(64):
            yield bytes(MIB)

    await files.write("/tmp/x", b"")
    sending = asyncio.create_task(files.write("/tmp/f", pieces()))
    await begun.wait()
    assert (await http.delete(f"{SESSIONS}/{session}")).status_code == 200
    over.set()
    refusal(await sending, 409, "session_not_running")
    refusal(await files.stat("."), 404, "session_deleted")


async def test_many_at_once_wait_their_turn(files: Files) -> None:
    answers = await asyncio.gather(*(files.make(f"d/{n}") for n in range(40)))
    assert {each.status_code for each in answers} == {200}
    assert len(await files.listed("d")) == 40


def at_work(pid: int) -> list[str]:
    """The programs of a runtime that work on files."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):  # it has ended
            if b"filesystem" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


async def test_a_caller_that_goes_away_leaves_no_program_behind(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        session = await open_session(http)
        files = Files(http, f"{SESSIONS}/{session}")
        await run(http, "open('large', 'w').truncate(2**30)", session_id=session)
        base_url, key = runtime.ready["base_url"], runtime.ready["api_key"]
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=base_url, headers=headers) as other:
            for name, path in (("filesystem/tar", "."), ("files", "/work/large")):
                url = f"{files.url}/{name}"
                async with other.stream("GET", url, params={"path": path}) as answer:
                    assert answer.status_code == 200
                    async for _ in answer.aiter_raw():
                        break
                    assert len(at_work(runtime.process.pid)) == 1

        async def nobody_works() -> bool:
            return not at_work(runtime.process.pid)

        await until(nobody_works)
        assert (await files.stat("large")).status_code == 200


async def test_a_runtime_that_ends_ends_its_file_calls(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient]
) -> None:
    runtime = await start()
    async with http_of(runtime) as http:
        files = Files(http, f"{SESSIONS}/{await open_session(http)}")
        begun, over = asyncio.Event(), asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield bytes(MIB)
            begun.set()
            await over.wait()

        sending = asyncio.create_task(files.write("/tmp/f", pieces()))
        await begun.wait()

        async def somebody_works() -> bool:
            return bool(at_work(runtime.process.pid))

        await until(somebody_works)
        (program,) = at_work(runtime.process.pid)
        ending = asyncio.create_task(runtime.stop())

        async def has_ended() -> bool:
            return not Path("/proc", program).exists()

        await until(has_ended)
        over.set()
        await asyncio.wait({sending})
        sending.exception()  # an answer, or none: the runtime is on its way out
        assert await ending == 0
