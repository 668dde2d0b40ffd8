"""Compares folders or files, and puts a new one in the place of an old one."""

from __future__ import annotations

import shutil
from pathlib import Path


def differences(committed: Path, fresh: Path) -> list[str]:
    """Each file that isn't the same in both folders, as a line of text; or the file itself."""
    if fresh.is_file():
        same = committed.is_file() and committed.read_bytes() == fresh.read_bytes()
        return [] if same else [f"{committed}: differs"]
    old, new = _files(committed), _files(fresh)
    lines = [f"{committed / name}: missing" for name in sorted(new - old)]
    lines += [f"{committed / name}: nothing generates it" for name in sorted(old - new)]
    lines += [
        f"{committed / name}: differs"
        for name in sorted(old & new)
        if (committed / name).read_bytes() != (fresh / name).read_bytes()
    ]
    return lines


def swap(fresh: dict[Path, Path], aside: Path) -> None:
    """Move each fresh folder or file (the value) to its place (the key): all of them, or none.

    `aside` is a folder on the same file system, for the old ones, which go when all is in place.
    """
    done: list[tuple[Path, Path]] = []
    try:
        for number, (place, folder) in enumerate(fresh.items()):
            old = aside / f"old-{number}"
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                place.rename(old)
            done.append((place, old))
            folder.rename(place)
    except BaseException:  # Ctrl-C too
        for place, old in reversed(done):
            if old.exists():
                shutil.rmtree(place, ignore_errors=True)
                old.replace(place)
        raise


def _files(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
