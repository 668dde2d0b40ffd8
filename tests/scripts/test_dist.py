"""What `make dist` finds wrong. That what it makes works, it tries itself."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.dist import pythons
from scripts.dist.build import build_twice, commit_time, write_sums
from scripts.dist.commands import FailedError

BACKEND = """
import io, os, pathlib, tarfile, time, zipfile

TOLD = b"Metadata-Version: 2.4\\nName: thing\\nVersion: 1\\n"

def build_sdist(folder, settings=None):
    with tarfile.open(pathlib.Path(folder, "thing-1.tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "backend.py", "PKG-INFO"):
            held = TOLD if name == "PKG-INFO" else pathlib.Path(name).read_bytes()
            entry = tarfile.TarInfo("thing-1/" + name)
            entry.mode = {mode}
            entry.mtime, entry.size = int(os.environ["SOURCE_DATE_EPOCH"]), len(held)
            archive.addfile(entry, io.BytesIO(held))
    packed = bytearray(pathlib.Path(folder, "thing-1.tar.gz").read_bytes())
    packed[4:8] = int(os.environ["SOURCE_DATE_EPOCH"]).to_bytes(4, "little")
    pathlib.Path(folder, "thing-1.tar.gz").write_bytes(packed)
    return "thing-1.tar.gz"

def build_wheel(folder, settings=None, metadata=None):
    when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(pathlib.Path(folder, "thing-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(zipfile.ZipInfo("thing.py", {when}), {content})
    return "thing-1-py3-none-any.whl"
"""
DECLARED = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "thing"
version = "1"
"""


def git(root: Path, *command: str) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True)


def project(root: Path, **odd: str) -> Path:
    """A project in a repository, whose distributions are as they should be but for what is `odd`."""
    root.mkdir()
    (root / "pyproject.toml").write_text(DECLARED)
    backend = BACKEND
    for name, usual in {"when": "when", "content": "'the same'", "mode": "0o644"}.items():
        backend = backend.replace(f"{{{name}}}", odd.get(name, usual))
    (root / "backend.py").write_text(backend)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "A thing.")
    return root


def test_what_is_the_same_twice_is_kept_and_has_sums(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    built = build_twice(dist, root=project(tmp_path / "thing"), python=Path(sys.executable))
    assert [path.name for path in built] == ["thing-1.tar.gz", "thing-1-py3-none-any.whl"]
    sums = write_sums(dist)
    assert sorted(path.name for path in dist.iterdir()) == sorted(
        [*(path.name for path in built), sums.name]
    )
    subprocess.run(["sha256sum", "--check", sums], cwd=dist, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("odd", "differs"),
    [
        ({"content": "os.getcwd()"}, "whl"),
        ({"content": "os.environ['TZ']"}, "whl"),
        ({"mode": "os.stat('backend.py').st_mode & 0o777"}, "tar.gz"),
    ],
    ids=["folder", "time zone", "modes"],
)
def test_what_differs_between_machines_is_refused(
    tmp_path: Path, odd: dict[str, str], differs: str
) -> None:
    root = project(tmp_path / "thing", **odd)
    with pytest.raises(FailedError, match=rf"\.{differs} were built of the same commit and differ"):
        build_twice(tmp_path / "dist", root=root, python=Path(sys.executable))


def test_a_time_that_isnt_the_commits_is_refused(tmp_path: Path) -> None:
    root = project(tmp_path / "thing", when="(2020, 2, 2, 0, 0, 0)")
    with pytest.raises(FailedError, match=r"thing-1.*\.whl has the times \[1580601600\]"):
        build_twice(tmp_path / "dist", root=root, python=Path(sys.executable))


def test_what_isnt_committed_is_no_distribution(tmp_path: Path) -> None:
    root = project(tmp_path / "thing")
    assert commit_time(root) > 0
    (root / "left-over").touch()
    assert commit_time(root) > 0
    (root / "backend.py").write_text("")
    with pytest.raises(FailedError, match=r"(?s)commit first.*M backend\.py"):
        commit_time(root)


def test_pythons_are_found_each_once_and_those_that_dont_run_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in [
        ("python3.12", "cpython 3.12.9"),
        ("python3.99", ""),
        ("python3", "pypy 3.11.9"),
    ]:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{f'echo {said}' if said else 'exit 127'}\n")
        program.chmod(0o755)
    (tmp_path / "python3.11-config").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    found = pythons.found(">=3.11")
    ours = ".".join(str(part) for part in sys.version_info[:3])
    assert {each.version for each in found} == {"3.12.9", ours}
    assert pythons.found("==3.12.*")[-1].version == "3.12.9"
    assert pythons.after("3.9") == "3.10"


def test_a_wheel_says_which_pythons_it_is_for(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        lines = "".join(
            f"Classifier: Programming Language :: Python :: {version}\n"
            for version in ("3", "3.11", "3.12")
        )
        archive.writestr(
            "thing-1.dist-info/METADATA", f"Metadata-Version: 2.4\nName: thing\n{lines}\n"
        )
    assert pythons.claimed(pythons.metadata(wheel)) == ["3.11", "3.12"]
