"""Which Python runs the code, where nobody names one, and what it finds."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from cognitora import Cognitora
from cognitora_local.__main__ import default_python
from cognitora_local.kernel.drivers.python_driver.distributions import DATA, advice

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "beautifulsoup4": "bs4",
    "ipython": "IPython",
}


def test_the_environment_beside_the_runtimes_own_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COGNITORA_LOCAL_PYTHON", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "own"))
    assert default_python() is None
    python = tmp_path / "own-data" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert default_python() == python
    monkeypatch.setenv("COGNITORA_LOCAL_PYTHON", "/usr/bin/another")
    assert default_python() == Path("/usr/bin/another")


def test_code_finds_what_models_expect_and_none_of_the_projects_tools() -> None:
    python = ROOT / ".venv-data" / "bin" / "python"
    assert python.exists(), "run `make setup`"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    names = [need.partition(">")[0] for need in extras["data"]]
    modules = [MODULES.get(name, name) for name in names]
    code = (
        f"from importlib.util import find_spec\n"
        f"[name for name in {[*modules, 'mypy', 'cognitora', 'starlette']} if find_spec(name) is None]"
    )
    with Cognitora.local(python=python) as client:
        told = client.code_interpreter.run_python(code)
        assert told.text == "['mypy', 'cognitora', 'starlette']", told


def test_a_module_of_the_extra_that_is_missing_is_told_with_it() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert {need.partition(">")[0] for need in extras["data"]} - {"nbformat"} == DATA
    for name in DATA:
        assert "cognitora[data]" in str(advice(MODULES.get(name, name)))
