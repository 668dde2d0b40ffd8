"""Files that are sent along with code and commands: the forms that they are given in, and what is refused."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cognitora import CognitoraAsync, CognitoraError, FileUpload
from tests.facade.conftest import KEY
from tests.facade.refused import expect
from tests.facade.server import Server
from tests.facade.test_odd_values import works

BYTES = bytes(range(256))
IN_BASE64 = {"encoding": "base64"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_bytes(b"n\n1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.csv").write_bytes(b"another")
    (tmp_path / "sub" / "bytes").write_bytes(BYTES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "sent"),
    [
        (["a.csv"], {"a.csv": "bgoxCg=="}),
        ([Path("sub") / "a.csv"], {"a.csv": "YW5vdGhlcg=="}),
        (("./a.csv", FileUpload("b", "YQ==", "base64")), {"a.csv": "bgoxCg==", "b": "YQ=="}),
        (
            {"d/n": b"a", "m": bytearray(b"b"), "v": memoryview(b"cc")[1:]},
            dict(zip(["d/n", "m", "v"], ["YQ==", "Yg==", "Yw=="], strict=True)),
        ),
        (
            {"x/1": Path("a.csv"), "x/2": Path("sub/a.csv")},
            {"x/1": "bgoxCg==", "x/2": "YW5vdGhlcg=="},
        ),
        ({}, {}),
        ([], {}),
    ],
)
def test_the_forms_of_files(client: Any, server: Server, files: Any, sent: dict[str, str]) -> None:
    server.otherwise, server.in_contract = works, False
    client.code_interpreter.execute("1", files=files)
    expected = [{"name": name, "content": content, **IN_BASE64} for name, content in sent.items()]
    assert server.last.json["files"] == expected


def test_a_text_by_a_name_is_the_content(client: Any, server: Server) -> None:
    server.otherwise, server.in_contract = works, False
    client.code_interpreter.execute("1", files={"a.csv": "a.csv"})
    (file,) = server.last.json["files"]
    assert (file["name"], file["content"]) == ("a.csv", "a.csv")
    assert file.get("encoding", "string") == "string"


CALLS: list[Callable[[Any, Any], Any]] = [
    lambda client, files: client.code_interpreter.run_python("1", files=files),
    lambda client, files: client.code_interpreter.run_with_files("1", files),
    lambda client, files: list(client.code_interpreter.stream("1", files=files)),
    lambda client, files: list(client.code_interpreter.map(["1"], files=files)),
    lambda client, files: client.containers.execute_in_container("c", ["a"], files),
    lambda client, files: client.containers.upload_files("c", files),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_every_call_takes_them(client: Any, server: Server, number: int) -> None:
    server.otherwise, server.in_contract = works, False
    CALLS[number](client, {"named": Path("sub/bytes")})
    bodies = [each for each in server.received if b"named" in each.body or "named" in each.target]
    assert len(bodies) == 1


async def listened(client: CognitoraAsync, files: Any) -> None:
    box = await client.containers.attach("c")
    with suppress(CognitoraError):  # the server knows of no output
        await box.run(["a"], files=files, on_stdout=print)


class Far(os.PathLike[str]):
    """A path of a file that takes its time: until somebody on the event loop has done something else."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.waited: list[bool] = []

    def __fspath__(self) -> str:
        went_on = threading.Event()
        self._loop.call_soon_threadsafe(went_on.set)
        self.waited.append(went_on.wait(10))
        return "a.csv"


@pytest.mark.parametrize(
    "call",
    [
        lambda client, files: client.code_interpreter.execute("1", files=files),
        lambda client, files: client.containers.execute_in_container("c", ["a"], files),
        lambda client, files: client.containers.upload_files("c", files),
        listened,
    ],
)
async def test_other_tasks_go_on_while_files_are_read(
    server: Server, call: Callable[[CognitoraAsync, Any], Coroutine[Any, Any, object]]
) -> None:
    server.otherwise, server.in_contract = works, False
    far = Far(asyncio.get_running_loop())
    async with CognitoraAsync(api_key=KEY, base_url=server.url) as client:
        await call(client, [far])
    assert set(far.waited) == {True}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ("a.csv", "files must be a list of paths of this machine"),
        (Path("a.csv"), "files must be a list of paths of this machine"),
        (b"a", "not one bytes"),
        (FileUpload("a", "b"), "not one FileUpload"),
        (
            ["none.csv"],
            "files[0] can't be read: No such file or directory. A text in a list is a path",
        ),
        (["a.csv", Path("sub")], "files[1], 'sub', can't be read: it is a folder"),
        (
            ["/dev/zero"],
            "files[0] can't be read: it is a folder, or a pipe or a device",
        ),
        (["pipe"], "files[0] can't be read: it is a folder, or a pipe or a device"),
        (["a\0"], "can't be read: embedded null byte"),
        ([b"a.csv"], "files[0] must be a path of this machine or FileUpload"),
        ([None], "not a NoneType"),
        (["a.csv", Path("sub/a.csv")], "files has 2 that would be called 'a.csv'"),
        (["a.csv", FileUpload("a.csv", "")], "files={'other': Path('a.csv')}"),
        ({"a": None}, "files['a'] must be bytes, a text or a path, not None."),
        ({"a": FileUpload("a", "b")}, "files['a'] must be bytes, a text or a path"),
        ({"a": Path("none")}, "files['a'], 'none', can't be read"),
        ({"../a": b""}, "a name in files '../a' leads out of the work folder"),
        ({3: b""}, "a name in files 3 is no file name"),
        ({"a": "\ud800"}, "half of a surrogate pair"),
        ([FileUpload("a", "\ud800")], "half of a surrogate pair"),
    ],
)
def test_what_is_no_file_is_refused(client: Any, server: Server, files: Any, words: str) -> None:
    os.mkfifo("pipe")
    expect(client, server, lambda c: c.code_interpreter.execute("1", files=files), words)
    expect(client, server, lambda c: c.containers.execute_in_container("c", ["a"], files), words)
    expect(client, server, lambda c: c.code_interpreter.map(["1"], files=files), words)


def test_a_path_of_a_sandbox_is_no_file_of_this_machine(client: Any, server: Server) -> None:
    path = client.code_interpreter.path("s", "/etc/passwd")
    expect(client, server, lambda c: c.code_interpreter.execute("1", files=[path]), "files[0] must")
