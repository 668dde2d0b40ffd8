"""Attacks by the files of containers whose user is root there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.conftest import Service
from tests.security.containers.conftest import API, Tenant
from tests.security.file_programs import at_work, status
from tests.security.hostile_tars import HOSTILE
from tests.tars import TAR


@pytest.fixture(scope="module")
def box(tenant: Tenant) -> Iterator[str]:
    with tenant.container() as container_id:
        yield container_id


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of this machine's that anybody may write to."""
    tmp_path.chmod(0o777)
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o666)
    return tmp_path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_stream_is_refused_and_leaves_nothing_outside(
    tenant: Tenant, box: str, outside: Path, name: str
) -> None:
    place = f"/out-{secrets.token_hex(4)}"
    make, why = HOSTILE[name]
    tenant.printed(box, f"os.mkdir({place!r}); open('{place}/secret', 'w').close()")
    url = f"{API}/containers/{box}/filesystem/tar"
    for stream in {make(str(outside)), make(place)}:  # most are of no place
        query = {"path": f"/in{place}/d"}
        answer = tenant.http.put(url, params=query, content=stream, headers=TAR)
        assert answer.status_code in (400, 409), answer.text
        assert why in answer.json()["error"]
    assert [each.name for each in outside.iterdir()] == ["secret"]
    code = f"print(os.listdir({place!r}), os.stat('{place}/secret').st_nlink)"
    assert tenant.printed(box, code) == "['secret'] 1"


def test_the_program_that_works_on_files_has_the_rights_of_the_containers_root_and_no_more(
    service: Service, tenant: Tenant, box: str
) -> None:
    told = tenant.printed(box, "print(open('/proc/self/status').read())")
    bounds = next(line.split()[1] for line in told.splitlines() if line.startswith("CapBnd"))
    mapped = int(tenant.printed(box, "print(open('/proc/self/uid_map').read().split()[1])"))
    url = f"{API}/containers/{box}/files"
    for user, owner, most in (("0:0", mapped, int(bounds, 16)), ("65534", mapped + 65534, 0)):
        query = {"path": "/tmp/f", "user": user}
        with at_work(service, tenant.http, url, query) as folder:
            found = status(folder)
            assert found["Uid"] == [str(owner)] * 4
            assert int(found["CapEff"][0], 16) & ~most == 0
            assert int(found["CapPrm"][0], 16) & ~most == 0
            assert not (folder / "root").samefile("/")


def test_links_lead_nowhere_on_this_machine(tenant: Tenant, box: str, outside: Path) -> None:
    code = f"""
os.symlink({str(outside)!r}, '/to-outside')
os.symlink('/proc/self/root', '/to-self')
os.symlink('/proc/1/root', '/to-first')
os.symlink('/proc/self/fd', '/to-files')
"""
    tenant.printed(box, code)
    url = f"{API}/containers/{box}"
    ways = ["/to-outside", *(f"{each}{outside}" for each in ("/to-self", "/to-first", ""))]
    ways += [f"/to-files/{n}{outside}" for n in range(12)]
    for way in ways:
        for name in ("files", "filesystem/tar"):
            query = {"path": f"{way}/secret"}
            assert tenant.http.get(f"{url}/{name}", params=query).status_code in (404, 409), way
        query = {"path": way, "recursive": "true"}
        tenant.http.delete(f"{url}/filesystem/entry", params=query)
    assert (outside / "secret").read_text() == "secret"


def test_a_user_database_that_wants_to_be_more(tenant: Tenant) -> None:
    code = """
os.mkfifo('/evil0')
os.symlink('/dev/zero', '/evil1')
os.symlink('/etc/passwd', '/evil2')
open('/evil3', 'w').write('a:b:' + '9' * 400 + ':x\\n' + ':::\\n' * 100_000)
open('/evil4', 'wb').write(bytes(range(256)) * 10_000)
os.truncate(open('/evil5', 'w').name, 2**40)
"""
    with tenant.container() as box:
        tenant.printed(box, code)
        url = f"{API}/containers/{box}/filesystem"
        for n in range(6):  # by no command, for which the engine reads it too
            order = {"source": f"/evil{n}", "target": "/etc/passwd", "replace": True}
            assert tenant.http.post(f"{url}/move", json=order).status_code == 200
            found = tenant.http.get(f"{url}/entry", params={"path": "/", "user": "7"})
            assert (found.status_code, found.json()["uid"]) == (200, 0)
            refused = tenant.http.get(f"{url}/entry", params={"path": "/", "user": "a"})
            assert (refused.status_code, refused.json()["code"]) == (400, "unknown_user")


def test_what_is_in_memory_has_a_size(tenant: Tenant, box: str) -> None:
    """For what is uploaded there isn't within the limit of the container's memory."""
    code = """
for line in open('/proc/mounts'):
    _, point, kind, options, *_ = line.split()
    if kind in ('tmpfs', 'ramfs', 'devtmpfs') and os.path.isdir(point):
        found = os.statvfs(point)
        if not found.f_flag & os.ST_RDONLY and not 0 < found.f_blocks * found.f_frsize <= 2**26:
            print(line)
"""
    assert tenant.printed(box, code) == ""
    url = f"{API}/containers/{box}/files"
    octets = {"Content-Type": "application/octet-stream"}
    answer = tenant.http.put(url, params={"path": "/sys/fs/cgroup/x"}, content=b"x", headers=octets)
    assert answer.status_code in (403, 409), answer.text
