"""The runtime in a container of its image, on Podman and on Docker, and a client outside of it."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora.engine_image.rights import CAPABILITIES, for_docker, for_podman
from tests import engine_image, images
from tests.engine_image import IMAGE, Outer
from tests.images import Unavailable, debian
from tests.needs import CONTAINERS

pytestmark = [pytest.mark.long, pytest.mark.root(CONTAINERS)]


@pytest.fixture(scope="module", params=["podman", "docker"])
def outer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outer]:
    start = {"podman": engine_image.podman, "docker": engine_image.docker}[request.param]
    try:
        with start(tmp_path_factory.mktemp(request.param)) as outer:
            yield outer
    except Unavailable as error:
        pytest.skip(str(error))


BEGIN = f"""
import json, sys, time, urllib.request
from cognitora import Cognitora, CognitoraError
client = Cognitora.local(engine_image={IMAGE!r}, engine="unix://" + sys.argv[1], images={{
    "docker.io/library/python:3.11": "127.0.0.1:5000/python:3.11"}})
runtime = client._client._runtime
code = client.code_interpreter
"""
EVERYTHING = """
import subprocess
network = "--network=container:" + runtime._started._id
cli, options = json.loads(sys.argv[2])
run = [*cli, "run", "--rm", "--detach", "--name=registry", network, *options]
subprocess.run(run, check=True, stdout=subprocess.DEVNULL)

told = {"isolation": runtime.isolation, "python": code.run_python("6 * 7", networking=False).text}
out = "import socket; s = socket.socket(2, 2); s.connect(('192.0.2.1', 9)); print('out')"
told["networking"] = code.run_python(out).stdout
told["egress"] = code.run_python("print('held')", egress=["example.com"]).stdout
server = "import http.server, threading; h = http.server; "
server += "s = h.ThreadingHTTPServer(('127.0.0.1', 8000), h.SimpleHTTPRequestHandler); "
server += "threading.Thread(target=s.serve_forever, daemon=True).start()"
with code.session(resources={"storage_gb": 1}) as session:
    session.upload(b"hello", "hello.txt")
    session.run(server, networking=False)
    told["file"] = session.run("open('hello.txt').read()", networking=False).text
    with urllib.request.urlopen(session.expose(8000).url + "/hello.txt", timeout=10) as answer:
        told["port"] = answer.read().decode()
    session.unexpose(8000)
while True:  # the registry may be starting
    try:
        container = client.containers.container("docker.io/library/python:3.11", cpu_cores=1,
            memory_mb=128, storage_gb=1, max_cost_credits=10, networking=True).open()
        break
    except CognitoraError as error:
        assert "pulled" in str(error), error
        time.sleep(0.1)
with container:
    container.upload(b"there", "/tmp/there.txt")
    told["container"] = container.run(["sh", "-c", "cat /tmp/there.txt; id -u"]).output
    told["out"] = container.run(["python3", "-c", out]).output
    serving = container.start(["python3", "-m", "http.server", "8000", "--directory", "/tmp"])
    url = container.expose(8000).url
    while True:
        try:
            with urllib.request.urlopen(url + "/there.txt", timeout=10) as answer:
                told["container's port"] = answer.read().decode()
            break
        except OSError:
            time.sleep(0.1)
    told["address"] = url
subprocess.run([*cli, "rm", "--force", "registry"], check=True, stdout=subprocess.DEVNULL)
client.close()
print(json.dumps(told))
"""


def registry_of(folder: Path) -> list[str]:
    """The words that run a registry of the tests' images in a container, beside the runtime."""
    program = debian.program("docker-registry")
    configuration = folder / "registry.yml"
    configuration.write_text(
        'version: 0.1\nlog: {level: error}\nhttp: {addr: "127.0.0.1:5000"}\n'
        'storage: {filesystem: {rootdirectory: "/registry"}}\n'
    )
    shown = [f"{program}:/usr/bin/docker-registry:ro", f"{configuration}:/registry.yml:ro"]
    shown.append(f"{images.made()}:/registry")
    options = [f"--volume={each}" for each in shown]
    return [*options, "--entrypoint=docker-registry", IMAGE, "serve", "/registry.yml"]


def test_all_that_a_runtime_does_is_done_in_a_container(outer: Outer, tmp_path: Path) -> None:
    registry = json.dumps([list(outer.cli), [*limits(outer), *registry_of(tmp_path)]])
    out, err = outer.program(BEGIN + EVERYTHING, str(outer.socket), registry).communicate(
        timeout=180
    )
    assert out, err
    told = json.loads(out)
    assert [part for part, kept in told.pop("isolation").items() if kept.startswith("none")] == [
        "gpus"
    ]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told.pop("address"))
    assert told == {
        "python": "42",
        "networking": "out\n",
        "egress": "held\n",
        "file": "'hello'",
        "port": "hello",
        "container": "there0\n",
        "out": "out\n",
        "container's port": "there",
    }
    wait_until_gone(outer)


def of_ours(outer: Outer) -> list[str]:
    """The containers that there are of runtimes, running or not."""
    command = [
        *outer.inside,
        *outer.cli,
        "ps",
        "--all",
        "--quiet",
        "--filter",
        "label=dev.cognitora.engine-image",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()


WAITS = """
print(json.dumps([runtime._started._id, runtime.api_key, client.base_url]), flush=True)
sys.stdin.read()
time.sleep(600)
"""


def test_the_key_is_where_nobody_looks(outer: Outer) -> None:
    program = outer.program(BEGIN + WAITS, str(outer.socket))
    assert program.stdout is not None
    container, key, _ = json.loads(program.stdout.readline())
    seen = b"".join(
        file.read_bytes()
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if file.parent.name != str(program.pid)
    )
    asked = [*outer.inside, *outer.cli, "inspect", container]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert IMAGE in told
    assert key not in told
    assert key.encode() not in seen
    program.send_signal(signal.SIGKILL)
    program.communicate()
    wait_until_gone(outer)


def wait_until_gone(outer: Outer) -> None:
    for container in of_ours(outer):
        waiting = [*outer.inside, *outer.cli, "wait", container]
        subprocess.run(waiting, capture_output=True, timeout=60, check=False)
    while of_ours(outer):  # its engine is removing it: a while that the test's own limit ends
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_program_however_that_ends(outer: Outer, number: int) -> None:
    program = outer.program(BEGIN + WAITS, str(outer.socket))
    assert program.stdout is not None
    assert program.stdout.readline()
    assert len(of_ours(outer)) == 1
    program.send_signal(number)
    program.communicate()
    wait_until_gone(outer)


LISTENS = """
import socket, sys
with socket.create_server(("0.0.0.0", 0)) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.read()
"""
REACHES = """
with code.session() as session:
    tried = "import socket; s = socket.socket(); s.settimeout(5); print(s.connect_ex((%r, %s)))"
    print(session.run(tried % (sys.argv[3], int(sys.argv[2]))).stdout)
client.close()
"""


def test_the_machine_of_the_engine_is_not_reached_from_a_sandbox(outer: Outer) -> None:
    command = [*outer.inside, "ip", "-json", "-4", "address"]
    pipe = subprocess.PIPE
    listens = [*outer.inside, "python3", "-c", LISTENS]
    with subprocess.Popen(listens, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        addresses = [each["addr_info"][0]["local"] for each in listed if each["ifname"] != "lo"]
        assert addresses  # the engine's bridge is there since the first container
        asked = outer.program(BEGIN + REACHES, str(outer.socket), port, addresses[0])
        out, err = asked.communicate(timeout=120)
        assert out.strip() not in ("", "0"), err
        server.communicate("")


@pytest.mark.parametrize("missing", ["SYS_ADMIN", "CHOWN", "KILL", "SETUID", "SETGID"])
def test_a_right_that_is_missing_is_told_with_what_to_add(outer: Outer, missing: str) -> None:
    kept = [f"--cap-add={name}" for name in CAPABILITIES if name != missing]
    done = outer.run(*limits(outer), "--cap-drop=ALL", *kept, IMAGE)
    assert done.returncode == 125
    assert f"root lacks CAP_{missing} here" in done.stderr
    assert f"--cap-add {missing}" in done.stderr


def limits(outer: Outer) -> list[str]:
    return ["--ulimit=nofile=16384", "--ulimit=nproc=16384"] if outer.name == "podman" else []


@pytest.mark.parametrize(
    ("missing", "parts"),
    [
        ("SYS_PTRACE", {"network", "egress"}),
        ("NET_ADMIN", {"egress"}),
        ("NET_BIND_SERVICE", {"egress"}),
        ("MKNOD", {"network", "storage"}),
    ],
)
def test_what_a_right_is_for_is_told_to_be_missing_with_what_to_add(
    outer: Outer, missing: str, parts: set[str]
) -> None:
    isolation = started(outer, without=missing)
    lacking = {part: kept for part, kept in isolation.items() if kept.startswith("none")}
    assert lacking.keys() == parts
    for kept in lacking.values():
        assert f"start that with --cap-add {missing}" in kept


def test_devices_that_are_missing_are_told_with_what_to_add(outer: Outer) -> None:
    isolation = started(outer, devices=False)
    assert "start that with --device /dev/net/tun" in isolation["network"]
    loops = "--device /dev/loop-control --device-cgroup-rule 'b 7:* rmw'"
    assert f"start that with {loops}" in isolation["storage"]


def started(outer: Outer, *, without: str = "", devices: bool = True) -> dict[str, str]:
    """What a runtime with fewer rights says of its isolation."""
    api = outer.api
    config = (for_podman if api.podman else for_docker)(IMAGE, [])
    host = config if api.podman else config["HostConfig"]
    capabilities = host["cap_add" if api.podman else "CapAdd"]
    capabilities[:] = [name for name in capabilities if name != without]
    if not devices:
        del host["devices" if api.podman else "Devices"]
    container = api.create(config)
    attachment = api.attach(container)
    api.start(container)
    attachment.write(b'{"api_keys": ["one"], "ports": {}}\n')
    out = b""
    for number, piece in attachment.pieces():
        out += piece if number == 1 else b""
        if out.endswith(b"\n"):
            break
    attachment.close()  # the runtime ends with it
    isolation: dict[str, str] = json.loads(out)["isolation"]
    del isolation["gpus"]  # no right would give it any
    return isolation


def test_it_is_served_from_an_image_at_the_command_line(outer: Outer) -> None:
    serve = "from cognitora.cli import main; import sys; sys.exit(main())"
    program = outer.program(
        serve,
        "serve",
        "--engine-image",
        IMAGE,
        "--engine",
        f"unix://{outer.socket}",
        "--api-key",
        "cgk_mine",
    )
    assert program.stdout is not None
    ready = json.loads(program.stdout.readline())
    assert ready["api_key"] == "cgk_mine"
    asks = "from cognitora import Cognitora; import sys; c = Cognitora('cgk_mine', sys.argv[1]); "
    asks += "print(c.code_interpreter.run_python('6 * 7', networking=False).text)"
    assert outer.program(asks, ready["base_url"]).communicate(timeout=60)[0] == "42\n"
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=60)
    assert program.returncode == -signal.SIGTERM
    wait_until_gone(outer)


def test_the_command_of_the_documentation_starts_it(outer: Outer) -> None:
    page = (engine_image.ROOT / "docs" / "image.md").read_text("utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", page, re.M | re.S)
    (block,) = (each for each in blocks if each.startswith(f"{outer.name} run "))
    _, run, *words = shlex.split(block.replace("\\\n", " "))
    here = ["env", f"--chdir={engine_image.ROOT}"]  # a clone, which `inside` leaves
    command = [*outer.inside, *here, *outer.cli, run, *limits(outer), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout is not None
        ready = json.loads(begun.stdout.readline())
        assert ready["base_url"] == "http://127.0.0.1:8700"
        asks = "from cognitora import Cognitora; import sys; c = Cognitora(*sys.argv[1:])\n"
        asks += "with c.code_interpreter.session() as session:\n"
        asks += "    session.run('1', networking=False); print(session.expose(8000))"
        asked = outer.program(asks, ready["api_key"], ready["base_url"])
        out, err = asked.communicate(timeout=60)
        assert out == "http://127.0.0.1:9000\n", err
        begun.send_signal(signal.SIGTERM)
        assert begun.wait(60) == 0
