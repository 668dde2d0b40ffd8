"""`python -m scripts.compatibility`: does a program that was written for the last release still work?

Compares openapi.yaml and docs/public_api.pyi with what the last release had, which lies in `released/`. By
docs/promises.md nothing that breaks programs comes without a new major version.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from scripts.compatibility import api, contract

ROOT = Path(__file__).resolve().parents[2]
RELEASED = "released"
VERSION = "cognitora/_version.py"
KEPT = {
    "openapi.yaml": "openapi.yaml",
    "docs/public_api.pyi": "public_api.pyi",
    VERSION: "_version.py",
}
"""The files that are compared, and their names in `released/`."""
Read = Callable[[str], str | None]
"""Gives the text of one of those files, by its place in the project; None where there is none."""


def main(arguments: list[str]) -> int:
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(prog="compatibility", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    told = parser.add_mutually_exclusive_group()
    told.add_argument(
        "--against", metavar="COMMIT", help="compare with a commit, not with the release"
    )
    told.add_argument(
        "--record", action="store_true", help="a release: keep what it has in released/"
    )
    told.add_argument(
        "--recorded", metavar="TAG", help="is this release, say v2.0.0, the one recorded?"
    )
    options = parser.parse_args(arguments)
    root: Path = options.root
    if options.record:
        record(root)
        return 0
    if options.recorded is not None:
        return _said(
            unrecorded(root, options.recorded), "what is to be released isn't what is recorded"
        )
    before = _of_commit(root, options.against) if options.against else _of_release(root)
    if before(VERSION) is None:
        print("nothing has been released yet: there is nothing to keep to")
        return 0
    old, new = _version(before), _version(_of_folder(root))
    lines = breaking(before, _of_folder(root))
    if int(new.split(".")[0]) > int(old.split(".")[0]):
        print(f"{len(lines)} changes break programs made for {old}, as {new} may")
        return 0
    return _said(lines, f"this breaks programs made for {old}, which needs a new major version")


def _said(lines: list[str], what: str) -> int:
    if lines:
        print(f"{what}:\n  " + "\n  ".join(lines), file=sys.stderr)
    return 1 if lines else 0


def breaking(before: Read, now: Read) -> list[str]:
    """What breaks programs and clients, a line for each change."""
    lines: list[str] = []
    old, new = before("openapi.yaml"), now("openapi.yaml")
    if old is not None and new is not None:
        lines += [f"openapi.yaml: {line}" for line in contract.breaking(_loaded(old), _loaded(new))]
    old, new = before("docs/public_api.pyi"), now("docs/public_api.pyi")
    if old is not None and new is not None:
        lines += [f"cognitora: {line}" for line in api.breaking(old, new)]
    return lines


def record(root: Path) -> None:
    """Keep what a release has for the comparisons to come."""
    (root / RELEASED).mkdir(exist_ok=True)
    for place, name in KEPT.items():
        shutil.copyfile(root / place, root / RELEASED / name)


def unrecorded(root: Path, tag: str) -> list[str]:
    """What speaks against releasing this folder as `tag`: a line for each reason."""
    version, now = _version(_of_folder(root)), _of_folder(root)
    lines = (
        []
        if tag == f"v{version}"
        else [f"the version is {version}, which the tag {tag} doesn't say"]
    )
    if not re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", _changes(root), re.MULTILINE
    ):
        lines.append(f"CHANGELOG.md has no section [{version}] with a day")
    kept = _of_release(root)
    stale = [place for place in KEPT if kept(place) != now(place)]
    return lines + [f"{place} isn't as in {RELEASED}/: record it with --record" for place in stale]


def _changes(root: Path) -> str:
    return _text(root / "CHANGELOG.md") or ""


def _of_folder(root: Path) -> Read:
    return lambda place: _text(root / place)


def _of_release(root: Path) -> Read:
    return lambda place: _text(root / RELEASED / KEPT[place])


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _of_commit(root: Path, commit: str) -> Read:
    def read(place: str) -> str | None:
        command = ["git", "show", f"{commit}:{place}"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    return read


def _version(read: Read) -> str:
    found = re.search(r'__version__ = "(.+)"', read(VERSION) or "")
    if found is None:
        raise SystemExit(f"there is no version in {VERSION}")
    return found[1]


def _loaded(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
