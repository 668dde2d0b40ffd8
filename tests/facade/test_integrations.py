"""The integrations where no framework is installed: `make test-integrations` tests them where one is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cognitora.integrations import descriptions
from cognitora.integrations.requirements import require
from tests.facade.test_imports import imported

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {
    "ag2",
    "agent_framework",
    "agno",
    "crewai",
    "google.adk",
    "mcp",
    "pydantic",
    "pydantic_ai",
    "deepagents",
    "langchain",
    "agents",
    "smolagents",
    "inspect_ai",
}


def test_importing_the_integrations_imports_no_framework() -> None:
    assert imported("import cognitora, cognitora.integrations").isdisjoint(FRAMEWORKS)


def test_a_framework_that_is_missing_is_told_with_what_to_install() -> None:
    with pytest.raises(ImportError, match=r'pip install "cognitora\[some-extra\]>=2"'):
        require("no_such_framework", "some-extra")


def test_the_readme_names_every_framework_that_has_a_page_and_every_extra_has_one() -> None:
    page = (ROOT / "docs" / "frameworks.md").read_text()
    frameworks = re.findall(r"^## (.*)$", page, re.M)
    readme = (ROOT / "README.md").read_text().replace("\n", " ")
    named = readme.split("In agents' frameworks, ")[1].split("## ")[0]
    assert [each for each in frameworks if each not in named] == []
    packages = {path.parent.name for path in ROOT.glob("cognitora/integrations/*/__init__.py")}
    extras = {name.replace("_", "-") for name in packages} - {"mcp"}
    assert extras == set(re.findall(r"cognitora\[(?:local,)?([a-z0-9-]+)\]", page))


def test_models_are_told_of_the_packages_that_may_be_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    data = [line.partition(">=")[0] for line in project["optional-dependencies"]["data"]]
    assert sorted(descriptions.DATA.split(", ")) == sorted(data)


def test_models_are_told_of_no_package_and_no_program_that_need_not_be_there() -> None:
    """The runtime of `cognitora[local,mcp]` has none of them."""
    unsure = f"packages that may be installed, as an import tells: {descriptions.DATA}."
    for told in (descriptions.CODE, descriptions.COMMAND, descriptions.SANDBOX):
        assert unsure in told
        assert "Installed for Python" not in told
        assert "git are there" not in told
