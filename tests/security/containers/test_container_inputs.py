"""Attacks by what callers and images say: names, commands, environments, paths, labels."""

from __future__ import annotations

import dataclasses
import io
import os
import secrets
import tarfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.images import Image, Registry, filesystems, push
from tests.security.conftest import Service
from tests.security.containers.conftest import API, Tenant


def body(image: str, **more: Any) -> dict[str, Any]:
    return {
        "image": image,
        "command": ["true"],
        "cpuCores": 1,
        "memoryMb": 64,
        "maxCostCredits": 5,
        **more,
    }


@pytest.mark.parametrize(
    "image",
    [
        "--privileged",
        "-v=/:/host",
        "python:3.11 --privileged",
        "python:3.11\n--privileged",
        "/etc/passwd",
        "../../etc",
        "dir:/etc",
        "dir:5000/x",
        "docker-archive:/etc/passwd",
        "oci:/tmp",
        "docker-daemon:python:3.11",
        "unix:///run/podman/podman.sock",
        "http://127.0.0.1/x",
        "python:3.11?tlsVerify=false",
        "python:3.11/../../containers/json",
        "python%2e:3.11",
        "0" * 64,
        "python@" + "0" * 64,
        "$(id)",
        "python;id",
        "",
        "\0",
    ],
)
def test_the_name_of_an_image_is_nothing_else(tenant: Tenant, image: str) -> None:
    answer = tenant.http.post(f"{API}/containers", json=body(image))
    assert answer.status_code == 400, answer.text


ARGUMENTS = [
    "--privileged",
    "-v",
    "/:/host",
    "--",
    "$(id)",
    "`id`",
    ";id",
    "\n",
    "é\u202e",
    "%s",
    "",
]


def test_a_command_is_passed_as_it_is(tenant: Tenant, cell: str) -> None:
    code = "import sys; print(sys.argv[1:])"
    found = tenant.run(cell, "python3", "-c", code, *ARGUMENTS)
    assert found["output"] == f"{ARGUMENTS}\n"
    _, logs = tenant.once("python3", "-c", code, *ARGUMENTS)
    assert logs == f"{ARGUMENTS}\n"
    for word in ("--privileged", "-it", "--help", "$(id)", "/../../../usr/bin/id;"):
        found = tenant.run(cell, word)
        assert (found["status"], found["exitCode"]) == ("FAILED", 127), found
        ended, _ = tenant.once(word)
        assert (ended["status"], ended["exitCode"]) == ("FAILED", 127), ended


# What would change the engine, its runtime or its monitor, if it reached them.
VARIABLES = {
    "LD_PRELOAD": "/nowhere.so",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "CONTAINERS_CONF": "/nowhere",
    "DOCKER_HOST": "unix:///nowhere",
    "NOTIFY_SOCKET": "/run/notify",
    "LISTEN_FDS": "3",
    "_OCI_STARTPIPE": "3",
    "_LIBCONTAINER_INITPIPE": "3",
    "GODEBUG": "all",
    "container": "mine",
    "A*": "a pattern",
    "--privileged": "an option",
    "WITH SPACE": "a\nline",
}


def test_an_environment_reaches_the_command_alone(tenant: Tenant, cell: str) -> None:
    code = f"import os; print({{name: os.environ.get(name) for name in {list(VARIABLES)}}})"
    # The loader of the command itself complains of the first.
    wanted = str(VARIABLES)
    found = tenant.run(cell, "python3", "-c", code, environment=VARIABLES)
    assert wanted in found["output"].splitlines(), found
    ended, logs = tenant.once("python3", "-c", code, environment=VARIABLES)
    assert ended["status"] == "COMPLETED"
    assert wanted in logs.splitlines()
    # A search path with nothing in it is the container's affair.
    ended, _ = tenant.once("python3", environment={"PATH": "/nowhere", "HOME": "/nowhere"})
    assert (ended["status"], ended["exitCode"]) == ("FAILED", 127)


NAMES = (
    "--help",
    "-rf",
    "$(id)",
    "a;b",
    "a\nb",
    "*",
    "[a]?",
    "\\",
    "%2e%2e",
    "é",
    "a b",
    "~",
    "\x7f",
)


def test_a_file_s_name_is_nothing_else(tenant: Tenant, cell: str) -> None:
    for name in NAMES:
        assert tenant.upload(cell, f"names/{name}", name.encode()).is_success
        assert tenant.download(cell, f"names/{name}").content == name.encode()
    assert tenant.printed(cell, "print(sorted(os.listdir('/names')))") == str(sorted(NAMES))
    for name in ("../x", "a/../../x", "/etc/../x", "", ".", "a/", "\0"):
        assert tenant.upload(cell, name, b"x").status_code == 400
        assert tenant.download(cell, name).status_code == 400
    deep = "/".join("d" * 2000)
    assert tenant.upload(cell, deep, b"deep").is_success
    assert tenant.download(cell, deep).content == b"deep"


def test_links_lead_to_nothing_of_the_machine(tenant: Tenant, cell: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the machine's")
    code = f"""
os.makedirs("/links", exist_ok=True)
os.symlink("{tmp_path}", "/links/folder")
os.symlink("/proc/1/root{tmp_path}", "/links/proc")
os.symlink("{"../" * 20}{tmp_path}", "/links/up")
os.symlink("{secret}", "/links/file")
os.mkfifo("/links/pipe")
"""
    tenant.printed(cell, code)
    for path in ("links/folder/secret", "links/proc/secret", "links/up/secret", "links/file"):
        answer = tenant.download(cell, path)
        assert answer.status_code in (404, 409) or answer.content == b"overwritten"
        tenant.upload(cell, path, b"overwritten")  # in the container, where the folders are made
    assert tenant.download(cell, "links/pipe").status_code == 409
    assert tenant.upload(cell, "links/pipe", b"x").status_code == 409
    assert secret.read_text() == "the machine's"
    assert os.listdir(tmp_path) == ["secret"]


@pytest.mark.parametrize(
    "path",
    [
        "proc/1/oom_score_adj",
        "proc/sys/kernel/core_pattern",
        "proc/self/mem",
        "proc/new",
        "sys/kernel/notes",
        "sys/kernel/mm/ksm/run",
        "sys/fs/cgroup/new",
        "dev/new",
        "dev/null",
        "dev/mqueue/new",
    ],
)
def test_in_the_kernel_s_folders_files_reach_no_more_than_commands(
    tenant: Tenant, cell: str, path: str
) -> None:
    written = tenant.run(cell, "sh", "-c", f"printf 1 > /{path}")["exitCode"] == 0
    uploaded = tenant.upload(cell, path, b"1").status_code
    if tenant.download(cell, path).status_code == 200:
        assert tenant.run(cell, "cat", f"/{path}")["exitCode"] == 0
    if uploaded == 200:
        assert written
        assert not Path("/", path).exists()  # of this machine
        assert tenant.run(cell, "rm", f"/{path}")["exitCode"] == 0
    else:
        assert uploaded in (400, 403, 404, 409)


def test_what_the_machine_shows_a_container_isnt_changed_by_uploads(
    tenant: Tenant, service: Service
) -> None:
    shown = service.data / "engine" / "hosts"
    init = Path("/usr/bin/catatonit")
    before = shown.read_bytes(), init.read_bytes() if init.exists() else b""
    with tenant.container() as container_id:
        for path in ("etc/hosts", "etc/resolv.conf", ".cognitora/init"):
            tenant.upload(container_id, path, b"overwritten")
        assert "overwritten" not in tenant.code(container_id, "open('/etc/hosts', 'a')")["output"]
    assert (shown.read_bytes(), init.read_bytes() if init.exists() else b"") == before


def test_a_folder_that_turns_into_a_link_meanwhile_leads_nowhere(
    tenant: Tenant, cell: str, tmp_path: Path
) -> None:
    code = f"""
import time
os.makedirs("/race/folder", exist_ok=True)
os.makedirs("{tmp_path}", exist_ok=True)  # of the same name, in the container
os.symlink("{tmp_path}", "/race/link")
until = time.monotonic() + 3
while time.monotonic() < until:
    os.rename("/race/folder", "/race/other")
    os.rename("/race/link", "/race/folder")
    os.rename("/race/folder", "/race/link")
    os.rename("/race/other", "/race/folder")
"""
    race = threading.Thread(target=lambda: tenant.code(cell, code))
    race.start()
    statuses = set()
    while race.is_alive():
        statuses.add(tenant.upload(cell, "race/folder/file", b"x").status_code)
        with suppress(httpx.RemoteProtocolError):  # it went between the answer's head and body
            statuses.add(tenant.download(cell, "race/folder/file").status_code)
    race.join()
    assert statuses <= {200, 404, 409}
    assert os.listdir(tmp_path) == []


def succeeds(tenant: Tenant, cell: str, *command: str) -> None:
    """Wait until a command does."""
    end = time.monotonic() + 60
    while (ran := tenant.run(cell, *command))["status"] != "COMPLETED":
        assert time.monotonic() < end, ran


def test_long_ways_over_links_while_folders_move_keep_nobody_waiting(
    tenant: Tenant, cell: str
) -> None:
    # Each look takes milliseconds, and the kernel gives up where a folder moves meanwhile.
    code = """
import time
os.makedirs("/maze/in"); os.mkdir("/dev/shm/here")
for number in range(35):
    os.symlink("in/../" * 650 + (f"{number + 1}" if number < 34 else "in"), f"/maze/{number}")
print("ready", flush=True)
while not os.path.exists("/maze/stop"):
    for _ in range(1000):
        os.rename("/dev/shm/here", "/dev/shm/there"); os.rename("/dev/shm/there", "/dev/shm/here")
"""
    race = threading.Thread(target=lambda: tenant.code(cell, code))
    race.start()
    succeeds(tenant, cell, "ls", "/maze/34", "/dev/shm")
    answers: list[httpx.Response] = []

    def transfer() -> None:
        answers.append(tenant.upload(cell, "maze/0/" + "d/" * 1900 + "file", b"x"))
        answers.append(tenant.download(cell, "maze/0/file"))

    transfers = threading.Thread(target=transfer)
    transfers.start()
    waited = [0.0]
    while transfers.is_alive():
        began = time.monotonic()
        assert tenant.http.get(f"{API}/containers/{cell}").is_success
        waited.append(time.monotonic() - began)
    assert tenant.upload(cell, "maze/stop", b"").is_success
    race.join()
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    assert max(waited) < 5  # 17 where the kernel was asked again and again


def test_what_a_container_does_to_its_files_is_told_as_its_own_doing(
    tenant: Tenant, cell: str
) -> None:
    code = """
import fcntl, pathlib
signal.signal(signal.SIGIO, signal.SIG_IGN)
leased = open("/leased", "w")
fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_WRLCK)
half = "/".join(["d" * 250] * 10)
os.mkdir("/far"); os.chdir("/far"); os.makedirs(half); os.symlink(half, "half")
os.chdir("half"); os.makedirs(half); os.symlink(half, "half")
while not os.path.exists("/leased-long-enough"):
    pass
"""
    holder = threading.Thread(target=lambda: tenant.code(cell, code))
    holder.start()
    succeeds(tenant, cell, "ls", "/far/half/half/")
    answers = [
        tenant.download(cell, "leased"),  # nobody may open it before its holder lets go
        tenant.upload(cell, "far/half/half/file", b"x"),
        tenant.download(cell, "far/half/half/file"),
    ]
    assert tenant.upload(cell, "leased-long-enough", b"").is_success
    holder.join()
    assert [answer.status_code for answer in answers] == [409] * 3


@pytest.fixture(scope="module")
def hostile_image(registry: Registry) -> str:
    """The name of an image that says all that an image can say, and lays traps where others mount."""
    buffer = io.BytesIO(filesystems.busybox())
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        for name, target in {
            ".cognitora": "/etc",
            "etc/hosts": "../../../../../../tmp/cognitora-escape",
            "etc/resolv.conf": "/proc/1/root/tmp/cognitora-escape",
            "run": "/../../../tmp",
        }.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
    image = Image(
        buffer.getvalue(),
        environment={"PATH": "/bin", "LD_PRELOAD": "/nowhere.so", "container": "mine"},
        working_dir="/../../../proc/self/fd/7",
        labels={
            "dev.cognitora.runtime": "/nowhere",
            "dev.cognitora.container": "ctr_" + "0" * 20,
            "dev.cognitora.networking": "on",
            "dev.cognitora.network-of": "ctr_" + "0" * 20,
            "io.podman.annotations.privileged": "TRUE",
            "run.oci.keep_original_groups": "1",
        },
        volumes=["/data"],
    )
    push(image, registry.address, [name := f"hostile-{secrets.token_hex(4)}:latest"])
    sane = dataclasses.replace(image, working_dir="/")
    push(sane, registry.address, [f"sane-{name}"])
    return f"{registry.address}/{name}"


def test_an_image_isnt_believed(tenant: Tenant, hostile_image: str) -> None:
    registry, _, name = hostile_image.partition("/")
    with tenant.container(image=f"{registry}/sane-{name}") as container_id:
        found = tenant.run(container_id, "ls", "/sys/class/net")
        assert (found["status"], found["output"]) == ("COMPLETED", "lo\n"), found
        # What it says of its owner moves nobody to remove it.
        assert tenant.http.post(f"{API}/gc").is_success
        assert tenant.run(container_id, "true")["status"] == "COMPLETED"
        mounts = tenant.run(container_id, "cat", "/proc/mounts")["output"]
        volumes = [line.split()[2] for line in mounts.splitlines() if line.split()[1] == "/data"]
        assert volumes in ([], ["tmpfs"])  # no folder of the machine
    assert not Path("/tmp/cognitora-escape").exists()


def test_an_image_s_working_folder_doesnt_lead_out(tenant: Tenant, hostile_image: str) -> None:
    ended, logs = tenant.once("cat", f"../../../../../..{__file__}", image=hostile_image)
    assert ended["status"] == "FAILED"
    assert "hostile" not in logs
