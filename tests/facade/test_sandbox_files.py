"""Files that are opened by a path, and paths where text is taken: what is sent, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import PurePosixPath
from typing import Any

import pytest

from cognitora import FileUpload, InvalidRequestError
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
