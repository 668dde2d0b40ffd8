"""Runs openapi-python-client, and trusts nothing that it leaves unsaid."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from openapi_python_client.config import ConfigFile

from scripts.generate.errors import GenerationError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("config.yaml")
TOOLS = Path(sys.executable).parent
GENERATOR = "openapi-python-client"


def run(
    document: dict[str, Any], target: Path, *, config: Path = CONFIG, tools: Path = TOOLS
) -> None:
    """Generate a package from a document into `target`, which must not exist.

    Args:
        document: the OpenAPI document.
        target: the folder to make.
        config: the generator's configuration file.
        tools: the folder with `ruff`.

    Raises:
        GenerationError: on any warning of the generator, an unknown configuration key, a missing tool
            or one of another version than the one pinned.
    """
    check_config(config)
    check_pins(tools)
    source = target.with_name(f"{target.name}.json")
    source.write_text(json.dumps(document), "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(source)]
    command += [
        "--meta",
        "none",
        "--fail-on-warning",
        "--config",
        str(config),
        "--output-path",
        str(target),
    ]
    # Wide columns: the generator wraps its messages to the terminal it believes to have.
    environment = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }
    result = _run(command, environment)
    if result.returncode != 0 or result.stderr.strip() or not target.is_dir():
        raise GenerationError(f"{GENERATOR} complains:\n{result.stdout}{result.stderr}")
    source.unlink()


def ruff(arguments: list[str], *, tools: Path = TOOLS) -> None:
    """Run the project's own ruff. Raises GenerationError if it fails."""
    result = _run([str(tools / "ruff"), *arguments], dict(os.environ))
    if result.returncode != 0:
        raise GenerationError(f"ruff {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")


def check_config(path: Path) -> None:
    """Raise GenerationError if the generator would silently ignore a key of its configuration."""
    unknown = sorted(set(yaml.safe_load(path.read_text("utf-8"))) - set(ConfigFile.model_fields))
    if unknown:
        raise GenerationError(
            f"{path.name} has keys that {GENERATOR} doesn't know: {', '.join(unknown)}"
        )


def check_pins(tools: Path = TOOLS) -> None:
    """Raise GenerationError unless the generator and ruff are there in the pinned versions."""
    if not (tools / "ruff").is_file():
        raise GenerationError(f"ruff is not in {tools}: run `make setup`")
    shown = _run([str(tools / "ruff"), "--version"], dict(os.environ)).stdout
    for name, found in (
        (GENERATOR, version(GENERATOR)),
        ("ruff", shown.removeprefix("ruff").split()[0]),
    ):
        if found != pin(name):
            raise GenerationError(
                f"{name} is {found}, pyproject.toml pins {pin(name)}: run `make setup`"
            )


def pin(name: str) -> str:
    """The version that pyproject.toml pins a development tool to."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    for requirement in groups["dev"]:
        if match := re.fullmatch(rf"{re.escape(name)}==([\w.]+)", requirement):
            return match[1]
    raise GenerationError(f"pyproject.toml doesn't pin {name} exactly")


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def tidy(folder: Path) -> None:
    """Sort the imports of what follows from the facade, drop those that aren't used, and format it."""
    options = ["--config", str(ROOT / "pyproject.toml"), "--no-respect-gitignore", "--no-cache"]
    options += ["--quiet", str(folder)]
    ruff(["check", "--fix-only", "--select", "I,F401", *options])
    ruff(["format", *options])
