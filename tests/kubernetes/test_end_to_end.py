"""What holds on one machine holds of two gateways behind a balancer: its tests, run as they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from scripts.kubernetes.layout import ROOT
from tests.kubernetes import outside
from tests.kubernetes.balanced import balanced
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.images import CODE, code, of_containers
from tests.kubernetes.pods import PYTHON
from tests.postgresql import PostgresqlServer

PLACE = "end-to-end"
SUITES = {
    "interpreter": [
        *(f"runtime/interpreter/test_{name}.py" for name in ("execute", "languages", "python")),
        *(f"runtime/interpreter/test_{name}.py" for name in ("bash", "javascript", "listing")),
        *(f"runtime/interpreter/test_{name}.py" for name in ("sessions", "session_networking")),
        *(f"runtime/interpreter/test_{name}.py" for name in ("session_life", "disconnect")),
    ],
    "streams": ["runtime/interpreter/test_streaming.py", "system/test_streaming.py"],
    "files": [
        *(f"runtime/interpreter/test_{name}.py" for name in ("files", "filesystem", "moves")),
        "system/test_filesystem.py",
    ],
    "processes": [
        *(f"runtime/processes/test_{name}.py" for name in ("start", "output", "stdin", "ending")),
        "system/test_processes_live.py",
    ],
    "attacks": [
        *(
            f"security/test_{name}.py"
            for name in ("bodies", "disk", "downloads", "files", "floods")
        ),
        *(f"security/test_{name}.py" for name in ("folders", "network", "outputs", "processes")),
        "security/test_resources.py",
    ],
    "ports": ["runtime/interpreter/test_ports.py"],
    "idempotency": ["runtime/http/test_idempotency.py", "runtime/http/test_bad_requests.py"],
    "containers": ["system/test_containers_live.py", "system/test_end_to_end_containers.py"],
    "clients": [
        *(f"system/test_{name}.py" for name in ("end_to_end", "published_client", "bad_inputs")),
    ],
    "readme": ["system/test_snippets.py"],
}
SHORT = {"clients"}
_SOFT = "that a disk's size is soft in a pod"
_OF_A_GROUP = "that folders of a pod's volume show the bit of their group"
_USERS = "that a pod has one user, and the names of users that its image has"
OTHERWISE = {
    "runtime/interpreter/test_files.py::test_a_full_storage": _SOFT,
    "runtime/interpreter/test_files.py::test_a_link_leads_no_writer_out": (
        "that files of an execution are written in the pod too, where links lead to what is the pod's"
    ),
    "runtime/interpreter/test_filesystem.py::test_a_folder_that_does_not_fit": _SOFT,
    "runtime/interpreter/test_filesystem.py::test_a_folder_is_listed_as_code_sees_it": _OF_A_GROUP,
    "runtime/interpreter/test_filesystem.py::test_what_is_at_a_path_is_told": _OF_A_GROUP,
    "runtime/interpreter/test_filesystem.py::test_folders_are_made": _OF_A_GROUP,
    "runtime/interpreter/test_filesystem.py::test_modes_and_owners_are_changed": _USERS,
    "security/test_disk.py::test_filling_a_disk_of_storage_gb_is_an_error_inside": _SOFT,
    "security/test_processes.py::test_the_kernel_refuses[ptrace of one's own child]": (
        "that the filter of the container runtime lets it"
    ),
    "security/test_resources.py::test_one_sandbox_doesnt_take_all_terminals": (
        "that a node has so many terminals for all its pods"
    ),
    "security/test_resources.py::test_nothing_of_the_kernels_keeps_a_process_from_being_killed": (
        "that a pod sees /proc/pressure"
    ),
    "system/test_filesystem.py::test_a_path_tells_whose_it_is_and_where_it_leads": _USERS,
    "system/test_filesystem.py::test_a_user_that_isnt_there_is_one_kind_of_error": _USERS,
    "system/test_filesystem.py::test_a_users_paths_in_a_container": _USERS,
    "system/test_processes_live.py::test_a_process_in_a_container": _USERS,
    "system/test_end_to_end_containers.py::test_a_command_that_is_listened_to": _USERS,
    "system/test_end_to_end_containers.py::test_what_cannot_be_had_is_refused_before_it_starts": (
        "that a node pulls an image after the container was answered: it fails where there is none"
    ),
}
"""What is otherwise here, by the test that says it of one machine."""


@pytest.fixture(scope="module")
def base_url(
    cluster: Cluster, postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("balanced")
    cluster.load(code(), CODE)
    told = ["--sandbox-image", CODE, "--warm-kernels", "1"]
    for name, image in of_containers().items():
        cluster.load(image, f"docker.io/library/{name}:latest")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLACE}})
    for name in ("busybox", "docker.io/library/busybox"):  # to whose folder they write, as root
        told += ["--image", f"{name}=everybodys"]
    told += ["--image", f"python:3.11-slim={PYTHON}"]
    database = postgresql_server.made("end_to_end")
    with (
        outside.there_is(cluster, folder),
        balanced(cluster, PLACE, folder, database, *told) as (url, _),
    ):
        yield url
    cluster.kubectl("delete", "namespace", PLACE, "--wait=false")


@pytest.mark.parametrize(
    "suite",
    [pytest.param(name, marks=pytest.mark.short) if name in SHORT else name for name in SUITES],
)
def test_what_holds_on_one_machine(base_url: str, suite: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--base-url", base_url, *(f"tests/{name}" for name in SUITES[suite])]
    command += [f"--deselect=tests/{name}" for name in OTHERWISE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20_000:]
