"""The command that starts a cluster, where there can't be one. Where there can, see tests/kubernetes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.needs import IS_ROOT, NETWORKS

ROOT = Path(__file__).resolve().parents[2]


def test_who_isnt_root_is_told(tmp_path: Path) -> None:
    as_nobody = ["unshare", "--user"] if IS_ROOT else []
    done = _run("--folder", str(tmp_path / "cluster"), "up", before=as_nobody)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "A cluster can't run on this machine. "
        "It needs: root: only root can lay cables, mount, and give away cgroups\n"
    )


@pytest.mark.root(NETWORKS)
def test_what_a_machine_lacks_is_told(tmp_path: Path) -> None:
    done = _run("--folder", str(tmp_path / "cluster"), "up", path=str(tmp_path))
    assert (done.returncode, done.stdout) == (3, "")
    for told in ("apt-get (Debian: apt)", "dpkg-deb (Debian: dpkg)"):
        assert told in done.stderr


@pytest.mark.parametrize("command", ["kill-node", "start-node", "cut-cable", "mend-cable"])
def test_without_a_cluster_nothing_is_done(tmp_path: Path, command: str) -> None:
    done = _run("--folder", str(tmp_path / "cluster"), command, "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"no cluster runs in {tmp_path / 'cluster'}\n"


def test_nodes_have_folders_of_their_own_where_a_cluster_cant_be() -> None:
    done = _run("--folder", "/var/lib/cluster", "up")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "/var/lib/cluster can't hold a cluster: nodes have a /var/lib of their own\n"
    )


def _run(
    *arguments: str, before: Sequence[str] = (), path: str | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "scripts.kubernetes", *arguments]
    environment = os.environ | ({} if path is None else {"PATH": path})
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
