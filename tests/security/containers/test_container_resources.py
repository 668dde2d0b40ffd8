"""Attacks by use: of processes, memory, CPU, disk and of the runtime's patience."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from cognitora_local.sandbox import cgroup_v2
from tests.engines import EngineUnderTest
from tests.processes import with_marker
from tests.security.conftest import Service
from tests.security.containers.conftest import API, Tenant
from tests.security.test_processes import gone

ENOUGH_MB = 150
"""How much the runtime may grow while it is attacked; what it keeps of logs is 10 MiB."""


@contextmanager
def while_it_runs(
    tenant: Tenant, container_id: str, code: str, **more: Any
) -> Iterator[dict[str, Any]]:
    """The attack goes on during the block; its answer is there after it."""
    answer: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: answer.update(tenant.code(container_id, code, **more)))
    thread.start()
    try:
        yield answer
    finally:
        thread.join()


def test_terminals_are_limited(tenant: Tenant, engine: EngineUnderTest, cell: str) -> None:
    if engine.name == "docker":
        pytest.skip("Docker can't be told a limit (docs/containers.md)")
    code = """
held = []
def take():
    while len(held) < 10_000:
        held.extend(os.openpty())
print(tried(take), 0 < len(held) < 100)
"""
    assert tenant.printed(cell, code) == "ENOSPC True"


def test_processes_are_limited(tenant: Tenant) -> None:
    code = """
started = []
def start():
    for _ in range(1000):
        pid = os.fork()
        if pid == 0:
            signal.pause()
        started.append(pid)
print(tried(start), 100 < len(started) <= 256)
for pid in started:
    os.kill(pid, signal.SIGKILL)
"""
    with tenant.container(memoryMb=512) as container_id:
        assert tenant.printed(container_id, code) == "EAGAIN True"


@pytest.mark.parametrize(
    "held",
    [
        "held = [bytearray(2**24) for _ in range(100)]",
        "os.posix_fallocate(os.open('/dev/shm/x', os.O_RDWR | os.O_CREAT), 0, 60 * 2**20)",
        "os.posix_fallocate(os.memfd_create('x'), 0, 2**30)",
    ],
    ids=["heap", "shared memory", "files in memory"],
)
def test_memory_is_limited(service: Service, tenant: Tenant, held: str) -> None:
    before = service.memory_mb()
    with tenant.container(memoryMb=48) as container_id:
        found = tenant.code(container_id, held)
        assert (found["status"], found["exitCode"]) == ("FAILED", 137), found
        assert "memory" in found["reason"]
    assert service.memory_mb() - before < ENOUGH_MB


def test_what_connections_hold_is_limited(tenant: Tenant, engine: EngineUnderTest) -> None:
    if engine.name == "docker" and not cgroup_v2.is_whole():
        pytest.skip("with cgroup v1, Docker's containers start before it could be limited")
    code = """
listener = socket.create_server(("127.0.0.1", 0), backlog=200)
held, waiting = [], 0
for _ in range(100):
    client = socket.create_connection(listener.getsockname())
    client.setblocking(False)
    held += [client, listener.accept()[0]]
    try:
        while True:
            waiting += client.send(bytes(2**16))
    except BlockingIOError:
        pass
print(waiting // 2**20 <= 64 or waiting)
"""
    with tenant.container(memoryMb=64) as container_id:
        # cgroup v2 may kill it for that; on a machine that limits nothing it is over 200 MiB.
        found = tenant.code(container_id, code)
        assert found["output"].strip() == "True" or found["exitCode"] == 137, found


def test_cpu_is_limited(tenant: Tenant) -> None:
    code = """
import time
for _ in range(3):
    if os.fork() == 0:
        break
began, used = time.monotonic(), time.process_time()
while time.monotonic() - began < 1: pass
print(time.process_time() - used)
"""
    with tenant.container(cpuCores=0.5) as container_id:
        printed = tenant.code(container_id, code)["output"].split()
        assert sum(map(float, printed)) < 0.8


def test_the_disk_is_limited_in_every_way_of_filling_it(tenant: Tenant) -> None:
    code = """
def fill(path):
    with open(path, "wb", buffering=0) as file:
        for _ in range(100):
            file.write(os.urandom(2**20))
        os.fsync(file.fileno())
def name():
    for n in range(10**6):
        os.close(os.open(f"/tmp/{n}", os.O_CREAT | os.O_WRONLY))
        os.setxattr(f"/tmp/{n}", "user.a", bytes(3900))
print(tried(fill, "/tmp/x"), sum(os.stat(each).st_size for each in ["/tmp/x"]) <= 2**20 * 60)
os.unlink("/tmp/x")
print(tried(name))
"""
    with tenant.container(storageGb=0.02) as container_id:
        assert tenant.printed(container_id, code) in {
            "EDQUOT True\nEDQUOT",
            "ENOSPC True\nENOSPC",
        }
        big = tenant.upload(container_id, "big", bytes(60 * 2**20))
        assert (big.status_code, big.json()["code"]) == (413, "storage_full")


def test_folders_too_deep_for_paths_keep_nothing_from_being_removed(
    service: Service, tenant: Tenant, engine: EngineUnderTest
) -> None:
    code = """
for _ in range(3000):
    os.mkdir("d" * 3)
    os.chdir("d" * 3)
"""
    with tenant.container() as container_id:
        tenant.printed(container_id, code)
        # Engines that can't remove it can't make another one after that.
        assert tenant.once("true")[0]["status"] == "COMPLETED"
    until = time.monotonic() + 20
    # Docker itself can't remove it from btrfs; what it can do is go on with the others.
    while engine.name == "podman" and container_id in unremoved(service):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert tenant.once("true")[0]["status"] == "COMPLETED"


def unremoved(service: Service) -> set[str]:
    """The containers that the engine still has, as the runtime knows."""
    with TemporaryDirectory() as folder:  # a copy, for the runtime shares its records with nobody
        for name in ("records.db", "records.db-wal"):
            shutil.copy(service.data / name, folder)
        with closing(sqlite3.connect(Path(folder, "records.db"))) as records:
            return {
                found for (found,) in records.execute("SELECT id FROM containers WHERE in_engine")
            }


def test_a_process_that_hides_its_name_doesnt_keep_others_from_being_ended(
    tenant: Tenant, neighbour_container: str
) -> None:
    # A name that is no text, and one that looks like a process of Podman's.
    code = """
import ctypes
if os.fork() == 0:
    os.close(1), os.close(2)
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b"\\xff) \\xfe")
        signal.pause()
    os.execv("/bin/sh", [b"conmon", b"-c", b"sleep 1000; : \\xff"])
"""
    with tenant.container() as container_id:
        tenant.printed(container_id, code)
        found = tenant.run(neighbour_container, "sleep", "1000", timeout_seconds=1)
        assert found["status"] == "TIMEOUT", found
        with tenant.container() as another:  # whose end the names don't hinder either
            tenant.printed(another, "print()")


def test_no_trigger_of_the_kernels_keeps_a_container_from_ending(tenant: Tenant, cell: str) -> None:
    """Each trigger of /proc/pressure takes the kernel a while at the end of its process."""
    code = """
import glob
files = glob.glob("/proc/pressure/*") + glob.glob("/sys/fs/cgroup/**/*.pressure", recursive=True)
print([path for path in files if tried(os.open, path, os.O_RDWR) == "done"])
hidden = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/sys/firmware")
print([path for path in hidden if os.path.isfile(path) and open(path, "rb").read(1)
       or os.path.isdir(path) and os.listdir(path)])
"""
    assert tenant.printed(cell, code) == "[]\n[]"


def test_code_that_ignores_every_signal_is_ended(tenant: Tenant, cell: str) -> None:
    marker = secrets.token_hex(8)
    code = """
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
os.kill(os.getpid(), signal.SIGSTOP)
while True: pass
"""
    began = time.monotonic()
    found = tenant.code(cell, code, timeout_seconds=1, environment={"MARKER": marker})
    assert found["status"] == "TIMEOUT"
    assert time.monotonic() - began < 10
    assert gone(marker)


def test_a_container_ends_with_all_that_it_has_started(tenant: Tenant) -> None:
    slept = f"86399.{secrets.randbelow(10**9):09}"
    leave = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.execvpe("sleep", ["sleep", "MARKER"], {"PATH": os.environ["PATH"]})
    os._exit(0)
os.wait()
""".replace("MARKER", slept)
    with tenant.container() as container_id:
        # It holds the command's output open, and the command ends anyway, in its time.
        tenant.code(container_id, leave, timeout_seconds=2)
        assert with_marker(slept)  # the control: it lives while its container does
    assert gone(slept)
    found, _ = tenant.once("python3", "-c", f"import os, signal\n{leave}")
    assert found["status"] == "COMPLETED"
    assert gone(slept)


def test_stopping_everything_doesnt_keep_a_container_from_ending(tenant: Tenant) -> None:
    with tenant.container() as container_id:
        code = """
if os.fork() == 0:
    signal.pause()
os.kill(-1, signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
"""
        assert tenant.code(container_id, code, timeout_seconds=1)["status"] == "TIMEOUT"
        began = time.monotonic()
    assert time.monotonic() - began < 10


@pytest.mark.long
def test_a_fork_bomb_is_bounded_and_ends(tenant: Tenant, neighbour_container: str) -> None:
    marker = secrets.token_hex(8)
    bomb = """
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
"""
    options = {"timeout_seconds": 3, "environment": {"MARKER": marker}}
    with tenant.container(memoryMb=512) as container_id:
        with while_it_runs(tenant, container_id, bomb, **options) as answer:
            began = time.monotonic()
            for _ in range(5):
                assert tenant.printed(neighbour_container, "print('served')") == "served"
            assert time.monotonic() - began < 20
        assert answer["status"] in ("TIMEOUT", "FAILED")
        assert len(with_marker(marker)) <= 256
    assert gone(marker)


@pytest.mark.long
def test_a_gigabyte_of_logs_is_capped_and_said_to_be(service: Service, tenant: Tenant) -> None:
    before = service.memory_mb()
    flood = "import os\nfor _ in range(2**10): os.write(1, b'x' * 2**20)"
    container_id = tenant.create("python3", "-c", flood, timeoutSeconds=600)
    slowest = 0.0
    while tenant.get(container_id)["status"] in {"PENDING", "RUNNING"}:
        began = time.monotonic()
        assert tenant.http.get(f"{API}/containers").is_success
        slowest = max(slowest, time.monotonic() - began)
    logs: str = tenant.http.get(f"{API}/containers/{container_id}/logs").json()["logs"]
    assert tenant.get(container_id)["status"] == "COMPLETED"
    assert len(logs) < 10 * 2**20 + 200
    assert logs.endswith("\n[the rest was not kept: logs are capped at 10 MiB]\n")
    assert service.memory_mb() - before < ENOUGH_MB
    assert slowest < 5


@pytest.mark.parametrize(
    "flood",
    [
        "for _ in range(50): os.write(1, b'x' * 2**20)",
        "for _ in range(10**5): os.write(1, b'\\xff')",
        "for _ in range(2 * 10**4): os.write(1, b'Error: a: OCI runtime '); os.write(2, b'\\n')",
    ],
    ids=["no line ends", "tiny pieces that are no text", "the engine's own words"],
)
def test_floods_of_output_leave_the_runtime_as_it_was(
    service: Service, tenant: Tenant, cell: str, flood: str
) -> None:
    before = service.memory_mb()
    found = tenant.code(cell, flood)
    assert found["status"] == "COMPLETED", found["reason"]
    assert 10**5 <= len(found["output"]) < 11 * 2**20
    assert service.memory_mb() - before < ENOUGH_MB
