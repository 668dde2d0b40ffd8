"""Attacks by folders: tar streams from outside, and folders that turn into something else meanwhile."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.security.conftest import API, Service, User
from tests.security.file_programs import at_work, status
from tests.security.hostile_tars import HOSTILE
from tests.tars import TAR, member, tar


@pytest.fixture
def session(attacker: User) -> Iterator[str]:
    session_id = attacker.open_session()
    yield session_id
    attacker.close_session(session_id)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of this machine's that anybody may write to."""
    tmp_path.chmod(0o777)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o666)
    return tmp_path


def unpack(user: User, session: str, path: str, stream: bytes) -> httpx.Response:
    url = f"{API}/sessions/{session}/filesystem/tar"
    return user.http.put(url, params={"path": path}, content=stream, headers=TAR)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_stream_is_refused_and_leaves_nothing_outside(
    attacker: User, session: str, outside: Path, name: str
) -> None:
    make, why = HOSTILE[name]
    attacker.printed(
        "import os; os.makedirs('/tmp/out'); open('/tmp/out/secret', 'w')", session_id=session
    )
    # Of this machine, and of the sandbox; most are of no place.
    for stream in {make(str(outside)), make("/tmp/out")}:
        answer = unpack(attacker, session, "d/e", stream)
        assert answer.status_code in (400, 409), answer.text
        assert why in answer.json()["error"]
    assert [each.name for each in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"
    code = "print(os.listdir('/tmp/out'), os.stat('/tmp/out/secret').st_nlink, os.listdir('.'))"
    assert attacker.printed(code, session_id=session) == "['secret'] 1 ['d']"
    code = "print([n for _, _, names in os.walk('d') for n in names if n.startswith('.upload')])"
    assert attacker.printed(code, session_id=session) == "[]"


def test_links_of_the_sandbox_lead_nowhere_on_this_machine(
    attacker: User, session: str, outside: Path
) -> None:
    """What a path leads to is what code in the sandbox finds there, and nothing of the machine."""
    code = f"""
os.symlink({str(outside)!r}, 'l')
os.symlink('/', 'root')
os.symlink('/proc/self/root', 'self')
"""
    attacker.printed(code, session_id=session)
    http, url = attacker.http, f"{API}/sessions/{session}"
    ways = ("l", f"root{outside}", f"self{outside}", f"/proc/1/root{outside}", str(outside))
    for way in ways:
        for path in (way, f"{way}/secret"):
            query = {"path": path}
            found = http.get(f"{url}/filesystem/entry", params=query)
            assert found.status_code != 200 or found.json()["type"] == "link", path
            for name in ("filesystem", "filesystem/tar"):
                assert http.get(f"{url}/{name}", params=query).status_code in (403, 404, 409), path
            if path.startswith("/"):
                assert http.get(f"{url}/files", params=query).status_code in (403, 404, 409), path
            http.delete(f"{url}/filesystem/entry", params={**query, "recursive": "true"})
    for way in ways:  # some of which lead into the sandbox's own /tmp
        unpack(attacker, session, f"{way}/x", tar(member("pwned", b"x")))
    assert [each.name for each in outside.iterdir()] == ["secret"]


def test_a_folder_that_turns_into_a_link_and_back_leads_nobody_out(
    attacker: User, session: str, outside: Path
) -> None:
    marker = f"stop-{secrets.token_hex(4)}"
    code = f"""
os.symlink({str(outside)!r}, 'link')
os.makedirs('real')
while not os.path.exists({marker!r}):
    try:
        os.rename('real', 'd'); os.rename('d', 'real')
        os.rename('link', 'd'); os.rename('d', 'link')
    except OSError:
        pass
"""
    done = threading.Thread(target=attacker.run, args=(code,), kwargs={"session_id": session})
    done.start()
    http, url = attacker.http, f"{API}/sessions/{session}"
    stream = tar(*(member(f"d/pwned{n}", b"x") for n in range(300)))
    try:
        for _ in range(10):
            unpack(attacker, session, ".", stream)
            http.delete(f"{url}/filesystem/entry", params={"path": "d/secret"})
            http.delete(f"{url}/filesystem/entry", params={"path": "d", "recursive": "true"})
            back = http.get(f"{url}/filesystem/tar", params={"path": "d"})
            assert b"secret" not in back.content
    finally:
        unpack(attacker, session, ".", tar(member(marker)))
        done.join()
    assert [each.name for each in outside.iterdir()] == ["secret"]


def test_the_program_that_works_on_files_is_nobody_in_the_sandbox(
    service: Service, attacker: User, session: str
) -> None:
    """Code finds no process of it, and a library of the sandbox's is never taken for Python's own."""
    code = """
import pathlib
for folder in ('/work', '/tmp', '/tmp/encodings'):
    os.makedirs(folder, exist_ok=True)
    for name in ('encodings', 'cp437', 'posixpath', 'stat', 'json', 'tarfile'):
        pathlib.Path(folder, f'{name}.py').write_text("open('/work/imported', 'w')")
seen = set()
open('begun', 'w').close()
while not os.path.exists('/work/go/on'):
    seen |= {pid for pid in os.listdir('/proc') if pid.isdigit()}
print(len(seen))
"""
    found: list[str] = []
    done = threading.Thread(target=lambda: found.append(attacker.printed(code, session_id=session)))
    done.start()
    http, url = attacker.http, f"{API}/sessions/{session}"
    while http.get(f"{url}/filesystem/entry", params={"path": "begun"}).status_code != 200:
        pass
    for path in ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "x", "/tmp"):
        for _ in range(5):
            http.get(f"{url}/filesystem", params={"path": path})
    http.post(f"{url}/filesystem/folder", json={"path": "go/on"})
    done.join()
    assert int(found[0]) <= 3  # the sandbox's first process, the driver, the code
    left = attacker.printed("print(os.path.exists('/work/imported'))", session_id=session)
    assert left == "False"


def test_the_program_that_works_on_files_has_the_rights_of_a_session_and_no_more(
    service: Service, attacker: User, session: str
) -> None:
    marker = f"marker-{secrets.token_hex(8)}"
    attacker.printed(f"open({marker!r}, 'w')", session_id=session)
    (ours,) = (service.data / "work").glob(f"*/{marker}")
    owner = ours.stat().st_uid
    url = f"{API}/sessions/{session}/files"
    with at_work(service, attacker.http, url, {"path": "/tmp/f"}) as folder:
        told = status(folder)
        assert told["Uid"] == [str(owner)] * 4
        assert {int(told[name][0], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
        assert not (folder / "root").samefile("/")
        assert (folder / "root/work" / marker).exists()
        assert not (folder / "ns/user").samefile("/proc/self/ns/user")
