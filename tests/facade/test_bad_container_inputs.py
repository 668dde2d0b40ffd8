"""Bad inputs for containers: each is refused before anything is sent, with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.facade.answers import container
from tests.facade.refused import expect
from tests.facade.server import Server


@pytest.mark.parametrize("command", ["echo hi", [], [1], None, b"ls"])
def test_a_command_that_is_none(client: Any, server: Server, command: Any) -> None:
    for call in (
        lambda c: c.containers.create_container("i", command, 1, 512, 5),
        lambda c: c.containers.execute_in_container("c", command),
    ):
        expect(client, server, call, "command must be a list")


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ([""], "begin with a program's name"),
        (["", "-c"], "begin with a program's name"),
        (["sh", "-c", "a\0b"], "command[2] has a NUL"),
        (["sleep", 3], "command[1] is 3"),
    ],
)
def test_words_that_are_none(client: Any, server: Server, command: Any, word: str) -> None:
    for call in (
        lambda c: c.containers.create_container("i", command, 1, 512, 5),
        lambda c: c.containers.create_persistent_container("i", 1, 512, 5, command),
        lambda c: c.containers.run_and_wait("i", command, 1, 512, 5),
        lambda c: c.containers.execute_in_container("c", command),
    ):
        expect(client, server, call, word)


def test_a_line_of_shell_for_a_command_is_advised(client: Any, server: Server) -> None:
    line = "pip install x && python y"
    for call in (
        lambda c: c.containers.create_container("i", line, 1, 512, 5),
        lambda c: c.containers.create_persistent_container("i", 1, 512, 5, line),
        lambda c: c.containers.execute_in_container("c", line),
    ):
        expect(client, server, call, "['sh', '-c', 'pip install x && python y']")


def test_words_that_are_empty_but_not_the_first(client: Any, server: Server) -> None:
    server.answers(container())
    client.containers.create_container("i", ["echo", "", "--", "-x"], 1, 512, 5)
    assert server.last.json["command"] == ["echo", "", "--", "-x"]


@pytest.mark.parametrize(
    "image",
    [
        "",
        " ",
        "a b",
        "a\n",
        "-v",
        "--privileged",
        "/etc/passwd",
        "../x",
        "a\0b",
        "ü",
        "a=b",
        None,
        7,
        b"i",
    ],
)
def test_an_image_that_is_none(client: Any, server: Server, image: Any) -> None:
    for call in (
        lambda c: c.containers.create_container(image, ["ls"], 1, 512, 5),
        lambda c: c.containers.create_persistent_container(image, 1, 512, 5),
    ):
        expect(client, server, call, "image")


def test_the_address_of_an_image_is_no_name(client: Any, server: Server) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.create_container("https://r.io/a", ["ls"], 1, 512, 5),
        "without https://",
    )


@pytest.mark.parametrize(
    "image",
    [
        "python",
        "python:3.11-slim",
        "docker.io/library/python:3.11",
        "127.0.0.1:5000/a/b_c.d:X-1",
        "busybox@sha256:" + "a" * 64,
    ],
)
def test_an_image_that_may_be_one(client: Any, server: Server, image: str) -> None:
    server.answers(container())
    client.containers.create_container(image, ["ls"], 1, 512, 5)
    assert server.last.json["image"] == image


@pytest.mark.parametrize("folder", ["", "a\0b", 7])
def test_a_working_directory_that_is_none(client: Any, server: Server, folder: Any) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.execute_in_container("c", ["ls"], working_directory=folder),
        "working_directory",
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"storage_gb": 0},
        {"storage_gb": -5},
        {"gpu_count": -1},
        {"gpu_count": 0.5},
        {"networking": "no"},
        {"persistent": 1},
        {"timeout_seconds": -1},
        {"expires_at": "soon"},
        {"environment": {"A=B": "x"}},
        {"environment": {"A": None}},
    ],
    ids=str,
)
def test_limits_of_a_container_that_are_none(client: Any, server: Server, limits: Any) -> None:
    expect(
        client,
        server,
        lambda c: c.containers.create_container("i", ["ls"], 1, 512, 5, **limits),
        *limits,
    )


@pytest.mark.parametrize("cores", [float("nan"), float("inf")])
def test_an_amount_that_has_no_end(client: Any, server: Server, cores: float) -> None:
    expect(client, server, lambda c: c.containers.estimate_cost(cores, 512), "finite", repr(cores))


@pytest.mark.parametrize(
    "amounts",
    [
        (0, 512, 5),
        (-1, 512, 5),
        (float("nan"), 512, 5),
        (float("inf"), 512, 5),
        (1, 0, 5),
        (1, -512, 5),
        (1, 512, -1),
        (1, 512.5, 5),
        (1, 512, 5.5),
        ("1", 512, 5),
        (True, 512, 5),
    ],
)
def test_amounts_that_are_none(client: Any, server: Server, amounts: Any) -> None:
    expect(client, server, lambda c: c.containers.create_container("i", ["ls"], *amounts))


def test_an_update_of_nothing(client: Any, server: Server) -> None:
    expect(client, server, lambda c: c.containers.update_container("c"), "timeout_seconds=")
