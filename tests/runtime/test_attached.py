"""A runtime that its program is attached to: `--attached`, and the ports that a container publishes."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys

import pytest

from cognitora import Cognitora
from cognitora_local.sandbox import OutsidePorts, SandboxError, capabilities
from tests.needs import USERS
from tests.users import skip_without_sandboxes

RUNTIME = [sys.executable, "-P", "-m", "cognitora_local", "--port", "0", "--attached"]


def free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def test_it_takes_its_key_and_its_ports_from_its_input_and_ends_with_that() -> None:
    skip_without_sandboxes()
    inside = free_ports(2)
    with subprocess.Popen(RUNTIME, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as runtime:
        assert runtime.stdin is not None
        assert runtime.stdout is not None
        first = {"api_keys": ["one", "two"], "ports": {inside[0]: 4001, inside[1]: 4002}}
        runtime.stdin.write(json.dumps(first).encode() + b"\nmore, which isn't its own\n")
        runtime.stdin.flush()
        base_url = json.loads(runtime.stdout.readline())["base_url"]
        with Cognitora("two", base_url) as client, client.code_interpreter.session() as session:
            session.run("1", networking=False)
            told = {str(session.expose(port)) for port in (8000, 8001)}
            assert told == {"http://127.0.0.1:4001", "http://127.0.0.1:4002"}
            with pytest.raises(
                Exception, match=r"2 ports that the runtime's container publishes are all"
            ):
                session.expose(8002, request_timeout=2)
            session.unexpose(8000)
            assert str(session.expose(8002)) == "http://127.0.0.1:4001"
        runtime.stdin.close()
        assert runtime.wait(60) == 0


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not JSON, secret\n",
        b'{"api_keys": []}\n',
        b'{"api_keys": ["k"], "ports": {"x": 1}}\n',
    ],
)
def test_an_input_that_says_nothing_is_told_and_not_repeated(line: bytes) -> None:
    done = subprocess.run(RUNTIME, input=line, capture_output=True, check=False, timeout=60)
    assert done.returncode == 125
    assert b"Standard input must begin with a line of JSON" in done.stderr
    assert b"secret" not in done.stderr


def test_ports_that_are_published_are_listened_for_everywhere() -> None:
    (port,) = free_ports(1)
    outside = OutsidePorts({port: 4001})
    with outside.listen() as listener:
        assert listener.getsockname() == ("0.0.0.0", port)
        assert outside.reached_at(listener) == 4001
        with pytest.raises(SandboxError, match="1 ports"):
            outside.listen()


@pytest.mark.parametrize("ports", ["9-8", "0-3"])
def test_ports_that_are_none_are_refused(ports: str) -> None:
    command = [sys.executable, "-P", "-m", "cognitora_local", f"--ports={ports}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"--ports" in done.stderr


LACKS = "from cognitora_local.sandbox import capabilities as c; print(c.lacking(c.NETWORKS))"


@pytest.mark.root(USERS)
def test_what_root_lacks_is_told_with_what_to_add() -> None:
    assert capabilities.lacking(capabilities.NETWORKS) is None
    weaker = ["setpriv", "--bounding-set", "-mknod,-sys_ptrace", sys.executable, "-c", LACKS]
    told = subprocess.run(weaker, capture_output=True, text=True, check=True).stdout
    assert re.search(
        "lacks CAP_SYS_PTRACE, CAP_MKNOD .* --cap-add SYS_PTRACE --cap-add MKNOD", told
    )
