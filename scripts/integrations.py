"""Tests `cognitora.integrations`, each in an environment with its framework: `make test-integrations`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv-integrations"
TOOLS = ROOT / ".venv" / "bin"
FRAMEWORKS = (
    "mcp",
    "pydantic-ai",
    "smolagents",
    "inspect-ai",
    "google-adk",
    "ag2",
    "crewai",
    "agno",
    "agent-framework",
    "deepagents",
    "deepagents-code",
    "openai-agents",
)
"""The extras. The packages for them are named alike."""


def main(names: list[str]) -> int:
    """Test those that are named, or all; how many have failed."""
    unknown = set(names) - set(FRAMEWORKS)
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are {', '.join(FRAMEWORKS)}.")
        return 2
    failed = [name for name in names or FRAMEWORKS if not tested(name)]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return len(failed)


def tested(extra: str) -> bool:
    """Whether types and tests of one are as they should be, with its framework."""
    print(f"== {extra}", flush=True)
    home, package = ENVIRONMENTS / extra, extra.replace("-", "_")
    python = home / "bin" / "python"
    make(home, extra)
    folders = [ROOT / "cognitora/integrations", ROOT / "tests/integrations"]
    shared = [file for folder in folders for file in folder.glob("*.py")]
    own = [file for folder in folders for file in (folder / package).rglob("*.py")]
    files = [str(file.relative_to(ROOT)) for file in sorted(shared + own)]
    checks: list[list[str | Path]] = [
        [TOOLS / "mypy", f"--python-executable={python}", "--no-error-summary", *files],
        [TOOLS / "python", "-m", "pyright", "--project", settings(home, files)],
        [
            python,
            "-m",
            "pytest",
            "-q",
            "-Wdefault::pytest.PytestRemovedIn10Warning",  # of the frameworks' own suites
            "--confcutdir=tests/integrations",
            f"tests/integrations/{package}",
        ],
    ]
    return all([run(command) for command in checks])  # noqa: C419  # all of them, not up to the first


def make(home: Path, extra: str) -> None:
    """The environment with a framework, made where there is none or an older one."""
    ready = home / ".ready"
    pyproject = ROOT / "pyproject.toml"
    if ready.exists() and ready.stat().st_mtime > pyproject.stat().st_mtime:
        return
    uv: list[str | Path] = [TOOLS / "uv", "--quiet"]
    if not (home / "bin/python").exists():
        subprocess.run([*uv, "venv", "--python", sys.executable, home], check=True, cwd=ROOT)
    groups = ["--group", f"test-{extra}"]
    install: list[str | Path] = [
        "pip",
        "install",
        "--python",
        home,
        "--editable",
        f".[local,{extra}]",
        *groups,
    ]
    subprocess.run([*uv, *install], check=True, cwd=ROOT)
    ready.touch()


def settings(home: Path, files: list[str]) -> Path:
    """Pyright's settings for files that are checked with the environment `home`."""
    told = {
        "extends": "../../pyproject.toml",
        "include": [f"../../{file}" for file in files],
        "exclude": [],
        "extraPaths": ["../../generated"],
        "venvPath": "..",
        "venv": home.name,
    }
    path = home / "pyrightconfig.json"
    path.write_text(json.dumps(told))
    return path


def run(command: list[str | Path]) -> bool:
    """Whether a command has ended well."""
    environment = os.environ | {"COGNITORA_LOCAL_PYTHON": str(ROOT / ".venv-data/bin/python")}
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
