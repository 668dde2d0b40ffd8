from __future__ import annotations

import io
import os
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from cognitora import (
    APIConnectionError,
    APITimeoutError,
    BadRequestError,
    ExecutionError,
    FileUpload,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    file_scripts,
)
from cognitora.deadline import Deadline
from cognitora.downloads import Download
from cognitora.files import PIECE, Upload
from tests.facade.answers import container, executed, session
from tests.facade.sandbox import Sandbox, has
from tests.facade.server import Server, head, raw, reply, silent

FILES = {"X-Cognitora-Features": "files"}
KNOWS_FILES = reply(200, {"data": {"session_id": "ses_1", "status": "active"}}, headers=FILES)
WRITTEN = reply(200, {"path": "a", "size": 1}, headers=FILES)
BINARY = bytes(range(256)) * 4


class Pipe(io.RawIOBase):
    """A stream that can be read once and not be rewound."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def sources(folder: Path) -> list[Any]:
    path = folder / "source.bin"
    path.write_bytes(BINARY)
    ahead = io.BytesIO(b"skipped" + BINARY)
    ahead.seek(7)
    return [BINARY, bytearray(BINARY), path, str(path), ahead, Pipe(BINARY)]


@pytest.mark.parametrize("number", range(6))
def test_every_kind_of_source_goes_up(
    client: Any, server: Server, tmp_path: Path, number: int
) -> None:
    server.answers(KNOWS_FILES, WRITTEN)
    client.code_interpreter.upload("ses_1", sources(tmp_path)[number], "data/a b.bin")
    request = server.last
    assert (request.method, request.body) == ("PUT", BINARY)
    assert request.path == "/api/v1/interpreter/sessions/ses_1/files"
    assert request.query == {"path": "data/a b.bin"}
    assert request.headers["content-length"] == str(len(BINARY))
    assert "transfer-encoding" not in request.headers
    assert request.headers["content-type"] == "application/octet-stream"


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("number", range(6))
def test_an_upload_that_is_repeated_starts_again(
    client: Any, server: Server, tmp_path: Path, number: int
) -> None:
    server.answers(KNOWS_FILES, raw(b""), reply(503), WRITTEN)
    client.code_interpreter.upload("ses_1", sources(tmp_path)[number], "a")
    assert [r.body for r in server.received[1:]] == [BINARY] * 3


def test_an_empty_file_goes_up_and_comes_down(client: Any, server: Server) -> None:
    server.answers(KNOWS_FILES, WRITTEN, reply(200, body=b"", headers=FILES))
    client.code_interpreter.upload("ses_1", b"", "a")
    assert server.last.headers["content-length"] == "0"
    assert client.code_interpreter.download("ses_1", "a") == b""


def test_the_callers_file_stays_open(client: Any, server: Server, tmp_path: Path) -> None:
    server.answers(KNOWS_FILES, WRITTEN, reply(200, body=b"down", headers=FILES))
    with (tmp_path / "f").open("w+b") as file:
        file.write(b"up")
        file.seek(0)
        client.code_interpreter.upload("ses_1", file, "a")
        file.seek(0)
        assert client.code_interpreter.download("ses_1", "a", file) is file
        file.seek(0)
        assert file.read() == b"down"


def test_a_download_comes_into_memory_or_into_a_file(
    client: Any, server: Server, tmp_path: Path
) -> None:
    server.answers(KNOWS_FILES, *[reply(200, body=BINARY, headers=FILES)] * 3)
    interpreter = client.code_interpreter
    assert interpreter.download("ses_1", "a") == BINARY
    assert server.last.query == {"path": "a"}
    assert interpreter.download("ses_1", "a", tmp_path / "one") == tmp_path / "one"
    assert interpreter.download("ses_1", "a", str(tmp_path / "two")) == tmp_path / "two"
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == BINARY
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_download_that_breaks_leaves_the_old_file(
    client: Any, server: Server, tmp_path: Path
) -> None:
    target = tmp_path / "old"
    target.write_bytes(b"old")
    server.answers(KNOWS_FILES, raw(head(200, {"Content-Length": "100"}) + b"half"))
    with pytest.raises(APIConnectionError, match="broke") as raised:
        client.code_interpreter.download("ses_1", "a", target)
    assert raised.value.operation == "download_session_file"
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_not_there(client: Any, server: Server, tmp_path: Path) -> None:
    server.answers(KNOWS_FILES, reply(404, {"error": "There is no file a.", "code": "no_file"}))
    with pytest.raises(NotFoundError, match="no file a"):
        client.code_interpreter.download("ses_1", "a", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_large_files_take_little_memory(client: Any, server: Server, tmp_path: Path) -> None:
    size = 24 * 1024 * 1024
    source, target = tmp_path / "source", tmp_path / "target"
    source.touch()
    os.truncate(source, size)

    def swallow(connection: Any, _: Any) -> None:
        reply(200, {"path": "a", "size": size}, headers=FILES)(connection, _)

    def pour(connection: Any, _: Any) -> None:
        connection.sendall(head(200, {"Content-Length": str(size)}))
        for _ in range(size // PIECE):
            connection.sendall(bytes(PIECE))

    server.answers(KNOWS_FILES, swallow, pour)
    client.code_interpreter.get_session("ses_1")
    with source.open("rb") as file:
        uploaded = client.code_interpreter.upload("ses_1", file, "a")
    assert uploaded is None
    assert len(server.last.body) == size
    server.received.clear()
    tracemalloc.start()
    client.code_interpreter.download("ses_1", "a", target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert target.stat().st_size == size
    assert peak < 8 * 1024 * 1024


def test_a_container_has_files_too(client: Any, server: Server, tmp_path: Path) -> None:
    knows = reply(200, {"id": "ctr_1", "status": "RUNNING"}, headers=FILES)
    server.answers(knows, WRITTEN, reply(200, body=b"down", headers=FILES))
    client.containers.upload("ctr_1", b"up", "a")
    assert (server.last.method, server.last.body) == ("PUT", b"up")
    assert server.last.path == "/api/v1/compute/containers/ctr_1/files"
    assert client.containers.download("ctr_1", "a") == b"down"


def test_several_files_go_up_by_their_endpoint(client: Any, server: Server) -> None:
    knows = reply(200, {"id": "ctr_1", "status": "RUNNING"}, headers=FILES)
    server.answers(knows, WRITTEN, WRITTEN)
    files = [FileUpload("a", "text"), FileUpload("b", "AP8=", "base64")]
    assert client.containers.upload_files("ctr_1", files).files_uploaded == 2
    assert [r.body for r in server.received[1:]] == [b"text", b"\x00\xff"]


def test_files_move_in_live_blocks(client: Any, server: Server) -> None:
    created = reply(200, {"data": {"session_id": "s", "status": "active"}}, headers=FILES)
    server.answers(created, WRITTEN, reply(200, body=b"down", headers=FILES), reply(204))
    with client.code_interpreter.session() as live:
        live.upload(b"up", "a")
        assert live.download("a") == b"down"
    started = reply(200, {"id": "c", "status": "RUNNING"}, headers=FILES)
    server.answers(started, WRITTEN, reply(200, body=b"down", headers=FILES), reply(204))
    with client.containers.container("image", 1, 512, 5) as box:
        box.upload(b"up", "a")
        assert box.download("a") == b"down"


LANGUAGES = [
    pytest.param(name, marks=pytest.mark.skipif(not has(name), reason=f"no {name} here"))
    for name in ("python", "javascript", "bash")
]
SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_files_move_by_code_where_there_is_no_endpoint(
    client: Any, server: Server, tmp_path: Path, language: str, size: int
) -> None:
    server.otherwise = sandbox = Sandbox(tmp_path, language)
    content = (BINARY * (size // len(BINARY) + 1))[:size]
    path = 'deep er/o\'f "files"/é$x.bin'
    client.code_interpreter.upload("ses_1", content, path)
    assert (tmp_path / path).read_bytes() == content
    assert client.code_interpreter.download("ses_1", path) == content
    assert [p.name for p in tmp_path.iterdir()] == ["deep er"]
    assert sandbox.largest_body < 512 * 1024
    with pytest.raises(NotFoundError, match="no such file") as raised:
        client.code_interpreter.download("ses_1", "no such file")
    assert str(raised.value).endswith("[execute_code, file_not_found]")
    assert raised.value.status_code == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", ["sub/sub", "outside"])
def test_files_by_code_find_the_work_folder_wherever_the_session_has_gone(
    client: Any, server: Server, tmp_path: Path, language: str, folder: str
) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    outside.mkdir()
    (work / "sub" / "sub").mkdir(parents=True)
    here = outside if folder == "outside" else work / folder
    server.otherwise = Sandbox(work, language, current=here, home=work)
    content = BINARY * (2 * PIECE // len(BINARY) + 1)
    client.code_interpreter.upload("ses_1", content, "a/b")
    assert (work / "a" / "b").read_bytes() == content
    assert client.code_interpreter.download("ses_1", "a/b") == content
    assert sorted(p.name for p in work.iterdir()) == ["a", "sub"]
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_by_code_fail_where_the_work_folder_is_not_found(
    client: Any, server: Server, tmp_path: Path, language: str
) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    for folder in (work, outside):
        folder.mkdir()
    server.otherwise = Sandbox(work, language, current=outside, home=outside)
    with pytest.raises(ExecutionError, match="folder of the files"):
        client.code_interpreter.upload("ses_1", b"x", "a")
    with pytest.raises(ExecutionError, match="folder of the files"):
        client.code_interpreter.download("ses_1", "a")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_upload_by_code_that_fails_leaves_no_parts(
    client: Any, server: Server, tmp_path: Path, language: str
) -> None:
    sandbox = Sandbox(tmp_path, language)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    server.otherwise = sandbox
    with pytest.raises(ExecutionError, match="full"):
        client.code_interpreter.upload("ses_1", bytes(PIECE + 1), "full")
    assert [p.name for p in tmp_path.iterdir()] == ["full"]
    server.answers(sandbox, sandbox, sandbox, reply(400, {"error": "too much"}))
    with pytest.raises(BadRequestError, match="too much"):
        client.code_interpreter.upload("ses_1", bytes(2 * PIECE), "b")
    assert [p.name for p in tmp_path.iterdir()] == ["full"]
    if language == "bash":
        with pytest.raises(InvalidResponseError, match="full is a folder"):
            client.containers.upload("ctr_1", bytes(PIECE + 1), "full")
        server.answers(sandbox, reply(400, {"error": "too much"}))
        with pytest.raises(BadRequestError, match="too much"):
            client.containers.upload("ctr_1", bytes(2 * PIECE), "b")
        assert [p.name for p in tmp_path.iterdir()] == ["full"]


@pytest.mark.parametrize("size", SIZES)
def test_files_move_by_commands_where_there_is_no_endpoint(
    client: Any, server: Server, tmp_path: Path, size: int
) -> None:
    server.otherwise = Sandbox(tmp_path)
    content = (BINARY * (size // len(BINARY) + 1))[:size]
    client.containers.upload("ctr_1", content, "a/b.bin")
    assert (tmp_path / "a" / "b.bin").read_bytes() == content
    assert client.containers.download("ctr_1", "a/b.bin") == content
    with pytest.raises(NotFoundError):
        client.containers.download("ctr_1", "nothing")


def test_moving_by_code_leaves_no_names_in_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("part-0").write_bytes(b"a")
    Path("part-1").write_bytes(b"b")
    own = dict.fromkeys(["os", "path", "exec", "open", "print", "shutil", "base64"], "my own")
    session: dict[str, Any] = dict(own)
    exec(file_scripts.join("ab", ["part-0", "part-1"])["python"], session)
    Path(".token").touch()
    exec(file_scripts.read("ab", 0, "token")["python"], session)
    printed = capsys.readouterr().out
    assert file_scripts.piece(printed, "token", "ab", "execute_code") == (b"ab", True)
    del session["__builtins__"]
    assert session == own
    assert [p.name for p in Path().iterdir()] == ["ab"]


def test_a_folder_in_the_way_is_told(client: Any, server: Server, tmp_path: Path) -> None:
    server.otherwise = Sandbox(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "full").touch()
    with pytest.raises(ExecutionError, match="a"):
        client.code_interpreter.upload("ses_1", b"x", "a")
    (tmp_path / "b").write_text("a file")
    with pytest.raises(InvalidResponseError, match="b"):
        client.containers.upload("ctr_1", b"x", "b/c")


def test_a_session_that_is_not_there(client: Any, server: Server) -> None:
    server.otherwise = reply(404, {"error": "There is no session ses_1."})
    with pytest.raises(NotFoundError, match="ses_1"):
        client.code_interpreter.upload("ses_1", b"x", "a")
    with pytest.raises(NotFoundError, match="ses_1"):
        client.code_interpreter.download("ses_1", "a")


def test_a_transfer_has_one_deadline(client: Any, server: Server, tmp_path: Path) -> None:
    server.answers(session(language="python"), silent)
    server.otherwise = executed()  # what is left is removed afterwards
    with pytest.raises(APITimeoutError, match="request_timeout="):
        client.code_interpreter.upload("ses_1", b"x", "a", request_timeout=0.3)


def test_an_upload_is_read_anew_each_time() -> None:
    data = bytes(PIECE + 1)
    upload = Upload(data, Deadline(60))
    upload.open()
    assert [len(piece) for piece in upload] == [PIECE, 1]
    assert b"".join(upload) == data
    assert upload.size == PIECE + 1
    upload.close()


def test_a_download_leaves_the_programs_umask_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("other threads make files too"))
    download = Download(tmp_path / "a", Deadline(60))
    download.open()
    download.write(b"x")
    assert download.finish() == tmp_path / "a"


def test_text_instead_of_a_path_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidRequestError, match=r"'hello' can't be read.*pass text\.encode\(\)"):
        Upload("hello", Deadline(60)).open()


def test_a_path_that_is_missing_is_not_taken_for_text(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"absent.*can't be read: No such file[^.]*\.$"):
        Upload(tmp_path / "absent", Deadline(60)).open()


def test_a_download_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    download = Download(tmp_path / "a", Deadline(60))
    download.open()
    download.write(b"half")
    download.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", [7, io.StringIO()])
def test_a_target_that_is_none(target: BinaryIO) -> None:
    with pytest.raises(InvalidRequestError, match="'wb'"):
        Download(target, Deadline(60)).open()


def test_a_container_without_files_says_so(client: Any, server: Server) -> None:
    server.answers(container(), reply(200, {"output": "sh: not found"}))
    with pytest.raises(InvalidResponseError, match="sh: not found"):
        client.containers.download("ctr_1", "a")
