"""Both facades' streams from the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import KINDS, client_of
from tests.conftest import Runtime

WAITS = """
import os, time
print('waiting', flush=True)
while not os.path.exists('seen'):
    time.sleep(0.01)
6 * 7
"""


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client of each kind."""
    with client_of(request.param, runtime) as client:
        yield client


def test_the_first_output_is_seen_before_the_code_has_ended(client: Any) -> None:
    with client.code_interpreter.session() as live:
        stream = live.stream(WAITS)
        found = []
        for output in stream:
            found.append((output.type, output.data))
            if output.data == "waiting\n":
                live.upload(b"", "seen")  # which the code waits for
        assert found == [("stdout", "waiting\n"), ("execution_result", "42")]
        assert stream.result.ok
        assert (stream.result.stdout, stream.result.text) == ("waiting\n", "42")
        record = client.code_interpreter.get_execution(stream.result.data.execution_id)
        assert [(output.type, output.data) for output in record.outputs] == found


def test_a_stream_of_code_that_fails_ends_well(client: Any) -> None:
    stream = client.code_interpreter.stream("print('before')\n1 / 0", networking=False)
    assert [output.type for output in stream] == ["stdout", "error"]
    assert not stream.result.ok
    assert stream.result.error.endswith("ZeroDivisionError: division by zero")


def test_a_stream_that_is_left_stops_the_code(client: Any) -> None:
    with client.code_interpreter.session() as live:
        with live.stream("x = 1\nprint('on', flush=True)\nwhile True: pass") as stream:
            next(iter(stream))
        # One execution at a time: this one waits until the other was stopped.
        assert live.run("x + 1", timeout_seconds=20).text == "2"
        records = client.code_interpreter.get_session_executions(live.id)
        assert [record.status for record in records] == ["completed", "failed"]
