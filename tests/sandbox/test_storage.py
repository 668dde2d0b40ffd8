"""A quota for the work folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cognitora_local.sandbox import Host, Limits, SandboxError
from tests.needs import MOUNTS
from tests.sandbox.programs import Run, Start

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.root(MOUNTS)]

SMALL = Limits(storage_gb=0.03)

FILL = """
def fill():
    with open("file", "wb", buffering=0) as file:
        for _ in range(64):
            file.write(b"1" * 2**20)
result = tried(fill)
say([result, os.path.getsize("file") // 2**20])
"""


def loops(folder: Path) -> int:
    """How many loop devices of this machine show a file in the folder."""
    files = Path("/sys/block").glob("loop*/loop/backing_file")
    return sum(str(folder) in file.read_text() for file in files if file.exists())


async def test_a_full_work_folder_is_an_error_inside(run: Run) -> None:
    result, size = await run(FILL, limits=SMALL)
    assert result == ["failed", "ENOSPC"]
    assert 20 <= size <= 31

    os.environ.pop("nothing", None)
    assert await run(FILL) == [["done", "None"], 64]  # without a quota there is none


async def test_many_small_files_fill_it_too(run: Run) -> None:
    program = """
def make():
    for number in range(100_000):
        os.close(os.open(f"file-{number}", os.O_CREAT))
say([tried(make), len(os.listdir("."))])
"""
    result, files = await run(program, limits=SMALL)
    assert result == ["failed", "ENOSPC"]
    assert files < 20_000


async def test_files_are_where_the_host_looks_for_them(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "given").write_text("by the host")
    program = """
given = open("given").read()
open("made", "w").write("inside")
open("given", "a").write(", and inside")
say([given, sorted(os.listdir("."))])
hear()
"""
    async with start(program, limits=SMALL, folder=folder) as live:
        assert await live.hear() == ["by the host", ["given", "made"]]
        assert live.sandbox.folder == folder
        assert (folder / "made").read_text() == "inside"
        assert (folder / "given").read_text() == "by the host, and inside"
        assert folder.stat().st_uid == (folder / "made").stat().st_uid != 0


async def test_the_next_sandbox_of_the_folder_finds_its_files(run: Run, tmp_path: Path) -> None:
    assert await run("open('file', 'w').write('kept'); say()", limits=SMALL) is None
    assert await run("say(open('file').read())", limits=SMALL) == "kept"
    assert await run("open('file', 'a').write('!'); say(open('file').read())", limits=SMALL) == (
        "kept!"
    )


async def test_nothing_is_mounted_when_the_sandbox_has_ended(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    async with start("say(); hear()", limits=SMALL, folder=folder) as live:
        await live.hear()
        assert os.path.ismount(folder)
        assert loops(tmp_path) == 1
        # In the runtime's own namespace only: the rest of the machine never sees it.
        assert str(folder) not in Path("/proc/1/mountinfo").read_text()
    assert not os.path.ismount(folder)
    assert loops(tmp_path) == 0
    shutil.rmtree(folder)


async def test_more_than_the_disk_has_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"1e\+06 GB.*Ask for less"):
        await host.start(
            ["true"], folder=tmp_path, limits=Limits(storage_gb=1e6), environment={}, name="test"
        )


async def test_an_image_that_users_code_made_is_never_mounted(
    run: Run, host: Host, tmp_path: Path
) -> None:
    await run("open('.storage.ext4', 'wb').truncate(2**25); say()", folder=tmp_path / "work")
    with pytest.raises(SandboxError, match="isn't an image of the runtime's"):
        await run("say()", folder=tmp_path / "work", limits=SMALL)


async def test_where_it_cant_be_had_asking_for_it_is_an_error(
    run: Run, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host.isolation["storage"] == "ext4 images"
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    from cognitora_local.sandbox.storage import Storage

    monkeypatch.setattr(host, "_storage", Storage.find())
    with pytest.raises(SandboxError, match=r"storage_gb can't be kept: .*apt install e2fsprogs"):
        await run("say()", limits=SMALL)
    assert await run("say('unlimited')") == "unlimited"
