"""Processes whose end is hard to have: by a terminal, or by an input that is full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import KINDS, client_of
from tests.conftest import Runtime


@pytest.fixture(params=KINDS)
def session(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A session of each kind of client."""
    with client_of(request.param, runtime) as client, client.code_interpreter.session() as live:
        yield live


@pytest.mark.parametrize("given", ["", "half a line", "a line\n", "a line\nand a half"])
def test_a_terminals_input_ends_wherever_it_was(session: Any, given: str) -> None:
    process = session.start(["cat"], terminal=(24, 80))
    done = process.communicate(given, timeout=30)
    assert done.exit_code == 0
    assert given.split("\n")[0] in done.output


def test_it_ends_while_it_is_given_more_than_it_takes(session: Any) -> None:
    process = session.start(["sh", "-c", "sleep 1000 & sleep 0.5; kill $!; exit 4"])
    done = process.communicate(b"x" * 3_000_000, timeout=60)
    assert done.exit_code == 4
    assert session.run("1 + 1").text == "2"  # and nobody else was harmed


def test_code_cant_write_to_what_it_reads(session: Any) -> None:
    code = "try:\n    open('/proc/self/fd/0', 'w')\nexcept PermissionError:\n    print('refused')"
    assert session.run(code, stdin="a").stdout == "refused\n"
