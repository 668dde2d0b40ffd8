"""Pods with the outside, and pods with nothing: by code that tries, in a cluster that has both."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora import BadRequestError, Cognitora, ConflictError
from scripts.kubernetes.layout import API_ADDRESS, API_SERVICE, METADATA, OUTSIDE
from tests.kubernetes import outside
from tests.kubernetes.attacks import REACHED
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.images import PIP, python_with_pip
from tests.kubernetes.pods import PYTHON, pod
from tests.kubernetes.test_backend import runtime


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "page").write_text("from outside")
    return folder


@pytest.fixture(scope="module")
def world(cluster: Cluster, pages: Path) -> Iterator[None]:
    with outside.there_is(cluster, pages):
        yield


@pytest.fixture
def client(world: None, cluster: Cluster, place: str, tmp_path: Path) -> Iterator[Cognitora]:
    with runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=()) as (client, _):
        yield client


@pytest.fixture
def targets(cluster: Cluster, place: str) -> str:
    """What code wants to reach: pods of others and of ours, machines, the outside."""
    serves = ("python3", "-m", "http.server", "8080", "--directory", "/tmp")
    names = pod(
        "names", "python3", "-m", "http.server", "53", "--directory", "/tmp", image=PYTHON, node=2
    )
    names["metadata"]["labels"]["k8s-app"] = "kube-dns"
    cluster.create(pod("server", *serves, image=PYTHON), names, namespace=place)
    found = [
        ("the API server", API_ADDRESS, 6443),
        ("the API's Service", API_SERVICE, 443),
        ("metadata", METADATA, 80),
        ("n1", "10.250.0.11", 10250),
        ("n2", "10.250.0.12", 10250),
        ("n3", "10.250.0.13", 10250),
        ("the outside", OUTSIDE, 80),
        ("its name", outside.NAME, 80),
    ]
    for name, port in (("server", 8080), ("names", 53), ("names", 54)):
        cluster.wait(f"pod/{name}", "condition=Ready", namespace=place)
        address = cluster.get("-n", place, "pod", name)["status"]["podIP"]
        found.append((f"{name}:{port}", address, port))
    return json.dumps(found)


def test_code_reaches_the_outside_and_nothing_of_the_cluster(
    client: Cognitora, targets: str
) -> None:
    with client.code_interpreter.session() as session:
        told = session.run_python(REACHED, environment={"TARGETS": targets})
        assert json.loads(told.stdout) == ["its name", "names:53", "the outside"], told.error
        page = f"import urllib.request as r; r.urlopen('http://{outside.NAME}/page').read()"
        assert session.run_python(page).text == "b'from outside'"
    told = client.code_interpreter.run_python(REACHED, environment={"TARGETS": targets})
    assert json.loads(told.stdout) == ["its name", "names:53", "the outside"], told.error


def test_so_does_a_container_that_asks_for_it(client: Cognitora, targets: str) -> None:
    containers = client.containers
    command = ["python3", "-c", REACHED]
    environment = {"TARGETS": targets}
    for networking, reached in ((True, ["its name", "names:53", "the outside"]), (False, [])):
        once = containers.create_container(
            "python:3.11", command, 1, 128, 5, networking=networking, environment=environment
        )
        done = containers.wait_for_completion(once.id, 120)
        told = containers.get_container_logs(once.id)
        assert done.status == "COMPLETED", (done.reason, told)
        assert json.loads(told) == reached


def test_code_without_networking_reaches_nothing(client: Cognitora, targets: str) -> None:
    told = client.code_interpreter.run_python(
        REACHED, environment={"TARGETS": targets}, networking=False
    )
    assert json.loads(told.stdout) == []
    with client.code_interpreter.session(networking=False) as session:
        told = session.run_python(REACHED, environment={"TARGETS": targets})
        assert json.loads(told.stdout) == []


def test_a_session_keeps_its_network(client: Cognitora) -> None:
    with client.code_interpreter.session() as session:
        with pytest.raises(BadRequestError, match="created with networking, as is usual") as caught:
            session.run_python("open('ran', 'w')", networking=False)
        assert caught.value.code == "unsupported"
        assert session.run_python("import os; os.listdir()").text == "[]"
    with (
        client.code_interpreter.session(networking=False) as session,
        pytest.raises(ConflictError, match="created with networking off"),
    ):
        session.run_python("1", networking=True)


def test_lists_of_what_may_be_reached_are_refused(client: Cognitora) -> None:
    refused = pytest.raises(BadRequestError, match="egress list can't be kept on Kubernetes")
    with refused:
        client.code_interpreter.run_python("1", egress=["pypi.org:443"])
    with refused:
        client.code_interpreter.create_session(egress=["pypi.org:443"])
    with client.code_interpreter.session() as session, refused:
        client.code_interpreter.set_egress(session.id, ["pypi.org:443"])


def test_packages_are_installed_as_on_one_machine(
    cluster: Cluster, place: str, tmp_path: Path, pages: Path, world: None
) -> None:
    cluster.load(python_with_pip(), PIP)
    (pages / "simple/hello").mkdir(parents=True)
    with zipfile.ZipFile(pages / "simple/hello/hello-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("hello.py", "said = 'hello'")
        described = "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n"
        wheel.writestr("hello-1.0.dist-info/METADATA", described)
        wheel.writestr("hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("hello-1.0.dist-info/RECORD", "")
    options = ("--warm-kernels", "0", "--sandbox-image", PIP)
    with (
        runtime(cluster, place, tmp_path, *options, way=()) as (client, _),
        client.code_interpreter.session() as session,
    ):
        index = ["--index-url", f"http://{outside.NAME}/simple", "--trusted-host", outside.NAME]
        done = session.start(["pip", "install", *index, "hello"]).communicate()
        assert done.exit_code == 0, done
        assert session.run_python("import hello; hello.said").text == "'hello'"
        started = session.start(["python3", "-c", "import hello; print(hello.said)"])
        assert started.communicate().stdout == "hello\n"


def test_what_the_outside_is_can_be_narrowed(
    world: None, cluster: Cluster, place: str, tmp_path: Path, targets: str
) -> None:
    way = ("--cluster-range", f"{OUTSIDE}/32", "--nameserver", OUTSIDE)
    with runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=way) as (client, _):
        told = client.code_interpreter.run_python(REACHED, environment={"TARGETS": targets})
        assert json.loads(told.stdout) == []
        name = f"import socket; socket.gethostbyname('{outside.NAME}')"
        assert client.code_interpreter.run_python(name).text == repr(OUTSIDE)


def test_pods_with_networking_that_have_none_are_refused(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    with (
        pytest.raises(AssertionError, match="no network where it is to have one"),
        runtime(cluster, place, tmp_path, way=("--runtime-class", "isolated")),
    ):
        pass


def test_policies_that_somebody_has_changed_are_put_back(
    cluster: Cluster, place: str, tmp_path: Path
) -> None:
    changed = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "cognitora-no-network"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
    }
    cluster.create(changed, namespace=place)
    with runtime(cluster, place, tmp_path, "--warm-kernels", "0", way=()):
        found = cluster.get("-n", place, "networkpolicy", "cognitora-no-network")
        assert "egress" not in found["spec"]
