"""The commands behind the Makefile: set-up, bootstrap, the spec's linter, serve."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from scripts import npm as npm_registry
from scripts import serve
from tests import programs_used
from tests.users import skip_without_sandboxes

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("sh", "dirname", "uname", "id", "cat", "env")
Folder = Callable[..., Path]


@pytest.fixture
def commands(tmp_path: Path) -> Folder:
    """Makes a folder for PATH that holds the shell's own commands and the given ones, by their scripts."""

    def make(**scripts: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in SHELL:
            if name not in scripts:
                (folder / name).symlink_to(programs_used.found(name))
        for name, script in scripts.items():
            command = folder / name.replace("_", "-")
            command.write_text(f"#!/bin/sh\n{script}\n")
            command.chmod(0o755)
        return folder

    return make


def run(script: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "scripts" / script)],
        env={"PATH": str(path), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


SANDBOXES = {"bwrap": "", "slirp4netns": "", "ip": "", "nft": "", "mkfs.ext4": ""}
CONTAINERS = {"podman": "", "conmon": "", "runc": "", "catatonit": "", "mkfs.btrfs": ""}
# Some systems have it for Podman alone, where no PATH leads.
HIDDEN = any(Path(f"/usr/{lib}/podman/catatonit").exists() for lib in ("lib", "libexec"))
FOR_CONTAINERS = f"podman conmon runc {'' if HIDDEN else 'catatonit '}btrfs-progs"
ALL = f"bubblewrap slirp4netns iproute2 nftables e2fsprogs {FOR_CONTAINERS}"


def test_bootstrap_is_silent_when_all_is_there(commands: Folder) -> None:
    result = run("bootstrap", commands(**SANDBOXES, **CONTAINERS))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_bootstrap_says_what_to_install_where_there_is_no_apt(commands: Folder) -> None:
    there = {**SANDBOXES, **CONTAINERS}
    del there["slirp4netns"]
    result = run("bootstrap", commands(**there))
    assert result.returncode == 1
    assert "needs slirp4netns, and this system has no apt-get" in result.stderr
    for line in ("apt-get install slirp4netns", "dnf install slirp4netns", "pacman -S slirp4netns"):
        assert line in result.stderr
    assert "bubblewrap" not in result.stderr


def test_bootstrap_says_what_to_install_where_it_may_not(commands: Folder) -> None:
    result = run("bootstrap", commands(apt_get="exit 99", id="echo 1000", sudo="exit 1"))
    assert result.returncode == 1
    assert f"{ALL}, and only root may install it" in result.stderr


def test_bootstrap_lets_code_run_where_containers_can_not_be_had(commands: Folder) -> None:
    result = run("bootstrap", commands(**SANDBOXES))
    assert result.returncode == 0
    assert f"needs {FOR_CONTAINERS}" in result.stderr
    assert (
        "Until then it runs code, and answers calls for containers with an error" in result.stderr
    )


@pytest.mark.parametrize(("user", "through"), [("0", ""), ("1000", "sudo ")])
def test_bootstrap_installs_what_is_missing(
    commands: Folder, tmp_path: Path, user: str, through: str
) -> None:
    log = tmp_path / "log"
    bin_ = commands(
        id=f"echo {user}",
        apt_get=f'echo "$@" >>{log}',
        sudo=f'[ "$2" = true ] && exit; echo -n "sudo " >>{log}; shift; exec "$@"',
        true="",
    )
    result = run("bootstrap", bin_)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"bootstrap: installing with apt-get: {ALL}\n"
    assert log.read_text().startswith(f"{through}install -y")
    assert log.read_text().strip().endswith(ALL)


@pytest.mark.parametrize("fails", [False, True])
def test_bootstrap_holds_back_the_units_of_the_podman_that_it_installs(
    commands: Folder, tmp_path: Path, fails: bool
) -> None:
    log = tmp_path / "log"
    bin_ = commands(
        **SANDBOXES,
        id="echo 0",
        apt_get=f"echo apt-get >>{log}; exit {int(fails)}",
        systemctl=f'echo "$2" >>{log}',
    )
    result = run("bootstrap", bin_)
    assert result.returncode == 0, result.stderr
    did = log.read_text().split()
    assert did[0] == "mask"
    assert did.index("apt-get") < did.index("unmask") < did.index("disable")


def test_bootstrap_needs_linux(commands: Folder) -> None:
    result = run("bootstrap", commands(uname="echo Darwin"))
    assert result.returncode == 1
    assert "needs Linux" in result.stderr


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (None, "there is no python3: install Python 3.11 or later"),
        ('[ "$1" = --version ] && echo Python 3.10.1 && exit; exit 1', "Python 3.10.1 is too old"),
        (
            'case "$2" in *ensurepip*) exit 1;; esac',
            "can't make virtual environments (Debian: apt install",
        ),
    ],
)
def test_setup_says_what_is_wrong_with_python(
    commands: Folder, script: str | None, sentence: str
) -> None:
    result = run("setup", commands(python3=script) if script else commands())
    assert result.returncode == 1
    assert sentence in result.stderr


# A Python of which environments have a copy. What code finds is installed without end; the project waits for
# that to begin, and fails.
PYTHON = """
case "$0 $*" in
    *"-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
    *.venv-data/bin/python*--requirement*) echo $$ >pid; exec sleep 600 ;;
    *.venv/bin/python*--editable*) until [ -s pid ]; do :; done; exit 1 ;;
esac
"""


def test_setup_that_fails_leaves_nothing_running(commands: Folder, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts" / "setup")
    more = {name: f'exec {shutil.which(name)} "$@"' for name in ("cp", "mkdir", "rm", "sleep")}
    path = {"PATH": str(commands(python3=PYTHON, **more))}
    result = subprocess.run([script], env=path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "the project could not be installed" in result.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert not (tmp_path / ".venv-data" / ".ready").exists()


@pytest.mark.parametrize("missing", [".venv/.ready", ".venv-data/.ready"])
def test_make_sets_up_again_what_is_missing(tmp_path: Path, missing: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    for name, does in (("setup", "touch .venv/.ready .venv-data/.ready again"), ("bootstrap", ":")):
        (tmp_path / "scripts" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "scripts" / name).chmod(0o755)
    for place in (".venv", ".venv-data"):
        (tmp_path / place).mkdir()
    (tmp_path / "pyproject.toml").touch()

    def done_again() -> bool:
        (tmp_path / "again").unlink(missing_ok=True)
        subprocess.run(["make", "setup"], cwd=tmp_path, check=True)
        return (tmp_path / "again").exists()

    assert done_again()
    assert not done_again()
    (tmp_path / missing).unlink()
    assert done_again()
    assert not done_again()


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert names is not None
    for name in names[1].split():
        assert re.search(rf"^  make {name} +\w", listed, re.MULTILINE), f"{name} is not listed"


@pytest.mark.parametrize(
    ("version", "chosen"),
    [
        ("v22.12.0", "path"),
        ("v24.1.0", "path"),
        ("v22.11.9", "wheel"),
        ("v20.19.0", "wheel"),
        ("", "wheel"),
    ],
)
def test_node_comes_from_path_where_it_is_new_enough(
    commands: Folder, version: str, chosen: str
) -> None:
    bin_ = commands(node=f"echo {version}", npm="")
    node, npm = npm_registry.find_node(
        lambda name: shutil.which(name, path=str(bin_)), Path("/wheel")
    )
    if chosen == "path":
        assert (node, npm) == (bin_ / "node", [str(bin_ / "npm")])
    else:
        assert node == Path("/wheel/bin/node")
        assert npm == ["/wheel/bin/node", "/wheel/lib/node_modules/npm/bin/npm-cli.js"]


def test_no_node_at_all_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(
        npm_registry.MissingNodeError, match=r"no node 22\.12 or later .*`make setup`"
    ):
        npm_registry.find_node(lambda _: None, None)


@pytest.mark.parametrize("folder", ["scripts/redocly", "tests/axe"])
def test_a_lock_file_names_no_registry(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in package and package["integrity"] for package in packages)


def test_the_linter_refuses_a_contract_with_a_warning(tmp_path: Path) -> None:
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    spoilt = tmp_path / "openapi.yaml"
    # A schema that nothing uses is a mere warning of the linter's usual rules.
    spoilt.write_text(
        text.replace("  schemas:\n", "  schemas:\n    Unused: {type: string}\n", 1), "utf-8"
    )
    command = [sys.executable, "-m", "scripts.lint_spec", str(spoilt)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Unused" in done.stderr


def test_serve_prints_the_two_lines_for_the_shell() -> None:
    ready = json.dumps({"base_url": "http://127.0.0.1:8700", "api_key": "it's", "isolation": {}})
    shown = subprocess.run(
        [
            "sh",
            "-c",
            f'{serve.exports(ready)}\nprintf "%s %s" "$COGNITORA_BASE_URL" "$COGNITORA_API_KEY"',
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert shown.stdout == "http://127.0.0.1:8700 it's"


def test_serve_starts_a_runtime_and_ends_with_it(tmp_path: Path) -> None:
    skip_without_sandboxes()
    command = [sys.executable, "-m", "scripts.serve", "--data-dir", str(tmp_path / "data")]
    command += ["--api-key", "cgk_one", "--api-key", "cgk_two"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as served:
        assert served.stdout is not None
        base_url = served.stdout.readline().strip().removeprefix("export COGNITORA_BASE_URL=")
        assert served.stdout.readline() == "export COGNITORA_API_KEY=cgk_one\n"
        for key in ("cgk_one", "cgk_two"):
            answer = httpx.get(
                f"{base_url}/api/v1/interpreter/sessions",
                headers={"Authorization": f"Bearer {key}"},
            )
            assert answer.status_code == 200
        os.killpg(served.pid, signal.SIGINT)  # what Ctrl-C does
        assert served.wait(timeout=20) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(base_url)


def test_serve_passes_on_what_the_runtime_says(capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "scripts.serve", "--help"]
    subprocess.run(command, cwd=ROOT, check=True)
    assert "--api-key" in capfd.readouterr().out


def test_ci_runs_what_everyone_runs(commands: Folder) -> None:
    script = ROOT / ".ci" / "run"
    result = subprocess.run(
        [str(script)],
        env={"PATH": str(commands(make='echo "make $*"; cat', date=":")), "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (
        0,
        "make test\nmake test-integrations\nmake test-kubernetes-short\n",
    )
