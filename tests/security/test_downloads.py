"""Attacks by what is taken out of a session: files without end, and callers who leave."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.needs import MOUNTS
from tests.security.conftest import Service, User
from tests.security.floods import Target, leave_in_the_middle

GIB = 2**30


def sparse(user: User, session: str, size: int) -> None:
    """A file of that length, which takes no room."""
    assert user.printed(f"print(open('hole', 'w').truncate({size}))", session_id=session) == str(
        size
    )


def test_a_download_that_breaks_off_stops_nobody(
    service: Service, attacker: User, victim: User
) -> None:
    session = attacker.open_session()
    sparse(attacker, session, 15 * GIB)  # nobody reads so much within this test's time
    target = Target(service.port, service.key, session)
    begun = time.monotonic()
    for _ in range(4):
        assert leave_in_the_middle(target) == 200
        assert victim.printed("print(1)") == "1"
    assert time.monotonic() - begun < 10
    # Nothing of them goes on: the file is closed.
    deadline = time.monotonic() + 10
    while any(each.endswith("/hole") for each in open_files(service)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    attacker.close_session(session)


def open_files(service: Service) -> list[str]:
    found = []
    for each in Path(f"/proc/{service.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(each.readlink()))
    return found


def test_a_file_of_terabytes_that_takes_no_room_is_refused(attacker: User) -> None:
    session = attacker.open_session()
    sparse(attacker, session, 8 * 1024 * GIB)
    answer = attacker.download(session, "hole")
    assert answer.status_code == 413
    assert answer.json()["code"] == "file_too_large"
    attacker.close_session(session)


@pytest.mark.root(MOUNTS)
def test_holes_count_against_the_storage(attacker: User) -> None:
    session = attacker.open_session(resources={"storage_gb": 0.1})
    sparse(attacker, session, GIB)
    answer = attacker.download(session, "hole")
    assert answer.status_code == 413
    assert "at most 107374182 are handed out" in answer.json()["error"]
    sparse(attacker, session, 1000)
    assert attacker.download(session, "hole").content == bytes(1000)
    attacker.close_session(session)
