"""Tests `cognitora.integrations`, each in an environment with its framework: `make test-integrations`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
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


AT_ONCE = 2
"""Frameworks that are tested at the same time: they wait more than they compute."""


def main(names: list[str]) -> int:
    """Test those that are named; how many have failed."""
    unknown = set(names) - set(FRAMEWORKS)
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are {', '.join(FRAMEWORKS)}.")
        return 2
    failed: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, (well, said) in zip(names, pool.map(tested, names), strict=True):
            print(f"== {name}\n{said}", flush=True)
            failed += [] if well else [name]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return len(failed)


def tested(extra: str) -> tuple[bool, str]:
    """Whether types and tests of one are as they should be, with its framework; and what was said."""
    home, package = ENVIRONMENTS / extra, extra.replace("-", "_")
    python = home / "bin" / "python"
    well, said = make(home, extra)
    if not well:
        return False, said
    folders = [ROOT / "cognitora/integrations", ROOT / "tests/integrations"]
    shared = [file for folder in folders for file in folder.glob("*.py")]
    own = [file for folder in folders for file in (folder / package).rglob("*.py")]
    files = [str(file.relative_to(ROOT)) for file in sorted(shared + own)]
    mypy: list[str | Path] = [
        TOOLS / "mypy",
        f"--python-executable={python}",
        f"--cache-dir={home / 'mypy'}",
    ]
    pytest: list[str | Path] = [python, "-m", "pytest", "-q", "--confcutdir=tests/integrations"]
    of_suites = "-Wdefault::pytest.PytestRemovedIn10Warning"  # the frameworks' own
    checks = [
        run(*mypy, "--no-error-summary", *files),
        run(TOOLS / "python", "-m", "pyright", "--project", settings(home, files)),
        run(*pytest, of_suites, f"tests/integrations/{package}"),
    ]
    return all(well for well, _ in checks), "".join(said for _, said in checks)


def make(home: Path, extra: str) -> tuple[bool, str]:
    """The environment with a framework, made where there is none or an older one; whether there is one."""
    ready = home / ".ready"
    pyproject = ROOT / "pyproject.toml"
    if ready.exists() and ready.stat().st_mtime > pyproject.stat().st_mtime:
        return True, ""
    uv: list[str | Path] = [TOOLS / "uv", "--quiet"]
    if not (home / "bin/python").exists():
        well, said = run(*uv, "venv", "--python", sys.executable, home)
        if not well:
            return False, said
    project = ["--editable", f".[local,{extra}]", "--group", f"test-{extra}"]
    well, said = run(*uv, "pip", "install", "--python", home, *project)
    if well:
        ready.touch()
    return well, said


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


def run(*command: str | Path) -> tuple[bool, str]:
    """Whether a command has ended well, and what it said."""
    environment = os.environ | {"COGNITORA_LOCAL_PYTHON": str(ROOT / ".venv-data/bin/python")}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode == 0, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*FRAMEWORKS]))
