"""A runtime whose sandboxes are pods of a real cluster, from its callers' side."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cognitora import APIError, BadRequestError, Cognitora, FileUpload, NotFoundError
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.gateways import ISOLATED, Starting
from tests.kubernetes.pods import pod

DAY = 24 * 60 * 60
LABELS = {"app.kubernetes.io/managed-by": "cognitora"}
OURS = "app.kubernetes.io/managed-by=cognitora"


@contextmanager
def runtime(
    cluster: Cluster, place: str, folder: Path, *options: str, way: tuple[str, ...]
) -> Iterator[tuple[Cognitora, subprocess.Popen[bytes]]]:
    """A runtime with sandboxes in the namespace `place`, which takes its network away by `way`."""
    options = (*way, *options, "--data-dir", str(folder / "data"))
    starting = Starting(cluster.kubeconfig, place, folder / "stderr", *options)
    try:
        ready = starting.ready()
        with Cognitora(base_url=ready["base_url"], api_key=ready["api_key"]) as client:
            yield client, starting.process
    finally:
        starting.end(signal.SIGTERM)


@pytest.fixture
def client(cluster: Cluster, place: str, tmp_path: Path) -> Iterator[Cognitora]:
    with runtime(cluster, place, tmp_path, way=ISOLATED) as (client, _):
        yield client


def pods(cluster: Cluster, place: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = cluster.get("-n", place, "pods", "-l", OURS)["items"]
    return items


def test_a_session_keeps_its_state_its_files_and_its_programs(client: Cognitora) -> None:
    with client.code_interpreter.session(networking=False) as session:
        assert session.run_python("x = 20; x + 1").text == "21"
        assert session.run_python("x").text == "20"
        session.upload(b"given", "a/b.txt")
        files = [FileUpload(name="c.txt", content="more")]
        code = "open('a/b.txt').read() + open('c.txt').read()"
        assert session.run_python(code, files=files).text == "'givenmore'"
        assert session.download("a/b.txt") == b"given"
        assert [path.name for path in session.path("a").iterdir()] == ["b.txt"]
        script = ["sh", "-c", "cat; echo $X >&2; exit 3"]
        done = session.start(script, environment={"X": "y"}).communicate(b"in")
        assert (done.exit_code, done.stdout, done.stderr) == (3, "in", "y\n")
        slow = session.run_python("while True: pass", timeout_seconds=1)
        assert slow.data.status == "timeout"
        assert session.run_python("x").text == "20"


def test_a_server_in_a_pod_without_network_is_reached(client: Cognitora) -> None:
    with client.code_interpreter.session(networking=False) as session:
        session.upload(b"served", "f")
        code = (
            "import http.server, threading\n"
            "server = http.server.HTTPServer(('127.0.0.1', 8123), http.server.SimpleHTTPRequestHandler)\n"
            "threading.Thread(target=server.serve_forever, daemon=True).start()"
        )
        session.run_python(code)
        url = session.expose(8123).url
        with urllib.request.urlopen(f"{url}/f") as answer:
            assert answer.read() == b"served"


def test_code_that_takes_all_memory_is_told_so_and_files_stay(client: Cognitora) -> None:
    with client.code_interpreter.session(networking=False) as session:
        code = "open('kept', 'w').write('k'); x = bytearray(2 * 10**9)"
        failed = session.run_python(code)
        assert failed.data.status == "failed"
        assert "ran out of memory" in (failed.error or "")
        assert session.run_python("open('kept').read()").text == "'k'"


def session_of(client: Cognitora) -> str:
    return client.code_interpreter.create_session(networking=False).session_id


def test_what_the_cluster_cannot_keep_is_refused(client: Cognitora) -> None:
    with pytest.raises(BadRequestError, match="the sandboxes of this cluster have no network"):
        client.code_interpreter.run_python("1")
    with pytest.raises(BadRequestError, match="in a session that was created so"):
        client.code_interpreter.create_session()
    for create in (
        partial(client.code_interpreter.create_session, networking=False, timeout_seconds=8 * DAY),
        partial(
            client.code_interpreter.update_session, session_of(client), timeout_seconds=8 * DAY
        ),
    ):
        with pytest.raises(BadRequestError, match="lives 604800 seconds here at most"):
            create()
    with pytest.raises(APIError, match="containers have no network"):
        client.containers.create_container("python:3.11", ["true"], 1, 512, 5, networking=True)


def test_who_writes_more_than_was_asked_for_is_ended(client: Cognitora) -> None:
    """Some seconds afterwards: what a pod writes is only measured from time to time."""
    resources = {"storage_gb": 0.05}
    with client.code_interpreter.session(networking=False, resources=resources) as session:
        assert session.run_python("open('f', 'wb').write(bytes(10**7))").text == "10000000"
        code = "open('g', 'wb').write(bytes(10**8)); import time; time.sleep(100)"
        failed = session.run_python(code, timeout_seconds=120)
        assert failed.data.status == "failed"
        assert "its node put it out" in (failed.error or "")
        with pytest.raises(NotFoundError, match="its node put it out"):
            session.run_python("1")


def test_programs_of_versions_that_are_gone_are_removed(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    def programs(name: str, used: datetime) -> dict[str, Any]:
        note = {"cognitora.dev/used": used.isoformat()}
        metadata = {"name": name, "labels": LABELS, "annotations": note}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}

    now = datetime.now(UTC)
    ago = now - timedelta(days=2)
    volume = {"name": "programs", "configMap": {"name": "mounted"}}
    uses = pod("uses", volumes=[volume])
    uses["metadata"]["labels"] |= LABELS
    made = [programs("old", ago), programs("mounted", ago), programs("fresh", now), uses]
    cluster.create(*made, namespace=place)
    with runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=ISOLATED):
        found = cluster.get("-n", place, "configmap", "-l", OURS)["items"]
        names = {each["metadata"]["name"] for each in found}
        assert {"mounted", "fresh"} < names
        assert "old" not in names
        [own] = names - {"mounted", "fresh"}
        assert own.startswith("cognitora-")


def test_nothing_is_left_when_the_runtime_ends(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    with runtime(cluster, place, tmp_path, way=ISOLATED) as (client, _):
        client.code_interpreter.create_session(networking=False)
        assert pods(cluster, place)
    until(lambda: not pods(cluster, place))


def test_pods_end_when_their_runtime_is_killed(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    with runtime(cluster, place, tmp_path, way=ISOLATED) as (client, process):
        client.code_interpreter.create_session(networking=False)
        process.kill()
        process.wait()
    assert [each["status"]["phase"] for each in pods(cluster, place)].count("Running")
    ended = {"Succeeded", "Failed"}
    until(lambda: all(p["status"]["phase"] in ended for p in pods(cluster, place)), within_s=120)
    with runtime(cluster, place, tmp_path, way=ISOLATED):  # which clears them away
        until(lambda: all(p["status"]["phase"] not in ended for p in pods(cluster, place)))


def test_where_a_pod_reaches_others_no_runtime_starts(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    """A policy of somebody's lets pods out."""
    cluster.create(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "out"},
            "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
        },
        namespace=place,
    )
    with (
        pytest.raises(AssertionError, match="it reaches another pod"),
        runtime(cluster, place, tmp_path, way=("--warm-kernels", "0")),
    ):
        pass


def test_a_network_plugin_that_keeps_policies_takes_the_network_away(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    with runtime(cluster, place, tmp_path, way=("--warm-kernels", "1")) as (client, _):
        assert client.code_interpreter.run_python("1 + 1", networking=False).text == "2"


def node_of(cluster: Cluster, place: str, session_id: str) -> int:
    """The number of the node that a session is on, which is no warm one."""
    label = f"cognitora.dev/name={session_id}"
    (pod,) = cluster.get("-n", place, "pods", "-l", label)["items"]
    return int(pod["spec"]["nodeName"].removeprefix("n"))


def test_a_cut_that_is_mended_in_time_costs_an_execution_nothing(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    """Longer than the connections into the pod bear, which are made anew."""
    with (
        runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=ISOLATED) as (client, _),
        client.code_interpreter.session(networking=False) as session,
    ):
        code = (
            "import time; open('ran', 'a').write('x')\n"
            "for n in range(300): print(n); time.sleep(0.1)"
        )
        number = node_of(cluster, place, session.id)
        outputs = session.stream(code, timeout_seconds=120)
        printed = [next(iter(outputs))]
        cluster.cut_cable(number)
        try:
            time.sleep(24)  # of the 30 s after which it would be given up
        finally:
            cluster.mend_cable(number)
        printed += [*outputs]
        text = "".join(str(output.data) for output in printed if output.type == "stdout")
        assert text == "".join(f"{n}\n" for n in range(300))
        assert session.run_python("open('ran').read()").text == "'x'"


def test_a_lost_node_is_told_and_nothing_is_run_again(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    with (
        runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=ISOLATED) as (client, _),
        client.code_interpreter.session(networking=False) as session,
    ):
        session.run_python("x = 1")
        number = node_of(cluster, place, session.id)
        cluster.kill_node(number)
        try:
            failed = session.run_python("x", timeout_seconds=300)
            assert failed.data.status == "failed"
            assert "can't be reached for 30 s" in (failed.error or "")
            assert "so are its files" in (failed.error or "")
            with pytest.raises(
                NotFoundError, match="has ended: the pod can't be reached"
            ) as caught:
                session.run_python("x")
            assert caught.value.code == "session_ended"
        finally:
            cluster.start_node(number)
            cluster.wait(f"node/n{number}", "condition=Ready")


ATTACKS = """
import ctypes, errno, json, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
found = {}

def tried(name, act):
    try:
        found[name] = repr(act())
    except OSError as error:
        found[name] = errno.errorcode[error.errno]

def call(function, *arguments):
    if function(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "")

def ask_agent():
    with socket.create_connection(("127.0.0.1", 8700)) as agent:
        head = json.dumps({"op": "tell", "token": "guessed"}).encode()
        agent.sendall(len(head).to_bytes(4, "big") + bytes(4) + head)
        return agent.makefile("rb").read()[8:]

def fork_all():
    pids = []
    try:
        while len(pids) < 2000:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            pids.append(pid)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

tried("agent", ask_agent)
tried("environment", lambda: open("/proc/1/environ").read())
tried("memory", lambda: open("/proc/1/mem", "rb").read(1))
tried("trace", lambda: call(libc.ptrace, 16, 1, None, None))
tried("end it", lambda: os.kill(1, signal.SIGKILL))
tried("stop it", lambda: os.kill(1, signal.SIGSTOP))
tried("root", lambda: os.setuid(0))
tried("name space", lambda: call(libc.unshare, 0x10000000))
tried("mount", lambda: call(libc.mount, b"none", b"/tmp", b"tmpfs", 0, None))
tried("token", lambda: os.listdir("/var/run/secrets/kubernetes.io"))
tried("programs", lambda: open("/opt/cognitora/agent/server.py", "a"))
tried("group", lambda: open("/sys/fs/cgroup/memory/memory.limit_in_bytes", "w"))
tried("forks", fork_all)
print(json.dumps(found))
"""


def test_code_in_a_pod_can_do_nothing_to_what_is_around_it(client: Cognitora) -> None:
    with client.code_interpreter.session(networking=False) as session:
        answer = session.run_python(ATTACKS)
        assert answer.ok, answer.error
        found = json.loads(answer.stdout)
        assert found == {
            "agent": """b'{"error": "denied"}'""",
            "environment": "EACCES",
            "memory": "EACCES",
            "trace": "EPERM",
            "end it": "None",  # which the kernel lets nobody do to the first process from inside
            "stop it": "None",
            "root": "EPERM",
            "name space": "EPERM",
            "mount": "EPERM",
            "token": "ENOENT",
            "programs": found["programs"],
            "group": found["group"],
            "forks": "EAGAIN",
        }
        assert {found["programs"], found["group"]} <= {"EROFS", "EACCES"}
        assert session.run_python("1 + 1").text == "2"
