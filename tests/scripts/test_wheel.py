"""The distribution: what is in it, and that it works with its core dependencies alone."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from cognitora._version import __version__

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution: so that one is complete too."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    assert [path.name for path in folder.glob("*.tar.gz")] == [f"cognitora-{__version__}.tar.gz"]
    [wheel] = folder.glob("*.whl")
    return wheel


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        "cognitora",
        "cognitora_local",
        "cognitora_openapi",
        "pytest_cognitora",
        f"cognitora-{__version__}.dist-info",
    }
    for name in (
        "cognitora/py.typed",
        "cognitora_openapi/py.typed",
        "cognitora_openapi/openapi.json",
        "pytest_cognitora/py.typed",
    ):
        assert name in names
    for module in (ROOT / "cognitora_local").rglob("*.py"):
        assert str(module.relative_to(ROOT)) in names


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    [name] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    metadata = message_from_bytes(zipfile.ZipFile(wheel).read(name))
    needs = [str(line) for line in metadata.get_all("Requires-Dist") or []]
    core = {
        match[0] for line in needs if "extra ==" not in line if (match := re.match(r"[\w-]+", line))
    }
    assert core == {"httpx", "h11", "attrs", "idna", "python-dateutil"}
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"


def test_it_works_in_an_empty_environment_with_the_core_dependencies(
    wheel: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
    )  # one that starts without being installed
    run(*pip, "install", "--quiet", wheel, cwd=tmp_path)
    code = (
        "from cognitora import Cognitora, CognitoraAsync\n"
        "from cognitora_openapi.contract import load\n"
        "from cognitora_openapi.api.interpreter import execute_code\n"
        "with Cognitora(api_key='cgk_x') as client: print(load()['openapi'], client.code_interpreter)\n"
    )
    assert run(python, "-c", code, cwd=tmp_path).startswith("3.1.")
    installed = run(*pip, "list", "--format", "freeze", cwd=tmp_path)
    assert "starlette" not in installed
