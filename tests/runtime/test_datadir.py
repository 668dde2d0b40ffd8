"""The data folder: however many files code has left in it, neither a start nor an end waits for them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from cognitora_local import datadir
from cognitora_local.datadir import PREFIX, DataDir, ours


def filled(folder: Path, files: int = 3) -> Path:
    folder.mkdir(parents=True)
    for number in range(files):
        (folder / str(number)).touch()
    return folder


async def test_a_start_removes_no_files_itself(tmp_path: Path) -> None:
    filled(tmp_path / "work" / "session")
    data = DataDir(tmp_path)
    data.set_work_aside()
    assert not data.work.exists()
    assert [found.name for found in tmp_path.rglob("2")] == ["2"]  # nobody has waited for that
    filled(data.work / "another")
    await data.remove_set_aside()
    assert [found.parent.name for found in tmp_path.rglob("2")] == ["another"]
    data.close()


async def test_a_killed_runtimes_folder_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = filled(tmp_path / f"{PREFIX}killed")
    (killed / "lock").touch()
    (tmp_path / f"{datadir.ASIDE}link").symlink_to(filled(tmp_path / "somebodys"))
    os.utime(killed, (0, 0))
    data = DataDir(None)
    assert not killed.exists()
    assert len(list(tmp_path.rglob("2"))) == 2
    await data.remove_set_aside()
    assert [found.parent.name for found in tmp_path.rglob("2")] == ["somebodys"]
    data.close()
    assert not data.path.exists()


async def test_an_end_leaves_what_takes_too_long_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path / "work" / "session", 1000)
    data = DataDir(tmp_path)
    monkeypatch.setattr(datadir, "REMOVE_SECONDS", 0.0)
    data.close()
    assert "the next runtime removes the rest" in caplog.text
    data = DataDir(tmp_path)
    data.set_work_aside()
    await data.remove_set_aside()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["lock"]
    data.close()


async def test_a_folder_that_another_runtime_has_removed_is_passed_over(tmp_path: Path) -> None:
    assert ours(tmp_path)
    assert not ours(tmp_path / "gone")
