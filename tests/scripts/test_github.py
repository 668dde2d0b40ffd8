"""What GitHub is told fits what is here. Whether it is well-formed and safe `make dist` asks its linters."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {
    path.name: path.read_text("utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")
}
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def supported() -> list[str]:
    """The Pythons that the classifiers name."""
    lines = DECLARED["project"]["classifiers"]
    return [
        match[1] for line in lines if (match := re.fullmatch(r".* :: Python :: (3\.\d+)", line))
    ]


def test_every_python_that_is_supported_is_tested() -> None:
    test = yaml.safe_load(WORKFLOWS["test.yml"])["jobs"]
    assert test["linux"]["strategy"]["matrix"]["python"] == supported()
    wanted = "".join(f"{version}\n" for version in supported())
    for job in (test["dist"], yaml.safe_load(WORKFLOWS["release.yml"])["jobs"]["build"]):
        [version] = [
            step["with"]["python-version"]
            for step in job["steps"]
            if "setup-python" in step.get("uses", "")
        ]
        assert version == wanted


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_call_what_there_is(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    called = re.findall(r"\bmake ([a-z-]+)", re.sub(r" #.*", "", WORKFLOWS[name]))
    assert called
    assert set(called) <= targets
    for file in re.findall(r"python -I (\S+)", WORKFLOWS[name]):
        assert (ROOT / file).exists(), file


def test_each_action_is_used_in_one_version_by_its_hash() -> None:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for text in WORKFLOWS.values():
        for action, rest in re.findall(r"uses: ([\w-]+/[\w-]+)@(.+)", text):
            versions[action].add(rest)
    for action, used in versions.items():
        assert len(used) == 1, (action, used)
        assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", used.pop()), action


def test_the_changes_are_in_the_form_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert versions[-1] == "1.6.1"
    for version in versions[1:-1]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version), version
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
