"""Moves from one file system to another, of which nothing is lost."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from cognitora_local.filesystem.inside import changes
from cognitora_openapi.packing import packed
from tests.filesystem import Files
from tests.runtime.conftest import SESSIONS, open_session, printed, refusal, run


@pytest.fixture
def source(tmp_path: Path) -> Path:
    made = tmp_path / "d"
    (made / "deep/er").mkdir(parents=True)
    (made / "f").write_text("first")
    (made / "deep/er/g").write_text("second")
    os.link(made / "f", made / "deep/same")
    (made / "l").symlink_to("f")
    return made


@pytest.fixture
def target() -> Iterator[Path]:
    """A path on another file system."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder, "d")


def test_all_of_a_folder_goes(source: Path, target: Path) -> None:
    assert source.parent.stat().st_dev != target.parent.stat().st_dev
    changes.move(str(source), str(target), replace=False)
    assert not source.exists()
    assert (target / "deep/er/g").read_text() == "second"
    assert (target / "deep/same").read_text() == (target / "l").read_text() == "first"
    assert [each.name for each in target.parent.iterdir()] == ["d"]


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("make", [os.mkfifo, a_socket])
def test_what_cannot_be_carried_is_refused_before_anything_is_done(
    source: Path, target: Path, make: Callable[[Path], None]
) -> None:
    make(source / "deep/odd")
    with pytest.raises(OSError, match="a pipe, a socket or a device") as raised:
        changes.move(str(source), str(target), replace=False)
    assert raised.value.filename == str(source / "deep/odd")
    assert len(list(source.rglob("*"))) == 7
    assert list(target.parent.iterdir()) == []


def write(path: Path) -> None:
    path.write_text("other")


def replace(path: Path) -> None:
    path.with_name("new").write_text("first")
    path.with_name("new").rename(path)


CHANGES: dict[str, Callable[[Path], Any]] = {
    "a file that is written": lambda source: write(source / "f"),
    "another file of its name": lambda source: replace(source / "deep/er/g"),
    "a file that is new": lambda source: write(source / "deep/new"),
    "a file that is gone": lambda source: (source / "l").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_while_it_is_copied_is_not_moved(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], Any]
) -> None:
    def meanwhile(folder: str, only: str) -> Iterator[bytes]:
        yield from packed(folder, only)
        change(source)

    monkeypatch.setattr(changes, "packed", meanwhile)
    with pytest.raises(OSError, match="nothing was moved"):
        changes.move(str(source), str(target), replace=False)
    assert (source / "deep/er/g").exists()
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["f", "deep/new"])
def test_what_changes_after_it_was_copied_is_left(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rename = os.rename

    def then(old: str, new: str, **more: Any) -> None:
        rename(old, new, **more)
        if new == str(target) and not old.startswith(str(source)):
            (source / name).write_text("what is new")

    monkeypatch.setattr(os, "rename", then)
    with pytest.raises(OSError, match="what is new was left here"):
        changes.move(str(source), str(target), replace=True)
    left = [each for each in source.rglob("*") if not each.is_dir()]
    assert set(left) == ({source / "f", source / "deep/same"} if name == "f" else {source / name})
    assert (source / name).read_text() == "what is new"
    assert (target / "deep/er/g").read_text() == "second"


def test_a_link_in_a_folders_place_leads_nowhere(
    source: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def then(old: str, new: str, **more: Any) -> None:
        rename(old, new, **more)
        if new == str(target) and not old.startswith(str(source)):
            rename(source / "deep", tmp_path / "elsewhere")
            (source / "deep").symlink_to(tmp_path / "elsewhere")

    monkeypatch.setattr(os, "rename", then)
    with pytest.raises(OSError, match="what is new was left here"):
        changes.move(str(source), str(target), replace=True)
    assert (tmp_path / "elsewhere/er/g").read_text() == "second"


async def test_a_caller_is_told_what_cannot_be_carried(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    files = Files(http, f"{SESSIONS}/{session}")
    await run(http, "import os; os.mkdir('d'); os.mkfifo('d/pipe')", session_id=session)
    said = refusal(await files.move("d", "/tmp/d"), 409, "not_a_file")
    assert "`d/pipe`" in said
    assert "can't go to another file system" in said
    code = "import os; print(os.listdir('d'), os.listdir('/tmp'))"
    assert await printed(http, code, session_id=session) == "['pipe'] []\n"
