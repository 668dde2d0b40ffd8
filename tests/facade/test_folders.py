"""Folders up and down, and paths, with servers that mean well and that don't."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cognitora import (
    APIConnectionError,
    CognitoraError,
    ConflictError,
    FileTooLargeError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    UnsupportedError,
)
from cognitora.globs import Glob
from tests.facade.server import Received, Server, head, raw, reply
from tests.security.hostile_tars import HOSTILE, LARGE
from tests.tars import folder, link, member, tar, untar

FILESYSTEM = {"X-Cognitora-Features": "files, filesystem"}
OLD = {"X-Cognitora-Features": "files"}
STORED = reply(200, {"path": "d", "files": 1, "size": 1}, headers=FILESYSTEM)
ENTRY = {"path": "d/f", "type": "file", "size": 3, "mode": 0o644}


def sent(stream: bytes) -> Any:
    return reply(200, body=stream, headers=FILESYSTEM)


def endless(connection: socket.socket, _: Received) -> None:
    """A file that grows for as long as it is read."""
    connection.sendall(head(200, FILESYSTEM | {"Transfer-Encoding": "chunked"}))
    with suppress(OSError):
        while True:
            connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def test_a_folder_goes_up_as_a_tar_stream(client: Any, server: Server, tmp_path: Path) -> None:
    (tmp_path / "a" / "empty").mkdir(parents=True)
    (tmp_path / "a" / "f").write_bytes(bytes(1000))
    (tmp_path / "a" / "f").chmod(0o750)
    (tmp_path / "l").symlink_to("a/f")
    (tmp_path / "out").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    server.answers(STORED)
    client.code_interpreter.upload_folder("ses_1", tmp_path, "/tmp/d")
    request = server.last
    assert (request.method, request.query) == ("PUT", {"path": "/tmp/d"})
    assert request.path == "/api/v1/interpreter/sessions/ses_1/filesystem/tar"
    assert request.headers["content-length"] == str(len(request.body))
    assert untar(request.body) == {
        "a": None,
        "a/empty": None,
        "a/f": bytes(1000),
        "l": "-> a/f",
        "out": "-> /etc/passwd",
    }


def test_the_folder_may_be_a_link_itself(client: Any, server: Server, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").touch()
    (tmp_path / "link").symlink_to("real")
    server.answers(STORED)
    client.containers.upload_folder("ctr_1", str(tmp_path / "link"), "d", user="1000")
    assert untar(server.last.body) == {"f": b""}
    assert server.last.query == {"path": "d", "user": "1000"}


@pytest.mark.parametrize("name", ["gone", "file"])
def test_what_is_no_folder_is_not_sent(
    client: Any, server: Server, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequestError, match="can't be read"):
        client.code_interpreter.upload_folder("ses_1", tmp_path / name, "d")
    assert server.received == []


def test_a_folder_comes_down(client: Any, server: Server, tmp_path: Path) -> None:
    stream = tar(
        folder("closed"),
        member("closed/f", b"content", mode=0o640, mtime=86400),
        member("deep/er/f", b"x" * 700_000),
        member("empty"),
        link("l", "closed/f"),
        link("closed/up", "../empty"),
    )
    for name in ("new", "there"):
        target = tmp_path / name
        if name == "there":
            target.mkdir()
        server.answers(sent(stream))
        assert client.code_interpreter.download_folder("ses_1", "d", target) == target
        assert (target / "l").read_bytes() == b"content"
        assert (target / "closed" / "up").readlink() == Path("../empty")
        assert (target / "deep/er/f").stat().st_size == 700_000
        found = (target / "closed/f").stat()
        assert (stat.S_IMODE(found.st_mode), found.st_mtime) == (0o640, 86400)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["new", "there"]


def test_a_folder_with_something_in_it_stays_as_it_is(
    client: Any, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises(InvalidRequestError, match="isn't empty"):
        client.code_interpreter.download_folder("ses_1", "d", tmp_path)
    assert server.received == []


def test_links_that_lead_out_are_taken_where_that_is_said(
    client: Any, server: Server, tmp_path: Path
) -> None:
    server.answers(sent(tar(link("bin/python", "/usr/bin/python3"))))
    client.code_interpreter.download_folder("s", "d", tmp_path / "d", outside_links=True)
    assert (tmp_path / "d/bin/python").readlink() == Path("/usr/bin/python3")
    server.answers(sent(tar(link("up", "../secret"))))
    with pytest.raises(InvalidResponseError, match="outside_links=True"):
        client.code_interpreter.download_folder("s", "d", tmp_path / "e")
    assert [each.name for each in tmp_path.iterdir()] == ["d"]


CHAINED = {
    "by a link to the folder itself": (
        link("a/b/c/l", "../../.."),
        link("x", "a/b/c/l/../../../../outside/secret"),
    ),
    "by a link to a folder above": (link("a/up", ".."), link("x", "a/up/../outside/secret")),
    "by a link that is no link yet": (link("x", "a/up/../outside/secret"), link("a/up", "..")),
}


@pytest.mark.parametrize("links", CHAINED.values(), ids=CHAINED)
def test_links_that_lead_out_together_are_refused(
    client: Any, server: Server, tmp_path: Path, links: tuple[Any, Any]
) -> None:
    server.answers(sent(tar(folder("a"), folder("a/b"), folder("a/b/c"), *links)))
    with pytest.raises(InvalidResponseError, match="outside_links=True"):
        client.code_interpreter.download_folder("s", "d", tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


SAID_OTHERWISE = {
    "a link, and a file through it",
    "links that climb, and a file through them",
    "a link, and a folder through it",
    "a link, and a link through it",
    "a link in a folder's place",
    "a hard link through a link",
    "a hard link to a link",
}
WITH_OUTSIDE_LINKS = [(name, True) for name in HOSTILE if name != LARGE]  # which has none


@pytest.mark.parametrize(
    ("name", "outside_links"), [*((name, False) for name in HOSTILE), *WITH_OUTSIDE_LINKS]
)
def test_a_hostile_stream_writes_nothing_outside(
    client: Any, server: Server, tmp_path: Path, name: str, outside_links: bool
) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret").write_text("secret")
    make, why = HOSTILE[name]
    server.answers(sent(make(str(outside))))
    with pytest.raises(CognitoraError) as raised:
        client.code_interpreter.download_folder(
            "ses_1", "d", inside / "d", outside_links=outside_links
        )
    assert name in SAID_OTHERWISE or why in str(raised.value)
    assert list(inside.iterdir()) == []
    assert [each.name for each in outside.iterdir()] == ["secret"]
    assert (outside / "secret").stat().st_nlink == 1


def test_a_stream_that_is_cut_off_leaves_nothing(
    client: Any, server: Server, tmp_path: Path
) -> None:
    headers = {**FILESYSTEM, "Transfer-Encoding": "chunked"}
    piece = tar(member("f", bytes(5000)))[:1024]
    server.answers(raw(head(200, headers) + b"400\r\n" + piece + b"\r\n"))
    with pytest.raises(APIConnectionError) as raised:
        client.code_interpreter.download_folder("ses_1", "d", tmp_path / "d")
    assert raised.value.operation == "download_session_folder"
    assert list(tmp_path.iterdir()) == []


Call = Callable[[Any, Path], Any]

CALLS: list[Call] = [
    lambda c, d: c.code_interpreter.list_files("s", "."),
    lambda c, d: c.code_interpreter.stat_file("s", "f"),
    lambda c, d: c.code_interpreter.make_folder("s", "d"),
    lambda c, d: c.code_interpreter.move_file("s", "f", "g"),
    lambda c, d: c.code_interpreter.remove_file("s", "f"),
    lambda c, d: c.code_interpreter.change_file("s", "f", 0o600),
    lambda c, d: c.code_interpreter.upload_folder("s", d, "d"),
    lambda c, d: c.code_interpreter.download_folder("s", "d", d / "new"),
    lambda c, d: c.code_interpreter.upload("s", b"", "/tmp/f"),
    lambda c, d: c.code_interpreter.upload("s", b"", "f", mode=0o700),
    lambda c, d: c.code_interpreter.download("s", "/tmp/f"),
    lambda c, d: c.containers.download("c", "f", user="root"),
    lambda c, d: c.containers.upload("c", b"", "f", user="root"),
    lambda c, d: c.code_interpreter.path("s", "f").exists(),
    lambda c, d: c.code_interpreter.upload("s", b"", "a\\b"),
    lambda c, d: c.code_interpreter.download("s", "a\\b"),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_a_server_that_has_no_such_thing_is_told_of(
    client: Any, server: Server, tmp_path: Path, number: int
) -> None:
    """Of one that hasn't answered yet it is found out; of one that has, nothing is asked for."""
    unknown = reply(404, {"error": "Nothing is here."}, headers=OLD)
    session = {"data": {"session_id": "s", "status": "active"}, "id": "c", "status": "x"}
    server.answers(unknown if number < 8 or number == 13 else reply(200, session, headers=OLD))
    for _ in range(2):
        with pytest.raises(UnsupportedError, match="`filesystem`") as raised:
            CALLS[number](client, tmp_path)
        assert not raised.value.may_have_run
        assert len(server.received) == 1


def test_a_session_has_one_user(client: Any, server: Server) -> None:
    session = reply(200, {"data": {"session_id": "s", "status": "active"}}, headers=FILESYSTEM)
    server.answers(session)
    calls: list[Callable[[Any], Any]] = [
        lambda made: made.path("f", user="root"),
        lambda made: made.upload(b"", "f", user="root"),
        lambda made: made.download("f", user="root"),
        lambda made: made.start(["id"], user="root"),
        lambda made: client.processes.start_session_process("s", ["id"], user="root"),
    ]
    with client.code_interpreter.session() as made:
        for call in calls:
            with pytest.raises(InvalidRequestError, match="one user"):
                call(made)
        server.answers(reply(200, {"success": True}))


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.code_interpreter.change_file("s", "f"),
        lambda c: c.containers.change_file("c", "f"),
        lambda c: c.containers.change_file("c", "f", user="root"),
        lambda c: c.code_interpreter.update_session("s"),
        lambda c: c.containers.update_container("c"),
    ],
)
def test_a_change_of_nothing_is_refused(
    client: Any, server: Server, call: Callable[[Any], Any]
) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"nothing in the request: pass \w+=… or .*\w+=…\."
    ):
        call(client)
    assert server.received == []


def test_a_path_reads_and_writes(client: Any, server: Server) -> None:
    path = client.code_interpreter.path("ses_1", "d").joinpath("f.tar.gz")
    assert (str(path), path.name, path.stem, path.suffix) == (
        "d/f.tar.gz",
        "f.tar.gz",
        "f.tar",
        ".gz",
    )
    assert path.parts == ("d", "f.tar.gz")
    knows = reply(200, {"data": {"session_id": "s", "status": "active"}}, headers=FILESYSTEM)
    server.answers(knows, reply(200, {"path": "x", "size": 1}, headers=FILESYSTEM))
    assert path.write_text("ünï", mode=0o600) == 3
    assert server.last.body == "ünï".encode()
    assert server.last.query == {"path": "d/f.tar.gz", "mode": "384"}
    server.answers(sent("ünï".encode()), sent(b"\xff"), reply(200, ENTRY, headers=FILESYSTEM))
    assert path.read_text() == "ünï"
    with pytest.raises(UnicodeDecodeError):
        path.read_text()
    assert path.stat().size == 3


def test_no_more_of_a_file_is_read_than_was_asked_for(client: Any, server: Server) -> None:
    path = client.code_interpreter.path("ses_1", "f")
    server.answers(
        reply(200, {"data": {"session_id": "s", "status": "active"}}, headers=FILESYSTEM)
    )
    server.otherwise = sent(b"x" * 1001)
    assert len(path.read_bytes(max_bytes=1001)) == len(path.read_text(max_bytes=1001)) == 1001
    for read in (path.read_bytes, path.read_text):
        with pytest.raises(FileTooLargeError, match="f has more than 1,000 bytes"):
            read(max_bytes=1000)
    server.otherwise = endless
    with pytest.raises(FileTooLargeError, match="f has more than 5,000,000 bytes"):
        path.read_bytes(max_bytes=5_000_000)
    server.received.clear()
    for wrong in (-1, 1.5, "1", True):
        with pytest.raises(InvalidRequestError, match="max_bytes"):
            path.read_bytes(max_bytes=wrong)
    assert server.received == []


@pytest.mark.parametrize(
    ("type_", "method", "right"), [("folder", "unlink", "rmdir"), ("file", "rmdir", "unlink")]
)
def test_what_is_of_another_type_is_a_conflict_and_stays(
    client: Any, server: Server, type_: str, method: str, right: str
) -> None:
    server.answers(reply(200, {**ENTRY, "type": type_}, headers=FILESYSTEM))
    with pytest.raises(ConflictError, match=right) as raised:
        getattr(client.containers.path("ctr_1", "d"), method)()
    assert (raised.value.code, raised.value.operation) == ("not_a_file", "remove_file")
    assert [each.method for each in server.received] == ["GET"]


def test_a_path_that_is_not_there(client: Any, server: Server) -> None:
    def missing(code: str, status: int = 404) -> Any:
        return reply(status, {"error": "No.", "code": code}, headers=FILESYSTEM)

    path: Any = client.containers.path("ctr_1", "/srv/f", user="ann")
    server.answers(missing("file_not_found"), missing("not_a_file", 409))
    server.answers(missing("file_not_found"), missing("file_not_found"))
    assert path.exists() is False
    assert path.is_file() is False
    assert path.unlink(missing_ok=True) is None
    assert server.last.query == {"path": "/srv/f", "recursive": "false", "user": "ann"}
    calls: list[Callable[[], Any]] = [
        path.exists,
        path.unlink,
        lambda: path.rmtree(missing_ok=True),
    ]
    for call in calls:
        server.answers(missing("container_not_found"))
        with pytest.raises(NotFoundError):
            call()
    server.answers(missing("file_not_found"))
    assert list(path.glob("*")) == []
    server.answers(missing("file_not_found"))
    with pytest.raises(NotFoundError):
        path.mkdir()
    assert server.last.query["path"] == "/srv"


async def tell(_: CognitoraError) -> None:
    """What nobody would await."""


@pytest.mark.parametrize("on_error", ["no function", tell])
def test_a_walk_takes_an_ordinary_function(client: Any, server: Server, on_error: Any) -> None:
    with pytest.raises(InvalidRequestError, match="on_error must be an ordinary function that ta"):
        list(client.containers.path("ctr_1", "d").walk(on_error))
    assert server.received == []


@pytest.mark.parametrize("path", ["", "../x", "a/..", "nul\0", "x" * 4096])
def test_bad_paths_are_refused_before_anything_is_sent(
    client: Any, server: Server, tmp_path: Path, path: str
) -> None:
    interpreter = client.code_interpreter
    calls: list[Callable[[], Any]] = [
        lambda: interpreter.path("s", path),
        lambda: interpreter.list_files("s", path),
        lambda: interpreter.make_folder("s", path),
        lambda: interpreter.move_file("s", "x", path),
        lambda: interpreter.upload_folder("s", tmp_path, path),
        lambda: interpreter.download_folder("s", path, tmp_path / "d"),
        lambda: interpreter.path("s", "x").rename(path),
    ]
    for call in calls:
        with pytest.raises(InvalidRequestError):
            call()
    assert server.received == []


@pytest.mark.parametrize(
    ("pattern", "folder", "depth", "meant", "others"),
    [
        ("*.csv", "", 1, ["a.csv", ".csv"], ["a.txt", "d/a.csv"]),
        ("d/e/*.csv", "d/e", 1, ["a.csv"], ["d/e/a.csv"]),
        ("d/*/a", "d", 2, ["x/a", "*/a"], ["a", "x/y/a"]),
        ("**/*.py", "", 2048, ["a.py", "d/a.py", "d/e/a.py"], ["a.pyc", "d"]),
        ("d/**", "d", 2048, ["x", "x/y"], []),
        ("**/t/**/x", "", 2048, ["t/x", "a/t/x", "a/t/b/c/x"], ["x", "t/b"]),
        ("[ab]?", "", 1, ["ax", "b1"], ["cx", "a"]),
        ("plain", "", 1, ["plain"], ["Plain", "x"]),
    ],
)
def test_patterns(
    pattern: str, folder: str, depth: int, meant: list[str], others: list[str]
) -> None:
    glob = Glob(pattern)
    assert (glob.folder, glob.depth) == (folder, depth)
    assert [each for each in [*meant, *others] if glob.matches(each)] == meant


def test_a_pattern_of_many_stars_ends() -> None:
    assert not Glob("/".join(["**", "*"] * 30 + ["x"])).matches("/".join(["a"] * 200))


@pytest.mark.parametrize("pattern", ["", "/x", "../x", "."])
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequestError):
        Glob(pattern)
