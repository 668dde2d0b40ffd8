"""Attacks on files: of this machine, of the runtime, of other users."""

from __future__ import annotations

import os
from ast import literal_eval
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from tests.security.conftest import SECRET, Service, User


@pytest.fixture
def session(attacker: User) -> Iterator[str]:
    session_id = attacker.open_session()
    yield session_id
    attacker.close_session(session_id)


def work_folders(service: Service) -> list[Path]:
    return list((service.data / "work").iterdir())


@pytest.fixture
def at_home() -> Iterator[Path]:
    """A file in the home folder that everybody might read, if they got there."""
    with NamedTemporaryFile(dir=Path.home()) as file:
        Path(file.name).chmod(0o644)
        yield Path(file.name)


def test_files_of_the_machine_of_the_runtime_and_of_others_cant_be_read(
    service: Service, attacker: User, at_home: Path
) -> None:
    records = [service.data / "records.db", *service.data.glob("records.db-*"), service.data]
    folders = work_folders(service)
    there = [Path("/etc/shadow"), at_home, Path("/run/cognitora"), *records, *folders]
    assert folders
    assert all(path.exists() for path in there)  # the control: it is this machine that has them

    ways = [f"{way}{path}" for path in there for way in ("", "/proc/1/root", "/proc/self/root")]
    code = f"""
def read(path):
    os.listdir(path) if os.path.isdir(path) else open(path).read(1)
results = {{path: tried(read, path) for path in {ways}}}
print({{path: how for path, how in results.items() if how not in ("ENOENT", "EACCES")}})
"""
    assert attacker.printed(code) == "{}"


def test_the_key_is_in_no_file_and_no_process_that_can_be_read(
    service: Service, attacker: User
) -> None:
    code = f"""
open("known", "w").write("47" * 9)
def holds(path, *needles):
    try:
        with open(path, "rb") as file:
            content = file.read(2**22)
    except OSError:
        return False
    return any(needle in content for needle in needles)
tops = ("/etc", "/run", "/tmp", "/work", "/opt/cognitora", "/var", "/dev/shm")
paths = [os.path.join(folder, name)
         for top in tops for folder, _, names in os.walk(top) for name in names]
paths += [f"/proc/{{pid}}/{{name}}" for pid in os.listdir("/proc") if pid.isdigit()
          for name in ("environ", "cmdline", "mountinfo", "maps")]
# In two parts, so that this code isn't found itself.
key, secret = b"{service.key[:9]}" + b"{service.key[9:]}", b"{SECRET[:9]}" + b"{SECRET[9:]}"
known = b"47" * 9
print([path for path in paths if holds(path, key, secret)], [p for p in paths if holds(p, known)])
"""
    assert attacker.printed(code) == "[] ['/work/known']"


WRITABLE = ["/work", "/tmp", "/dev/shm"]


def test_nothing_is_written_outside_the_work_folder(service: Service, attacker: User) -> None:
    targets = ["/", "/etc", "/usr", "/usr/bin", "/opt/cognitora", "/var/tmp", "/run", "/home"]
    targets += ["/root", "/proc", "/sys/fs/cgroup", "/proc/sys/kernel", str(service.data)]
    code = f"""
def write(folder):
    open(folder + "/planted", "w").close()
print([folder for folder in {targets + WRITABLE} if tried(write, folder) == "done"])
files = ("/etc/passwd", sys.executable, "/opt/cognitora/python.py")
print([tried(open, path, "a") for path in files])
"""
    written, files = attacker.printed(code).splitlines()
    assert set(literal_eval(written)) <= set(WRITABLE)
    assert "/work" in written
    assert "done" not in literal_eval(files)
    on_this_machine = (Path(folder, "planted") for folder in ("/tmp", "/dev/shm", *targets))
    assert not [file for file in on_this_machine if os.path.lexists(file)]


# What user code puts in the way, and what it would lead to.
TRAPS = {
    "a symbolic link to a file": "os.symlink('/etc/shadow', 'trap')",
    "a symbolic link to a neighbour": "os.symlink('{neighbour}/treasure.txt', 'trap')",
    "a symbolic link through proc": "os.symlink('/proc/self/root/etc/shadow', 'trap')",
    "a pipe": "os.mkfifo('trap')",
    "a socket": "socket.socket(socket.AF_UNIX).bind('trap')",
    "a folder": "os.mkdir('trap')",
}


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS.keys())
def test_a_trap_in_the_work_folder_gives_no_other_file(
    service: Service, attacker: User, session: str, trap: str
) -> None:
    (neighbours, *_) = [
        folder for folder in work_folders(service) if (folder / "treasure.txt").exists()
    ]
    attacker.printed(trap.format(neighbour=neighbours), session_id=session)
    answer = attacker.download(session, "trap")
    assert answer.status_code in (404, 409), answer.text
    assert "root:" not in answer.text


def test_an_upload_over_a_link_writes_in_the_sandbox_alone(
    attacker: User, session: str, tmp_path: Path
) -> None:
    target = tmp_path / "of-the-machine"
    target.write_text("as it was")
    attacker.printed(
        f"os.symlink({str(target)!r}, 'file'); os.symlink({str(tmp_path)!r}, 'folder')",
        session_id=session,
    )
    assert attacker.upload(session, "file", b"mine").is_success
    for path in ("folder/of-the-machine", "folder/new"):  # of its own /tmp
        assert attacker.upload(session, path, b"mine").is_success
    assert target.read_text() == "as it was"
    assert os.listdir(tmp_path) == ["of-the-machine"]
    assert attacker.download(session, "file").content == b"mine"


def test_a_hard_link_reaches_nothing_that_was_out_of_reach(
    service: Service, attacker: User, session: str
) -> None:
    targets = ["/etc/shadow", "/etc/passwd", "/opt/cognitora/python.py", str(service.data)]
    code = f"""
open("own", "w").write("own")
print([tried(os.link, path, f"link-{{n}}") for n, path in enumerate(["own", *{targets}])])
"""
    results = literal_eval(attacker.printed(code, session_id=session))
    assert results[0] == "done"
    assert "done" not in results[1:]
    # One's own file under a second name: an upload replaces the name, not the file.
    assert attacker.upload(session, "link-0", b"new").is_success
    assert attacker.download(session, "own").content == b"own"


@pytest.mark.parametrize(
    "path", ["../treasure.txt", "/etc/../../x", "a/../../x", "..", ".", "", "a\0b", "x" * 300]
)
def test_a_name_that_climbs_out_is_refused(
    service: Service, attacker: User, session: str, path: str
) -> None:
    before = sorted(os.listdir(service.data))
    assert attacker.upload(session, path, b"planted").status_code in (400, 404, 409)
    assert attacker.download(session, path).status_code in (400, 404, 409)
    files = [{"name": path, "content": "planted", "encoding": "string"}]
    body = {"code": "1", "files": files, "session_id": session}
    assert attacker.http.post("/api/v1/interpreter/execute", json=body).status_code in (400, 409)
    assert sorted(os.listdir(service.data)) == before


def test_an_absolute_path_is_the_sandboxs_own(
    service: Service, attacker: User, session: str, tmp_path: Path
) -> None:
    shown = attacker.printed("print(open('/etc/passwd').read(), end='')", session_id=session)
    assert attacker.download(session, "/etc/passwd").text.strip() == shown.strip()
    assert shown.strip() != Path("/etc/passwd").read_text().strip()
    for path in ("/etc/passwd", "/usr/bin/planted"):
        assert not attacker.upload(session, path, b"planted").is_success
    attacker.upload(session, str(tmp_path / "planted"), b"planted")  # which is in its own /tmp
    assert not (tmp_path / "planted").exists()
    secret = tmp_path / "secret"
    secret.write_text("the machine's")
    for leading in (secret, f"/proc/1/root{secret}", f"/proc/self/root{secret}", service.data):
        assert not attacker.download(session, str(leading)).is_success


@pytest.mark.long
def test_a_link_raced_against_uploads_and_downloads_leads_nowhere(
    attacker: User, session: str, tmp_path: Path
) -> None:
    """A folder that turns into a link between two steps of the runtime's."""
    (tmp_path / "file").write_text("as it was")
    swap = f"""
import subprocess
subprocess.Popen([sys.executable, "-c", '''
import os, sys
os.mkdir("real"); open("real/file", "w").close()
while True:
    try:
        os.symlink("{tmp_path}", "link")
        os.rename("link", "folder")
        os.unlink("folder")
        os.rename("real", "folder")
        os.rename("folder", "real")
    except OSError:
        pass
'''])
"""
    attacker.printed(swap, session_id=session)
    for _ in range(150):
        attacker.upload(session, "folder/file", b"planted")
        assert b"as it was" not in attacker.download(session, "folder/file").content
    assert (tmp_path / "file").read_text() == "as it was"
    assert os.listdir(tmp_path) == ["file"]
