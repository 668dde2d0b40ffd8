"""What a newcomer does: a clone in an empty folder, a clean environment, one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.long
def test_make_run_works_in_a_fresh_clone_with_a_clean_environment(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    path = f"{sys.base_prefix}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        ["make", "run"],
        env={"HOME": str(home), "PATH": path},
        cwd=clone,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello from a sandbox!" in done.stdout
    plot = Path(done.stdout.rsplit("The plot is in ", 1)[1].splitlines()[0])
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
