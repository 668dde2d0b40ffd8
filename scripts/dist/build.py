"""The wheel and the source distribution of a commit: the same bytes, wherever and whenever they are built."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from scripts.dist.commands import ROOT, TOOLS, FailedError, run


def commit_time(root: Path = ROOT) -> int:
    """The time of the commit that is checked out, in seconds since 1970.

    Raises:
        FailedError: files that git knows have been changed since: what would be built is in no commit.
    """
    if changed := run("git", "status", "--porcelain", "--untracked-files=no", cwd=root):
        raise FailedError(f"commit first: a distribution is made of a commit.\n{changed}")
    return int(run("git", "log", "-1", "--format=%ct", cwd=root))


def build_twice(folder: Path, *, root: Path = ROOT, python: Path = TOOLS / "python") -> list[Path]:
    """Build wheel and source distribution twice, from two copies that differ in all that shouldn't count.

    Args:
        folder: where they are to lie; what was built before is replaced.
        root: the project, a git repository.
        python: what has `build`, and what the project is built with.

    Returns:
        The source distribution and the wheel.

    Raises:
        FailedError: the two differ, or something in them bears another time than the commit's.
    """
    time = commit_time(root)
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
        old.unlink()
    ours = build(
        root, python, folder, time, {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    )
    again = folder / "again"
    theirs = build(
        root, python, again, time, {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    )
    for one, other in zip(ours, theirs, strict=True):
        if one.name != other.name or one.read_bytes() != other.read_bytes():
            raise FailedError(f"{one} and {other} were built of the same commit and differ")
        if strange := {each for each in times(one) if abs(each - time) > 1}:  # zip counts in twos
            raise FailedError(
                f"{one.name} has the times {sorted(strange)} beside its commit's, {time}"
            )
        other.unlink()
    again.rmdir()
    return ours


def build(
    root: Path, python: Path, folder: Path, time: int, environment: dict[str, str]
) -> list[Path]:
    """Build them once, of a copy of the commit that is made for that; see `build_twice`."""
    with tempfile.TemporaryDirectory(prefix="cognitora-dist-") as copy:
        packed = Path(copy, "packed.tar")
        run("git", "archive", f"--output={packed}", "HEAD", cwd=root)
        run("tar", "-xf", packed, "-C", copy)  # tarfile unpacks safely from Python 3.11.4 on
        packed.unlink()
        # Times of files that nobody has twice: those of the copy, and modes as a strict umask leaves them.
        for path in Path(copy).rglob("*"):
            os.utime(path, follow_symlinks=False)
            if environment["LC_ALL"] == "C" and path.is_file():
                path.chmod(0o700 if os.access(path, os.X_OK) else 0o600)
        told = environment | {"SOURCE_DATE_EPOCH": str(time)}
        command: list[str | Path] = [
            python,
            "-m",
            "build",
            "--no-isolation",
            "--outdir",
            folder,
            copy,
        ]
        run(*command, cwd=Path(copy), environment=told)
    return [*folder.glob("*.tar.gz"), *folder.glob("*.whl")]


def times(built: Path) -> set[int]:
    """The times in a wheel or a source distribution, in seconds since 1970."""
    if built.suffix == ".whl":
        with zipfile.ZipFile(built) as wheel:
            stamps = {entry.date_time for entry in wheel.infolist()}
        return {int(datetime(*stamp, tzinfo=UTC).timestamp()) for stamp in stamps}
    with tarfile.open(built) as archive:
        packed = {int(entry.mtime) for entry in archive}
    return packed | {int.from_bytes(built.read_bytes()[4:8], "little")}  # gzip's own


def write_sums(folder: Path) -> Path:
    """Write SHA256SUMS of all in the folder, as `sha256sum --check` reads it."""
    sums = folder / "SHA256SUMS"
    files = sorted(path for path in folder.iterdir() if path.is_file() and path != sums)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    sums.write_text("".join(lines), "ascii")
    return sums
