"""Of a cluster nothing stays: no process, mount, interface, cgroup, file."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from scripts.kubernetes.layout import ROOT
from tests.images import Image, filesystems
from tests.kubernetes.cluster import Cluster, running, starting, until
from tests.kubernetes.pods import BUSYBOX, pod

pytestmark = pytest.mark.long  # each has a cluster of its own

_DOWN = ["-m", "scripts.kubernetes", "--folder"]


def _by_its_command(cluster: Cluster) -> None:
    cluster.down()


def _by_a_signal(cluster: Cluster) -> None:
    cluster.process.terminate()
    cluster.process.wait(60)


def _by_force(cluster: Cluster) -> None:
    cluster.process.kill()
    cluster.process.wait(60)


@pytest.mark.parametrize("end", [_by_its_command, _by_a_signal, _by_force])
def test_nothing_stays_of_a_cluster(folder: Path, end: Callable[[Cluster], None]) -> None:
    with running(folder, 1) as cluster:
        cluster.load(Image(filesystems.busybox()), BUSYBOX)
        cluster.create(pod("runs"))
        cluster.wait("pod/runs", "condition=Ready")
        processes = _processes(cluster)
        assert {"kubelet", "etcd", "containerd", "sleep"} <= _names(processes)
        assert _cgroups(cluster)
        end(cluster)
        _nothing_runs(processes)
        if end is _by_force:
            subprocess.run([sys.executable, *_DOWN, str(folder), "down"], cwd=ROOT, check=True)
    _nothing_stays(cluster)


def test_nothing_stays_of_a_cluster_that_was_killed_as_it_started(folder: Path) -> None:
    with starting(folder, 1) as cluster:
        until(lambda: (folder / "n1/logs/containerd.log").exists())
        processes = _processes(cluster)
        _by_force(cluster)
        _nothing_runs(processes)
        with running(folder, 1) as next_one:
            assert next_one.get("nodes")["items"]
            assert not _cgroups(cluster)
    _nothing_stays(cluster)


def test_a_cluster_ends_with_who_has_started_it(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.kubernetes.cluster import starting\n"
        "with starting(Path(sys.argv[1]), 1) as cluster:\n"
        "    print(cluster.process.pid, flush=True); input()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        assert starter.stdout is not None
        cluster = psutil.Process(int(starter.stdout.readline()))
        until(lambda: (folder / "n1/logs/containerd.log").exists())
        processes = [cluster, *cluster.children(recursive=True)]
        starter.kill()
    _nothing_runs(processes)
    assert not folder.exists()


def test_a_folder_has_one_cluster(folder: Path) -> None:
    with running(folder, 1) as cluster:
        second = [sys.executable, *_DOWN, str(folder), "up", "1"]
        done = subprocess.run(second, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"a cluster runs in {folder}: end it with `down`\n"
        os.kill(cluster.process.pid, signal.SIGTERM)


def _processes(cluster: Cluster) -> list[psutil.Process]:
    """All that belongs to it; it may be asked for later, when others have their numbers."""
    root = psutil.Process(cluster.process.pid)
    return [root, *root.children(recursive=True)]


def _names(processes: list[psutil.Process]) -> set[str]:
    names: set[str] = set()
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # of some it was the task to end
            names.add(one.name())
    return names


def _nothing_runs(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert not alive


def _nothing_stays(cluster: Cluster) -> None:
    assert not cluster.folder.exists()
    assert str(cluster.folder) not in Path("/proc/self/mountinfo").read_text()
    assert not {"bridge", "to-n1"} & set(os.listdir("/sys/class/net"))
    assert not _cgroups(cluster)


def _cgroups(cluster: Cluster) -> list[Path]:
    name = f"cognitora-kubernetes-{cluster.process.pid}"
    return list(Path("/sys/fs/cgroup").glob(f"*/{name}"))
