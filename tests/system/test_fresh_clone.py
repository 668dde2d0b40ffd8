"""What a newcomer does: a clone in an empty folder, a clean environment, or a bare Debian; one command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.images import Unavailable, debian
from tests.needs import IS_ROOT, MOUNTS, need_root

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Clone:
    """A clone of the repository, and how commands are run in it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, timeout: float = 600, given: str = "") -> str:
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder, home = tmp_path_factory.mktemp("clone") / "clone", tmp_path_factory.mktemp("home")
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    path = f"{sys.base_prefix}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return Clone(folder, {"HOME": str(home), "PATH": path})


@pytest.mark.long
def test_make_run_works_in_a_fresh_clone_with_a_clean_environment(clone: Clone) -> None:
    printed = clone.run("make", "run")
    assert "Hello from a sandbox!" in printed
    plot = Path(printed.rsplit("The plot is in ", 1)[1].splitlines()[0])
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    command = printed.rstrip().rsplit(": ", 1)[1].split()
    assert clone.run(*command, given="6 * 7\n", timeout=60) == "42\n"


@pytest.mark.long
def test_the_tutorial_works_in_a_fresh_clone(clone: Clone, images: list[str]) -> None:
    """Its files are written as they stand, its commands run, and what it shows comes line after line."""
    clone.environment["COGNITORA_LOCAL_IMAGES"] = " ".join(images[1::2])
    text = (ROOT / "docs" / "tutorial.md").read_text()
    walked: list[str] = []
    printed = ""
    for section in re.split("^## ", text, flags=re.M)[1:]:
        if ".containers." in section and not IS_ROOT:
            continue
        for about, block in re.findall(r"^```([^`\n]+)\n(.*?)^```$", section, re.M | re.S):
            if name := re.search(r'title="(.+)"', about):
                (clone.folder / name[1]).write_text(block)
            elif about == "bash":
                printed = clone.run("sh", "-ec", block)
                walked.append(block)
            else:
                assert about == "text"
                lines = iter(printed.splitlines())
                for shown in filter(None, block.splitlines()):
                    assert any(line.startswith(shown) for line in lines), f"{shown!r}: {printed}"
    assert len(walked) >= 8
    assert (clone.folder / "pictures" / "image-1.png").read_bytes().startswith(b"\x89PNG")


# All that the runtime runs of what isn't its own.
PROGRAMS = """
    bwrap slirp4netns ip nft nsenter setpriv mount umount mkfs.ext4
    podman conmon runc catatonit mkfs.btrfs btrfs
"""
IN_DEBIAN = """
mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"
exec chroot "$@"
"""


@pytest.fixture(scope="module")
def bare_debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The least Debian that there is, with systemd, which seems to be running."""
    need_root(MOUNTS)
    if shutil.which("wget") is None:
        pytest.skip("debootstrap needs wget")
    folder = tmp_path_factory.mktemp("debian")
    try:
        with debian.alone():
            debian.unpack(["debootstrap"], folder / "debootstrap")
    except Unavailable as error:
        pytest.skip(str(error))
    program = folder / "debootstrap/usr/sbin/debootstrap"
    root = folder / "root"
    subprocess.run(
        [program, "--variant=minbase", "--include=systemd", "bookworm", root],
        env={**os.environ, "DEBOOTSTRAP_DIR": str(folder / "debootstrap/usr/share/debootstrap")},
        check=True,
        capture_output=True,
        timeout=300,
    )
    (root / "run/systemd/system").mkdir(parents=True)
    shutil.copy("/etc/resolv.conf", root / "etc")
    shutil.copy(ROOT / "scripts/bootstrap", root)
    yield root
    shutil.rmtree(folder)


def in_debian(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a Debian, with mounts that nobody else sees."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-ec", IN_DEBIAN, "sh", root, *command],
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.long
def test_bootstrap_gives_a_bare_debian_all_that_is_needed_and_starts_nothing(
    bare_debian: Path,
) -> None:
    done = in_debian(bare_debian, "/bootstrap")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("bootstrap: installing with apt-get: bubblewrap ")

    found = in_debian(bare_debian, "which", *PROGRAMS.split())
    assert found.returncode == 0, found.stdout
    # Neither now nor at the next boot, nor after the package's next upgrade.
    assert podman_units(bare_debian) == []
    again = in_debian(bare_debian, "apt-get", "install", "--reinstall", "-qq", "-y", "podman")
    assert again.returncode == 0, again.stderr
    assert podman_units(bare_debian) == []


@pytest.mark.long
def test_bootstrap_says_nothing_where_nothing_is_missing(bare_debian: Path) -> None:
    in_debian(bare_debian, "/bootstrap")
    done = in_debian(bare_debian, "/bootstrap")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def podman_units(root: Path) -> list[Path]:
    """Podman's units that systemd has been told to start, or not to start at all."""
    folders = [root / "etc/systemd", root / "run/systemd"]
    return [path for folder in folders for path in folder.rglob("podman*")]
