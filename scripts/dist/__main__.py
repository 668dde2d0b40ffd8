"""`python -m scripts.dist`: make what is published in dist/, and try it on every Python that is here."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.dist import environments, pythons
from scripts.dist.build import build_twice, commit_time, write_sums
from scripts.dist.commands import ROOT, TOOLS, FailedError, run
from scripts.dist.environments import UV
from scripts.dist.sbom import write_sbom

SCHEMAS = {
    "github-workflows": "workflows/*.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "dependabot": "dependabot.yml",
}
"""The schemas that check-jsonschema brings along, and the files in .github that each is for."""


def main(arguments: list[str]) -> int:
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(prog="make dist", description=__doc__)
    parser.add_argument("--outdir", type=Path, default=ROOT / "dist", help="where it is to lie")
    parser.add_argument(
        "--every",
        action="store_true",
        help="fail where a Python that the package is for isn't here",
    )
    options = parser.parse_args(arguments)
    try:
        install_tools()
        check_workflows()
        make(options.outdir.resolve(), every=options.every)
    except FailedError as error:
        print(f"dist: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path, *, every: bool) -> None:
    """Make everything.

    Args:
        folder: where it is to lie.
        every: whether each Python that the package says it is for has to be here.

    Raises:
        FailedError: something isn't as what is published has to be.
    """
    for old in folder.glob("cognitora-*"):
        old.unlink()
    built = build_twice(folder)
    print("built twice, in two folders: the same bytes", flush=True)
    print(run(TOOLS / "twine", "check", "--strict", *built), end="", flush=True)
    wheel = built[-1]
    said = pythons.metadata(wheel)
    here = pythons.found(str(said["Requires-Python"]))
    homes = TOOLS.parent / "environments"
    environments.try_everywhere(wheel, here, homes)
    claimed, tried = pythons.claimed(said), {python.minor for python in here}
    if every and (missing := [minor for minor in claimed if minor not in tried]):
        raise FailedError(f"Python {', '.join(missing)} isn't on this machine")
    for minor in [*claimed, pythons.after(claimed[-1])]:
        if minor not in tried:
            environments.resolve(minor)
            print(
                f"Python {minor} isn't on this machine: only seen that there are wheels of all it needs"
            )
    newest = homes / f"{here[-1].version}-newest"
    write_sbom(newest, built, str(said["Version"]), commit_time())
    write_sums(folder)
    print(f"in {folder}: " + ", ".join(sorted(path.name for path in folder.iterdir())))


def check_workflows() -> None:
    """Check what GitHub runs and reads: its workflows, forms and dependabot, by their schemas and by zizmor.

    Raises:
        FailedError: something is wrong with them, or something in them is unsafe.
    """
    github = ROOT / ".github"
    for schema, files in SCHEMAS.items():
        checker = (TOOLS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}")
        run(*checker, *sorted(github.glob(files)))
    run(TOOLS / "zizmor", "--offline", "--quiet", "--persona", "pedantic", github)


def install_tools() -> None:
    """Make the environment of the tools, where there is none or an older one."""
    home, pyproject = TOOLS.parent, ROOT / "pyproject.toml"
    ready = home / ".ready"
    if ready.exists() and ready.stat().st_mtime > pyproject.stat().st_mtime:
        return
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, home)
    run(UV, "pip", "install", "--quiet", "--python", home, "--group", f"{pyproject}:dist")
    ready.touch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
