"""Which Python runs the code, where nobody names one, and what it finds."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora import Cognitora
from cognitora_local.__main__ import default_python
from cognitora_local.kernel.drivers.python_driver.distributions import DATA, advice

ROOT = Path(__file__).resolve().parents[3]
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


@pytest.fixture(scope="module")
def client() -> Iterator[Cognitora]:
    """Of a runtime with the environment that `make setup` makes for code."""
    python = ROOT / ".venv-data" / "bin" / "python"
    assert python.exists(), "run `make setup`"
    with Cognitora.local(python=python) as client:
        yield client


def test_code_finds_what_models_expect_and_none_of_the_projects_tools(client: Cognitora) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    names = [need.partition(">")[0] for need in extras["data"]]
    modules = [MODULES.get(name, name) for name in names]
    code = (
        f"from importlib.util import find_spec\n"
        f"[name for name in {[*modules, 'mypy', 'cognitora', 'starlette']} if find_spec(name) is None]"
    )
    told = client.code_interpreter.run_python(code)
    assert told.text == "['mypy', 'cognitora', 'starlette']", told


@pytest.mark.parametrize("show", ["styler", "display(styler)"])
def test_a_styled_frame_is_shown_with_its_style(client: Cognitora, show: str) -> None:
    code = (
        f"import pandas\nstyler = pandas.DataFrame({{'a': [1, 2]}}).style.highlight_max()\n{show}"
    )
    result = client.code_interpreter.run_python(code)
    assert result.errors == []
    (output,) = result.data.outputs
    bundle = output.mime_bundle if show == "styler" else output.data
    page = bundle["text/html"]
    (marked,) = re.findall(r"#(T_\w+_row1_col0) {\s+background-color: yellow;", page)
    assert f'id="{marked}"' in page
    assert "Styler at" in bundle["text/plain"]


@pytest.mark.parametrize("module", ["tqdm", "tqdm.auto"])
def test_a_progress_bar_is_told_in_all_its_states_and_by_its_last(
    client: Cognitora, module: str
) -> None:
    code = (
        f"import sys\nfrom {module} import tqdm\n"
        "for _ in tqdm(range(3), desc='errors', mininterval=0): pass\n"
        "for _ in tqdm(range(3), desc='text', mininterval=0, file=sys.stdout): pass\n"
    )
    result = client.code_interpreter.run_python(code)
    assert result.errors == []
    for desc, stream in (("errors", result.stderr), ("text", result.stdout)):
        assert re.findall(rf"\r{desc}: +(\d+)%", stream)[:4] == ["0", "33", "67", "100"]
    (line,) = result.text.splitlines()
    assert re.match(r"text: 100%\|█+\| 3/3 ", line)


def test_a_module_of_the_extra_that_is_missing_is_told_with_it() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert {need.partition(">")[0] for need in extras["data"]} - {"nbformat"} == DATA
    for name in DATA:
        assert "cognitora[data]" in str(advice(MODULES.get(name, name)))
