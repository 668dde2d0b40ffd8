"""Attacks on the disk: filled with bytes, with files, and with files that have no name."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.needs import MOUNTS, need_root
from tests.security.conftest import API, Service, User, serve, text, user_of

MIB = 2**20

# A disk of the user's own that is full: an error in his code, and nobody else's.
FILL = """
def fill():
    with open("file", "wb", buffering=0) as file:
        for _ in range(2**10):
            file.write(b"1" * 2**20)
print(tried(fill), os.path.getsize("file") // 2**20 <= 110)
"""
MANY = """
def make():
    for number in range(10**6):
        os.close(os.open(f"file-{number}", os.O_CREAT))
print(tried(make), len(os.listdir(".")) < 300_000)
"""


@pytest.mark.root(MOUNTS)
@pytest.mark.parametrize("code", [FILL, MANY], ids=["one large file", "a million inodes"])
def test_filling_a_disk_of_storage_gb_is_an_error_inside(
    attacker: User, victim: User, code: str
) -> None:
    session = attacker.open_session(resources={"cpu_cores": 1, "memory_mb": 512, "storage_gb": 0.1})
    ended, bounded = attacker.printed(code, session_id=session, timeout_seconds=60).split()
    assert ended in ("ENOSPC", "EDQUOT")
    assert bounded == "True"
    answer = attacker.upload(session, "more", b"x" * 2**22)
    assert answer.status_code == 413, answer.text
    mine = "open('mine', 'w').write('x' * 2**20); print(os.path.getsize('mine'))"
    assert victim.printed(mine) == str(2**20)
    attacker.close_session(session)


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A runtime whose data folder is on a disk of its own, of 128 MiB and 32,768 files."""
    need_root(MOUNTS)
    folder = tmp_path_factory.mktemp("disk")
    image, disk = folder / "image", folder / "mounted"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(128 * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "32768", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, disk], check=True)
    try:
        with serve(folder, disk / "data") as service:
            yield service
    finally:
        subprocess.run(["umount", disk], check=True)


WITHOUT_A_LIMIT = {
    "a large file": """
file = open("file", "wb", buffering=0)
def fill():
    while True:
        file.write(bytes(2**20))
print(tried(fill))
""",
    "a file without a name": """
file = open("file", "wb", buffering=0)
os.unlink("file")
def fill():
    while True:
        file.write(bytes(2**20))
print(tried(fill))
""",
    "many files": """
def fill():
    for number in range(10**6):
        open(f"file-{number}", "w").close()
print(tried(fill))
""",
}


@pytest.mark.parametrize("code", WITHOUT_A_LIMIT.values(), ids=WITHOUT_A_LIMIT.keys())
def test_a_disk_that_was_filled_without_storage_gb_is_given_back(
    small_disk: Service, code: str
) -> None:
    """The others on that disk lack room meanwhile, as the documentation says, and nothing else."""

    def room() -> tuple[int, int]:
        disk = os.statvfs(small_disk.data)
        return disk.f_bavail * disk.f_frsize // MIB, disk.f_favail

    with user_of(small_disk) as user:
        mine = user.open_session()
        user.printed("treasure = 'a variable'; open('file', 'w').write('x')", session_id=mine)
        before = room()
        theirs = user.open_session()
        assert user.printed(code, session_id=theirs, timeout_seconds=60) == "ENOSPC"
        assert 0 in room()

        assert (
            user.printed("print(treasure, open('file').read())", session_id=mine) == "a variable x"
        )
        for _ in range(4):  # more than stand ready; what needs room is told so
            body = {"code": "1", "networking": False}
            answer = user.http.post(f"{API}/execute", json=body)
            assert answer.status_code in (200, 503), answer.text
            assert answer.status_code == 200 or "is full" in answer.json()["error"]

        user.close_session(theirs)
        deadline = time.monotonic() + 20
        while any(now < 0.9 * then for now, then in zip(room(), before, strict=True)):
            assert time.monotonic() < deadline, "what the session filled is still taken"
            time.sleep(0.01)
        assert user.printed("print('served again')") == "served again"
        assert user.printed("print(treasure)", session_id=mine) == "a variable"
        user.close_session(mine)


def test_what_ends_on_a_full_disk_is_recorded_and_its_room_given_back(small_disk: Service) -> None:
    """Not a byte is left, not for root either, when a session is deleted and code ends."""
    filler = small_disk.data.parent / "filler"
    with user_of(small_disk) as user:
        mine, theirs = user.open_session(), user.open_session()
        wait = "import time\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('x' * 2**20)"
        with ThreadPoolExecutor(1) as pool:
            begun = "open('begun', 'w').close()\n"
            running = pool.submit(user.run, begun + wait, session_id=mine, timeout_seconds=60)
            while user.download(mine, "begun").status_code != 200:
                time.sleep(0.01)
            fill(filler)
            work = next(small_disk.data.glob("work/*/begun")).parent
            (work / "begun").rename(work / "go")  # takes no room
            ended = running.result()
        assert ended["status"] == "completed"
        assert text(ended) == "x" * 2**20 + "\n"
        fill(filler)
        refused = user.http.post(f"{API}/execute", json={"code": "1" * 2**20})
        assert refused.status_code == 503, refused.text
        assert "is full" in refused.json()["error"]

        user.close_session(theirs)  # is 200, and its files are gone
        assert user.http.get(f"{API}/sessions/{theirs}").json()["code"] == "session_deleted"
        shown = user.http.get(f"{API}/executions/{ended['execution_id']}").json()
        assert (shown["status"], len(shown["outputs"][0]["data"])) == ("completed", 2**20 + 1)
        sessions = user.http.get(f"{API}/sessions").json()["data"]["sessions"]
        assert [session["session_id"] for session in sessions] == [mine]

        filler.unlink()
        user.close_session(mine)
        assert user.printed("print('served again')") == "served again"


def test_a_disk_that_stands_still_keeps_nobody_waiting_who_needs_no_records(
    small_disk: Service,
) -> None:
    mounted = small_disk.data.parent
    with user_of(small_disk) as user, user_of(small_disk) as other, ThreadPoolExecutor(1) as pool:
        mine = user.open_session()
        subprocess.run(["fsfreeze", "--freeze", mounted], check=True)
        try:
            running = pool.submit(user.printed, "print('x' * 2**20)", session_id=mine)
            for _ in range(20):
                assert other.http.get("/api/v1/nothing", timeout=5).status_code == 404
                time.sleep(0.01)
            assert not running.done()
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", mounted], check=True)
        assert running.result() == "x" * 2**20
        user.close_session(mine)


def fill(filler: Path) -> None:
    """Take all the room that there is."""
    with filler.open("ab", buffering=0) as file:
        for size in (MIB, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
