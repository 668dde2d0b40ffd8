"""Files as people have them: what `upload` reads from, and what `download` writes to."""

from __future__ import annotations

import asyncio
import io
import mmap
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import UploadFile

from cognitora import CognitoraAsync, CognitoraError, InvalidRequestError
from cognitora.downloads import READER_SECONDS
from cognitora.files import PIECE
from tests.facade.conftest import KEY
from tests.facade.server import Server, reply

FILES = {"X-Cognitora-Features": "files"}
KNOWS_FILES = reply(200, {"data": {"session_id": "ses_1", "status": "active"}}, headers=FILES)
WRITTEN = reply(200, {"path": "a", "size": 1}, headers=FILES)
CONTENT = bytes(range(256)) * (PIECE // 128)  # two pieces


def pieces() -> Iterator[bytes]:
    for start in range(0, len(CONTENT), 1000):
        yield CONTENT[start : start + 1000]


async def async_pieces() -> AsyncIterator[bytes]:
    for piece in pieces():
        yield piece


OPEN = ExitStack()


@pytest.fixture(autouse=True)
def _closes_files() -> Iterator[None]:
    yield
    OPEN.close()


class Awaited:
    """A file as those of anyio and aiofiles are."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    async def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def spooled(data: bytes, mode: str = "w+b") -> Any:
    file: Any = tempfile.SpooledTemporaryFile(max_size=10, mode=mode)  # noqa: SIM115 - as below
    file.write(data if "b" in mode else data.decode())
    file.seek(0)
    return OPEN.enter_context(file)


def mapped(folder: Path) -> Any:
    path = folder / "mapped"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        return OPEN.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def member(folder: Path) -> Any:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", CONTENT)
    return OPEN.enter_context(OPEN.enter_context(zipfile.ZipFile(folder / "a.zip")).open("member"))


def printed() -> Any:
    code = "import sys; sys.stdout.buffer.write(bytes(range(256)) * (int(sys.argv[1]) // 256))"
    command = [sys.executable, "-c", code, str(len(CONTENT))]
    return OPEN.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE)).stdout


def named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    threading.Thread(target=(folder / "pipe").write_bytes, args=(CONTENT,), daemon=True).start()
    return folder / "pipe"


SOURCES: dict[str, Callable[[Path], Any]] = {
    "a bytearray": lambda _: bytearray(CONTENT),
    "a memoryview": lambda _: memoryview(CONTENT),
    "a memoryview of numbers": lambda _: memoryview(CONTENT).cast("I"),
    "a memoryview with gaps": lambda _: memoryview(b"".join(bytes([b, 0]) for b in CONTENT))[::2],
    "an mmap": mapped,
    "a spooled file": lambda _: spooled(CONTENT),
    "an upload of a web framework": lambda _: UploadFile(spooled(CONTENT)),
    "a member of an archive": member,
    "the output of a program": lambda _: printed(),
    "a named pipe": named_pipe,
    "a pipe that doesn't wait": lambda _: without_waiting(-1),
    "a pipe that doesn't wait, without a buffer": lambda _: without_waiting(0),
    "an iterator": lambda _: pieces(),
    "a list": lambda _: list(pieces()),
}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("kind", SOURCES)
def test_what_can_be_uploaded(client: Any, server: Server, tmp_path: Path, kind: str) -> None:
    server.answers(KNOWS_FILES, reply(503), WRITTEN)
    source = SOURCES[kind](tmp_path)
    client.code_interpreter.upload("ses_1", source, "a")
    assert [request.body == CONTENT for request in server.received[1:]] == [True, True]
    assert server.last.headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize("make", [async_pieces, lambda: Awaited(CONTENT)])
async def test_what_is_read_with_await(server: Server, make: Callable[[], Any]) -> None:
    server.answers(KNOWS_FILES, WRITTEN)
    async with CognitoraAsync(KEY, server.url) as client:
        await client.code_interpreter.upload("ses_1", make(), "a")
    assert server.last.body == CONTENT


@pytest.mark.parametrize("make", [async_pieces, lambda: Awaited(CONTENT)])
@pytest.mark.parametrize("make_client", ["sync"], indirect=True)
def test_what_is_read_with_await_is_told_to_the_sync_client(
    client: Any, server: Server, make: Callable[[], Any]
) -> None:
    with pytest.raises(InvalidRequestError, match="CognitoraAsync"):
        client.code_interpreter.upload("ses_1", make(), "a")
    assert server.count == 0


def temporary() -> Any:
    file = tempfile.NamedTemporaryFile("w+")  # noqa: SIM115 - entered on the next line
    return OPEN.enter_context(file)


def closed() -> io.BytesIO:
    file = io.BytesIO(b"")
    file.close()
    return file


def without_waiting(buffering: int) -> Any:
    """A pipe that says so when it has nothing yet, as those of an event loop do."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def write() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(CONTENT)

    threading.Thread(target=write, daemon=True).start()
    return OPEN.enter_context(os.fdopen(reading, "rb", buffering=buffering))


class NotYet:
    """A file that doesn't wait, and has no descriptor."""

    def read(self, size: int = -1) -> bytes | None:
        return None if size else b""


def torn() -> Any:
    """A member of an archive whose bytes aren't what its checksum says."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("a", b"content")
    data = archive.getvalue().replace(b"content", b"cOntent")

    class Once(io.RawIOBase):
        """The same, in a file that can't be rewound."""

        def __init__(self) -> None:
            self._inner = zipfile.ZipFile(io.BytesIO(data)).open("a")  # noqa: SIM115 - in memory

        def read(self, size: int = -1) -> Any:
            return self._inner.read(size)

    return Once()


NO_SOURCES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a file in text mode": (
        lambda folder: OPEN.enter_context((folder / "text").open("w+")),
        "text mode",
    ),
    "a StringIO": (lambda _: io.StringIO("text"), "text mode"),
    "what gives texts, as a table its columns": (
        lambda _: {"a": [1]},
        r"table\.to_csv\(\)\.encode",
    ),
    "a spooled file in text mode": (lambda _: spooled(b"text", "w+"), "text mode"),
    "a temporary file in text mode": (
        lambda _: temporary(),
        "text mode",
    ),
    "a file for writing": (
        lambda folder: OPEN.enter_context((folder / "write").open("wb")),
        "can't be read",
    ),
    "a closed file": (lambda _: closed(), "can't be read: .*closed"),
    "a released memoryview": (lambda _: released(), "can't be read: .*released"),
    "a file that doesn't wait": (lambda _: NotYet(), "doesn't wait"),
    "a torn archive": (lambda _: torn(), "can't be read: .*CRC"),
    "an iterable of texts": (lambda _: iter(["a"]), "gives texts"),
    "an iterable of numbers": (lambda _: [1, 2], "gives a int"),
    "a class": (lambda _: io.BytesIO, "can't be read"),
    "a number": (lambda _: 7, "not a int"),
    "nothing": (lambda _: None, "not a NoneType"),
    "a folder": (lambda folder: folder, "can't be read: Is a directory"),
    "a path with NUL": (lambda _: "a\0b", "can't be read: .*null"),
    "a path with half a surrogate pair": (lambda _: "\ud800", "can't be read"),
    "a path too long": (lambda _: "x" * 5000, "can't be read: File name too long"),
}


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


@pytest.mark.parametrize("kind", NO_SOURCES)
def test_what_cannot_be_uploaded(client: Any, server: Server, tmp_path: Path, kind: str) -> None:
    make, words = NO_SOURCES[kind]
    source = make(tmp_path)
    with pytest.raises(InvalidRequestError, match=words) as raised:
        client.code_interpreter.upload("ses_1", source, "a")
    assert len(str(raised.value)) < 1000
    assert server.count == 0


def test_a_source_that_shrinks_is_told(client: Any, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(CONTENT)

    def shrink(*arguments: Any) -> None:
        os.truncate(path, 100)
        KNOWS_FILES(*arguments)

    server.answers(shrink)
    with pytest.raises(CognitoraError, match="shorter while it was sent") as raised:
        client.code_interpreter.upload("ses_1", path, "a")
    assert (raised.value.attempts, raised.value.is_retryable) == (1, False)


class Sink(io.RawIOBase):
    """A file without a buffer, which takes a little at a time."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += bytes(data[:1000])
        return min(len(data), 1000)


def test_a_download_into_a_file_that_takes_little_at_a_time(client: Any, server: Server) -> None:
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    sink = Sink()
    assert client.code_interpreter.download("ses_1", "a", sink) is sink
    assert sink.data == CONTENT


def test_a_download_follows_a_link(client: Any, server: Server, tmp_path: Path) -> None:
    there, link, dangling = tmp_path / "there", tmp_path / "link", tmp_path / "dangling"
    (tmp_path / "deep").mkdir()
    there.write_bytes(b"old")
    link.symlink_to("there")
    dangling.symlink_to("deep/new")
    server.answers(KNOWS_FILES, *[reply(200, body=CONTENT, headers=FILES)] * 2)
    assert client.code_interpreter.download("ses_1", "a", link) == link
    assert client.code_interpreter.download("ses_1", "a", dangling) == dangling
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert there.read_bytes() == (tmp_path / "deep" / "new").read_bytes() == CONTENT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "deep", "link", "there"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444])
def test_a_file_that_exists_keeps_its_mode(
    client: Any, server: Server, tmp_path: Path, mode: int
) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(mode)
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    client.code_interpreter.download("ses_1", "a", target)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == CONTENT


def test_a_download_into_a_named_pipe(client: Any, server: Server, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.append(pipe.read_bytes()), daemon=True)
    reader.start()
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    assert client.code_interpreter.download("ses_1", "a", pipe) == pipe
    reader.join(10)
    assert taken == [CONTENT]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_named_pipe_that_nobody_reads_is_told_within_the_deadline(
    client: Any, server: Server, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    began = time.monotonic()
    with pytest.raises(InvalidRequestError, match="nobody reads"):
        client.code_interpreter.download("ses_1", "a", tmp_path / "pipe", request_timeout=0.1)
    assert time.monotonic() - began < READER_SECONDS / 2
    assert server.count == 0


async def test_a_download_that_is_cancelled_as_its_file_is_made_leaves_none(
    server: Server, tmp_path: Path
) -> None:
    async with CognitoraAsync(api_key=KEY, base_url=server.url) as client:
        for number in range(50):
            download = client.code_interpreter.download("ses_1", "a", tmp_path / str(number))
            task = asyncio.create_task(download)
            await asyncio.sleep(0)  # in which its thread is started
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert list(tmp_path.iterdir()) == []


def test_a_device_stays_one(client: Any, server: Server) -> None:
    before = Path("/dev/null").stat()
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    client.code_interpreter.download("ses_1", "a", "/dev/null")
    after = Path("/dev/null").stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_a_full_disk_is_told(client: Any, server: Server) -> None:
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    with pytest.raises(CognitoraError, match="'/dev/full' can't be written: No space left"):
        client.code_interpreter.download("ses_1", "a", "/dev/full")


def test_a_name_as_long_as_a_file_system_takes(client: Any, server: Server, tmp_path: Path) -> None:
    target = tmp_path / ("名" * 85)
    server.answers(KNOWS_FILES, reply(200, body=CONTENT, headers=FILES))
    client.code_interpreter.download("ses_1", "a", target)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


NO_TARGETS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a file in text mode": (
        lambda folder: OPEN.enter_context((folder / "text").open("w")),
        "text mode",
    ),
    "a StringIO": (lambda _: io.StringIO(), "text mode"),
    "a spooled file in text mode": (lambda _: spooled(b"", "w+"), "text mode"),
    "a file for reading": (
        lambda _: for_reading(),
        "not writ|write",
    ),
    "a closed file": (lambda _: closed(), "closed"),
    "what is written to with await": (lambda _: UploadFile(spooled(b"")), "not a UploadFile"),
    "a folder": (lambda folder: folder, "it is a folder"),
    "a folder that isn't there": (lambda folder: folder / "no" / "a", "No such file"),
    "a link to itself": (lambda folder: circle(folder), "symbolic links"),
    "a path with NUL": (lambda _: "a\0b", "null"),
    "a number": (lambda _: 7, "not a int"),
}


def for_reading() -> Any:
    file = Path(__file__).open("rb")  # noqa: SIM115 - entered on the next line
    return OPEN.enter_context(file)


def circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


@pytest.mark.parametrize("kind", NO_TARGETS)
def test_what_cannot_be_downloaded_to(
    client: Any, server: Server, tmp_path: Path, kind: str
) -> None:
    make, words = NO_TARGETS[kind]
    target = make(tmp_path)
    with pytest.raises(InvalidRequestError, match=words):
        client.code_interpreter.download("ses_1", "a", target)
    assert server.count == 0
