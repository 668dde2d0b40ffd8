"""Files that are opened by a path, and paths where text is taken: what is sent, and what is refused."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from cognitora import FileUpload, InvalidRequestError, SandboxPath
from tests.facade.server import Server
from tests.facade.test_odd_values import works


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        ("", {}),
        ("rw", {}),
        ("rr", {}),
        ("q", {}),
        (None, {}),
        ("rbt", {}),
        ("rb", {"encoding": "utf-8"}),
        ("rb", {"newline": "\n"}),
        ("r", {"encoding": "no-such"}),
        ("r", {"errors": "no-such"}),
        ("r", {"newline": "x"}),
    ],
)
def test_a_mode_that_there_isnt(
    client: Any, server: Server, mode: Any, more: dict[str, str]
) -> None:
    with pytest.raises(InvalidRequestError):
        client.code_interpreter.path("s", "f").open(mode, **more)
    assert server.received == []


def test_a_file_that_no_block_has_opened_says_what_opens_it(client: Any, server: Server) -> None:
    file = client.code_interpreter.path("s", "f").open()
    told = "what a `with` block of it gives is the file"
    for name in ("read", "write", "close", "readline", "seek"):
        assert not hasattr(file, name)
        with pytest.raises(AttributeError, match=f"no '{name}': {told}"):
            getattr(file, name)()
    with pytest.raises(TypeError, match=told):
        list(file)
    assert copy.copy(getattr(file, "inner", file)) is not file
    assert server.received == []


def test_a_path_is_taken_wherever_its_text_is(client: Any, server: Server) -> None:
    files, boxes = client.code_interpreter, client.containers
    here = files.path("s", "d") / "f"
    server.otherwise, server.in_contract = works, False
    paths: list[Any] = [here, PurePosixPath("d/f"), "d/f"]
    for path in paths:
        server.received.clear()
        files.stat_file("s", path)
        files.upload("s", b"x", path)
        files.download("s", path)
        files.move_file("s", path, path)
        files.path("s", "e").rename(path)
        boxes.execute_in_container("c", ["cat", path], working_directory=path)
        client.processes.start_container_process("c", [path], working_directory=path)
        files.execute("1", files=[FileUpload(name=getattr(path, "inner", path), content="x")])
        queries = [each.query["path"] for each in server.received if "path" in each.query]
        assert queries == ["d/f"] * 3
        moved, renamed, command, process, code = [
            json.loads(each.body) for each in server.received if each.method == "POST"
        ]
        assert (moved["source"], moved["target"], renamed["target"]) == ("d/f",) * 3
        assert (command["command"], command["working_directory"]) == (["cat", "d/f"], "d/f")
        assert (process["command"], process["working_directory"]) == (["d/f"], "d/f")
        assert code["files"][0]["name"] == "d/f"
    assert str(files.path("s", here) / files.path("s", "g")) == "d/f/g"
    assert str(here / PurePosixPath("/g")) == "/g"


def test_a_path_is_no_path_of_this_machine(client: Any) -> None:
    path = client.code_interpreter.path("s", "/etc/passwd")
    assert not isinstance(path, os.PathLike)
    with pytest.raises(InvalidRequestError, match="source"):
        client.code_interpreter.upload("s", path, "f")


ANSWERED: list[Callable[[Any], Any]] = [
    lambda path: path.name,
    lambda path: path.stem,
    lambda path: path.suffix,
    lambda path: path.suffixes,
    lambda path: path.parts,
    lambda path: path.anchor,
    lambda path: path.parent,
    lambda path: list(path.parents),
    lambda path: path.is_absolute(),
    lambda path: path.is_relative_to("a/b"),
    lambda path: path.is_relative_to(path.parent),
    lambda path: path.relative_to(path.parent),
    lambda path: path.relative_to("a"),
    lambda path: path.match("*.gz"),
    lambda path: path.match(""),
    lambda path: path.with_name("new"),
    lambda path: path.with_name(""),
    lambda path: path.with_stem("new"),
    lambda path: path.with_suffix(".txt"),
    lambda path: path.with_suffix(""),
    lambda path: path.with_suffix("txt"),
    lambda path: path.as_posix(),
    lambda path: "x/y" / path,
    lambda path: sorted([path / "b", path / "a/c", path / "a"]),
    lambda path: path <= path.parent,
]


def told(ask: Callable[[Any], Any], path: Any) -> Any:
    """The answer, or that there is none."""
    refusal = ValueError if isinstance(path, PurePosixPath) else InvalidRequestError
    try:
        answer = ask(path)
    except refusal:
        return ValueError
    return [*map(str, answer)] if isinstance(answer, list) else str(answer)


@pytest.mark.parametrize("text", ["a/b/c.tar.gz", "/a/b", "f", ".", "/", ".hidden", "a b/ä."])
def test_what_is_made_of_a_path_is_as_pathlib_makes_it(client: Any, text: str) -> None:
    path = client.code_interpreter.path("s", text)
    path = getattr(path, "inner", path)
    for number, ask in enumerate(ANSWERED):
        assert (number, told(ask, path)) == (number, told(ask, PurePosixPath(text)))


def test_what_is_made_of_a_path_is_of_its_sandbox(client: Any) -> None:
    path = client.code_interpreter.path("s", "a/b/c")
    path = getattr(path, "inner", path)
    for made in (path.with_name("x"), path.parents[1], path.relative_to("a"), "x" / path):
        assert type(made) is type(path)
        assert made == path._at(str(made))


@pytest.mark.parametrize("name", ["a/..", "a/b", "a\0", "\ud800", None, 5])
def test_a_name_that_no_path_has(client: Any, name: Any) -> None:
    path = client.code_interpreter.path("s", "a/b")
    for method in (path.with_name, path.with_stem, path.with_suffix):
        with pytest.raises(InvalidRequestError):
            method(name)


def test_what_of_pathlib_there_isnt_is_said() -> None:
    page = Path("docs/files.md").read_text()
    said = re.search(r"\n### What of pathlib there isn't\n\n((- .*\n(  .*\n)*)+)", page)
    assert said is not None
    names = set(re.findall(r"`(\w+)`", said[1])) - {"stat", "chmod", "ln", "other", "anchor"}
    missing = {name for name in {*dir(Path)} - {*dir(SandboxPath)} if not name.startswith("_")}
    assert missing - names == set()
    assert names & {*dir(SandboxPath)} == set()


def test_what_is_opened_is_a_block(client: Any) -> None:
    opened = client.code_interpreter.path("s", "f").open()
    with pytest.raises(AttributeError, match="has no 'read': what a `with` block of it gives"):
        opened.read()
