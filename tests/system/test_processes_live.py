"""Both facades' commands and processes in containers, while they run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import KINDS, client_of
from tests.conftest import Runtime

pytestmark = pytest.mark.usefixtures("registry")

IMAGE = "docker.io/library/busybox"
SIZE = (0.5, 64, 5)
"""CPU cores, MiB and credits of a container."""


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client of each kind."""
    with client_of(request.param, runtime) as client:
        yield client


def test_a_command_ends_with_who_listens(client: Any) -> None:
    class Enough(Exception):
        pass

    def stop(_: str) -> None:
        raise Enough

    with client.containers.container(IMAGE, *SIZE) as box:
        with pytest.raises(Enough):
            box.run(["sh", "-c", "setsid sleep 1234 & echo begun; exec sleep 1000"], on_stdout=stop)
        (process,) = client.processes.list_container_processes(box.id)
        assert client.processes.attach(process.id).wait(30).exit_code == 128 + 9
        assert "sleep 1234" not in box.run(["ps", "-o", "args"]).output


def test_a_process_in_a_container(client: Any) -> None:
    with client.containers.container(IMAGE, *SIZE) as box:
        process = box.start(["sh", "-c", "read x; echo got $x; read y"], user="1234")
        process.write("a\n")
        pieces = iter(process)
        assert next(pieces).text == "got a\n"
        getattr(pieces, "close", lambda: None)()
        process.close_stdin()
        assert process.wait(30).exit_code == 1
        shell = box.start(["sh"], terminal=(40, 100))
        shell.write("stty size; exit 5\n")
        assert "40 100" in "".join(piece.text for piece in shell)
        assert shell.exit_code == 5
        sleeping = box.start(["sleep", "1000"])
    assert client.processes.get_process(sleeping.id, request_timeout=30).id == sleeping.id
    assert client.processes.attach(sleeping.id).wait(30).status == "CANCELLED"
