"""Lints `openapi.yaml` with Redocly's linter: `python -m scripts.lint_spec`."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts import npm

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("redocly")
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def main(arguments: list[str]) -> int:
    """Lint the given file, by default the contract; the exit status."""
    try:
        node, environment = npm.installed(FOLDER, "Redocly's linter")
    except (npm.MissingNodeError, npm.NotInstalledError) as error:
        print(f"lint_spec: {error}", file=sys.stderr)
        return 1
    linter = FOLDER / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    command = [str(node), str(linter), "lint", "--config", str(FOLDER / "redocly.yaml")]
    command += arguments or [str(ROOT / "openapi.yaml")]
    result = npm.run(command, FOLDER, environment | QUIET)
    if result.returncode != 0 or "warning" in result.stdout.lower():
        print(result.stdout, file=sys.stderr)
        return result.returncode or 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
