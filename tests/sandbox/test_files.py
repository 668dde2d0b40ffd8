"""What a sandbox sees of the machine's files, and where it can write."""

from __future__ import annotations

import asyncio
import os
import pwd
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora_local.sandbox import etc
from tests.needs import IS_ROOT, USERS
from tests.sandbox.programs import Outside, Run, Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

READ = """
def read(path):
    if os.path.isdir(path):
        return len(os.listdir(path))
    return len(open(path, "rb").read(1000))
say({path: tried(read, path) for path in %r})
"""

WRITE = """
def write(folder):
    file = os.path.join(folder, ".written-by-a-test")
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY))
    os.unlink(file)
say({folder: tried(write, folder)[0] for folder in %r})
"""


@pytest.fixture
def kept_at_home() -> Iterator[Path]:
    """A file in the user's home folder, wherever HOME says that is."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    with tempfile.NamedTemporaryFile(dir=home, prefix=".kept-at-home-") as file:
        file.write(b"private")
        file.flush()
        yield Path(file.name)


async def test_private_files_are_out_of_reach(
    run: Run, outside: Outside, tmp_path: Path, kept_at_home: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the runtime's key")
    paths = ["/etc/shadow", str(secret), str(kept_at_home), "/var/log", "/sys", "/boot"]

    readable = [path for path in paths if os.access(path, os.R_OK)]  # the control: all, for root
    assert str(kept_at_home) in readable
    assert all(result[0] == "done" for result in outside(READ % readable).values())
    assert await run(READ % paths) == {path: ["failed", "ENOENT"] for path in paths}


async def test_the_home_folder_shows_nothing_but_the_python_in_it(
    run: Run, outside: Outside, kept_at_home: Path
) -> None:
    home = str(kept_at_home.parent)
    pythons = [os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    listing = f"""
def shown(folder):
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.path):
        leads = [python for python in {pythons!r} if (python + "/").startswith(entry.path + "/")]
        yield entry.path
        if leads and entry.path not in leads:
            yield from shown(entry.path)
say(list(shown({home!r})) if os.path.exists({home!r}) else [])
"""

    assert str(kept_at_home) in outside(listing)
    for path in await run(listing):
        assert any(f"{python}/".startswith(f"{path}/") for python in pythons), path


async def test_processes_of_the_machine_lead_to_no_files(run: Run) -> None:
    # /proc/<pid>/root and cwd are ways around a root folder; pid 1 is the sandbox's own first.
    paths = ["/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow", "/proc/1/cwd/etc/shadow"]

    assert {result[0] for result in (await run(READ % paths)).values()} == {"failed"}


async def test_it_writes_to_its_work_folder_and_temporary_ones_only(
    run: Run, outside: Outside, kept_at_home: Path
) -> None:
    closed = ["/", "/usr", "/usr/local/lib", "/etc", "/opt", "/dev", "/proc", "/proc/sys/kernel"]
    closed.append(str(kept_at_home.parent))
    program = WRITE % [*closed, "/work", "/tmp", "/dev/shm"]

    writable = [path for path in ("/", "/usr", "/etc", closed[-1]) if os.access(path, os.W_OK)]
    assert set(outside(WRITE % writable).values()) == {"done"}
    written = await run(program)
    assert {folder for folder, result in written.items() if result == "done"} == {
        "/work",
        "/tmp",
        "/dev/shm",
    }


async def test_the_python_that_runs_is_read_only(run: Run) -> None:
    program = """
import json.decoder
say([tried(open, os.__file__, "r+"), tried(open, os.path.join(sys.prefix, "x"), "w")])
"""
    # EACCES: the files are root's as well.
    assert {result[1] for result in await run(program)} <= {"EROFS", "EACCES"}


async def test_the_work_folder_is_the_hosts_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "given").write_text("by the host")
    program = """
open("made", "w").write("inside")
open("given", "a").write(", and inside")
os.symlink("/etc/shadow", "link")
say([os.getcwd(), os.environ["HOME"], os.path.expanduser("~")])
"""

    assert await run(program, folder=folder) == ["/work"] * 3
    assert (folder / "made").read_text() == "inside"
    assert (folder / "given").read_text() == "by the host, and inside"
    # A trap for whoever reads it on the host: the sandbox could make it, but not follow it.
    assert (folder / "link").readlink() == Path("/etc/shadow")


@pytest.mark.root(USERS)
async def test_everything_in_the_work_folder_belongs_to_one_user_of_its_own(
    start: Start, tmp_path: Path
) -> None:
    program = "open('file', 'w'); say(); hear()"
    async with (
        start(program, folder=tmp_path / "one") as one,
        start(program, folder=tmp_path / "other") as other,
    ):
        await asyncio.gather(one.hear(), other.hear())
        owners = {(tmp_path / name / "file").stat().st_uid for name in ("one", "other")}
        runners = {Path(f"/proc/{live.sandbox.pid}").stat().st_uid for live in (one, other)}

    assert owners == runners
    assert len(owners) == 2
    for owner in owners:
        assert owner != 0
        with pytest.raises(KeyError):
            pwd.getpwuid(owner)


async def test_a_folder_keeps_its_owner_from_one_sandbox_to_the_next(
    run: Run, tmp_path: Path
) -> None:
    append = "open('file', 'a').write('x'); say(open('file').read())"

    assert await run(append) == "x"
    before = (tmp_path / "work/file").stat().st_uid
    assert await run(append) == "xx"
    assert (tmp_path / "work/file").stat().st_uid == before


async def test_sandboxes_dont_see_each_others_files(start: Start, tmp_path: Path) -> None:
    program = """
open("/tmp/mine", "w"); open("/dev/shm/mine", "w"); open("/work/mine", "w")
say(); hear()
say([path for path in ("/tmp/theirs", "/dev/shm/theirs", "/work/theirs") if os.path.exists(path)])
"""
    async with (
        start(program, folder=tmp_path / "one") as one,
        start(program.replace("mine", "theirs"), folder=tmp_path / "other") as other,
    ):
        await asyncio.gather(one.hear(), other.hear())
        one.say(None)
        other.say(None)
        assert await one.hear() == []
        assert await other.hear() == ["/tmp/theirs", "/dev/shm/theirs", "/work/theirs"]


async def test_setuid_programs_gain_nothing(run: Run, outside: Outside) -> None:
    program = """
import subprocess
found = subprocess.run(["/usr/bin/passwd", "--status"], capture_output=True)
stat = os.stat("/usr/bin/passwd")
status = open("/proc/self/status").read()
mounted = [line for line in open("/proc/self/mountinfo") if " /usr " in line][:1]
say([stat.st_mode & 0o4000, "NoNewPrivs:\\t1" in status, ["nosuid" in line for line in mounted]])
"""
    assert outside(program)[:2] == [stat.S_ISUID, False]
    assert await run(program) == [stat.S_ISUID, True, [True]]


async def test_devices_cant_be_made_and_only_harmless_ones_are_there(
    run: Run, outside: Outside, tmp_path: Path
) -> None:
    program = """
def make():
    os.mknod("device", 0o600 | 0o60000, os.makedev(254, 0))
    os.unlink("device")
say([tried(make), sorted(os.listdir("/dev"))])
"""
    if IS_ROOT:  # of the machine: in a name space nobody makes them
        assert outside(program, folder=tmp_path)[0] == ["done", "None"]
    made, devices = await run(program)
    assert made == ["failed", "EPERM"]
    assert devices == (
        "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split()
    )


async def test_etc_is_made_for_the_sandbox(run: Run) -> None:
    program = """
import pwd, socket, ssl
say({
    "users": [user.pw_name for user in pwd.getpwall()],
    "me": pwd.getpwuid(os.getuid()).pw_name,
    "host": socket.gethostname(),
    "localhost": socket.gethostbyname("localhost"),
    "authorities": len(ssl.create_default_context().get_ca_certs()) > 0
        or bool(os.listdir(ssl.get_default_verify_paths().capath or "/etc/ssl/certs")),
})
"""
    assert await run(program) == {
        "users": ["root", "user", "nobody"],
        "me": "user",
        "host": "sandbox",
        "localhost": "127.0.0.1",
        "authorities": True,
    }


async def test_a_program_that_links_to_libraries_and_alternatives_runs(run: Run) -> None:
    program = """
import subprocess
say(subprocess.run(["awk", "BEGIN { print 6 * 7 }"], capture_output=True, text=True).stdout)
"""
    assert await run(program) == "42\n"


async def test_a_private_file_of_etc_is_never_copied(tmp_path: Path) -> None:
    machine = tmp_path / "machine"
    (machine / "fonts").mkdir(parents=True)
    for name, mode in {"public": 0o644, "private": 0o640}.items():
        (machine / "fonts" / name).write_text(name)
        (machine / "fonts" / name).chmod(mode)
    os.mkfifo(machine / "fonts" / "pipe")

    etc.write(tmp_path / "etc", machine=machine)

    assert [file.name for file in (tmp_path / "etc/fonts").iterdir()] == ["public"]
