"""The file system of containers, as one of their users."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.containers.conftest import CONTAINERS, cancel, create, wanted
from tests.containers.execs import container, execute, output
from tests.filesystem import Files
from tests.runtime.conftest import refusal
from tests.tars import folder, link, member, tar, untar

MB = 1024 * 1024
NOBODY = "1234:1234"


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up, whose user is root."""
    async with container(http) as container_id:
        yield container_id


@pytest.fixture
def files(http: httpx.AsyncClient, box: str) -> Files:
    return Files(http, f"{CONTAINERS}/{box}")


@pytest.fixture
def nobody(http: httpx.AsyncClient, box: str) -> Files:
    """The same, as somebody who has no rights there."""
    return Files(http, f"{CONTAINERS}/{box}", user=NOBODY)


async def test_folders_and_files_are_as_commands_see_them(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    await output(http, box, "sh", "-c", "mkdir -p /srv/a/b; echo 12345 > /srv/a/f; ln -s a /srv/l")
    assert await files.listed("/srv", depth=2) == ["/srv/a", "/srv/a/b", "/srv/a/f", "/srv/l"]
    assert (await files.told("/srv/a/f")).items() >= {"type": "file", "size": 6, "uid": 0}.items()
    assert (await files.told("/srv/l"))["target"] == "a"
    assert await files.listed("srv/l") == ["srv/l/b", "srv/l/f"]
    answer = await files.make("/srv/new/deep", mode=0o711)
    assert answer.json().items() >= {"mode": 0o711, "uid": 0, "owner": "root"}.items()
    assert (await files.move("/srv/a/f", "/opt/f")).status_code == 200
    assert await output(http, box, "cat", "/opt/f") == "12345\n"
    assert (await files.change("/opt/f", mode=0o600)).json()["mode"] == 0o600
    refusal(await files.remove("/srv"), 409, "not_a_file")
    assert (await files.remove("/srv", recursive=True)).status_code == 200
    refusal(await files.stat("/srv"), 404, "file_not_found")


async def test_a_file_moves_to_another_file_system(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    content = os.urandom(MB)
    await files.write("/file", content, mode=0o751)
    assert (await files.move("/file", "/dev/shm/there/file")).json()["mode"] == 0o751
    assert (await files.read("/dev/shm/there/file")).content == content
    refusal(await files.stat("/file"), 404, "file_not_found")


async def gives_away(http: httpx.AsyncClient, box: str) -> bool:
    """Whether the container's root may, as it may where it has a user namespace of its own."""
    found = await execute(http, box, "sh", "-c", "touch /given && chown 1:1 /given")
    return bool(found["exitCode"] == 0)


async def test_root_gives_files_away_as_its_commands_may(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    await files.write("/f", b"")
    if not await gives_away(http, box):
        refusal(await files.change("/f", owner=NOBODY, mode=0o640), 403, "permission_denied")
        return
    found = (await files.change("/f", owner=NOBODY, mode=0o640)).json()
    assert (found["uid"], found["gid"], found["mode"]) == (1234, 1234, 0o640)
    assert await output(http, box, "stat", "-c", "%u:%g %a", "/f") == f"{NOBODY} 640\n"
    refusal(await files.change("/f", owner="nobody-of-here"), 400, "unknown_user")


async def test_permissions_hold_as_a_command_of_that_user_meets_them(
    http: httpx.AsyncClient, box: str, files: Files, nobody: Files
) -> None:
    script = """
mkdir -p /private/inner /shared /own; echo secret > /private/f; echo x > /readable
chmod 700 /private; chmod 777 /shared; chmod 600 /own
"""
    await output(http, box, "sh", "-c", script)
    denied = [
        await nobody.list_folder("/private"),
        await nobody.stat("/private/f"),
        await nobody.read("/private/f"),
        await nobody.write("/private/new", b""),
        await nobody.write("/new", b""),
        await nobody.make("/new"),
        await nobody.make("/private/x"),
        await nobody.move("/readable", "/shared/mine"),
        await nobody.move("/shared", "/shared2"),
        await nobody.remove("/readable"),
        await nobody.remove("/private", recursive=True),
        await nobody.change("/readable", mode=0o777),
        await nobody.change("/readable", owner=NOBODY),
        await nobody.pack("/private"),
        await nobody.pack("/"),
        await nobody.unpack("/private", tar(member("x"))),
        await nobody.unpack("/newer", tar(member("x"))),
    ]
    for answer in denied:
        refusal(answer, 403, "permission_denied")
    assert (await files.read("/private/f")).content == b"secret\n"
    assert (await nobody.read("/readable")).content == b"x\n"
    assert (await nobody.write("/shared/f", b"theirs")).status_code == 200
    assert (await nobody.make("/shared/d")).json()["uid"] == 1234
    assert (await nobody.unpack("/shared/t", tar(member("f", b"1")))).status_code == 200
    owners = await output(http, box, "stat", "-c", "%u:%g", "/shared/f", "/shared/d", "/shared/t/f")
    assert owners == f"{NOBODY}\n" * 3
    # Of root's own folder the sticky bit and the owner decide, as for a command.
    await output(http, box, "chmod", "1777", "/shared")
    await files.write("/shared/roots", b"")
    refusal(await nobody.remove("/shared/roots"), 403, "permission_denied")


async def test_nobody_is_nobody_else(http: httpx.AsyncClient, box: str, files: Files) -> None:
    """Its number is what the kernel shows of all that have none in a user namespace."""
    await output(http, box, "sh", "-c", "mkdir /n && chmod 777 /n")
    found = (await files.make("/n/d", user="65534:65534")).json()
    assert (found["uid"], found["gid"]) == (65534, 65534)
    assert await output(http, box, "stat", "-c", "%u:%g", "/n/d") == "65534:65534\n"
    refusal(await files.make("/d", user="65534:65534"), 403, "permission_denied")


async def test_users_by_their_names(http: httpx.AsyncClient, box: str, files: Files) -> None:
    script = """
echo 'ann:x:2001:2002::/:/bin/sh' >> /etc/passwd; echo 'staff:x:3001:ann' >> /etc/group
mkdir -p /staff; chown 0:3001 /staff; chmod 770 /staff; mkdir /open; chmod 777 /open
"""
    await output(http, box, "sh", "-c", script)
    found = (await files.make("/open/a", user="ann")).json()
    assert (found["owner"], found["gid"]) == ("ann", 2002)
    found = (await files.make("/open/b", user="ann:staff")).json()
    assert (found["uid"], found["group"]) == (2001, "staff")
    if await gives_away(http, box):  # then it is staff's
        assert (await files.make("/staff/in", user="ann")).status_code == 200
    refusal(await files.make("/staff/x", user="2001:2002"), 403, "permission_denied")
    refusal(await files.make("/open/c", user="bob"), 400, "unknown_user")
    refusal(await files.make("/open/c", user="ann:nogroup-here"), 400, "unknown_user")


async def test_a_folder_comes_back_as_it_went(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    stream = tar(
        folder("d"),
        member("d/data", os.urandom(300_000), mode=0o640),
        member("run.sh", b"#!/bin/sh\necho ran\n", mode=0o755),
        link("l", "d/data"),
        link("sh", "/bin/sh"),
    )
    assert (await files.unpack("/opt/here", stream)).json()["files"] == 5
    assert await output(http, box, "/opt/here/run.sh") == "ran\n"
    assert untar((await files.pack("/opt/here")).content) == untar(stream)


async def test_bad_requests_are_refused(http: httpx.AsyncClient, files: Files) -> None:
    refusal(await files.list_folder("../x"), 400, "invalid_path")
    refusal(await files.unpack("/d", b"no tar at all" * 100), 400, "invalid_archive")
    refusal(await files.pack("/gone"), 404, "file_not_found")
    refusal(await files.read("/gone"), 404, "file_not_found")
    refusal(await files.read("/dev/zero"), 409, "not_a_file")
    refusal(await files.move("/gone", "/x"), 404, "file_not_found")
    refusal(await files.remove("/gone"), 404, "file_not_found")
    refusal(await files.change("/gone", mode=0o600), 404, "file_not_found")
    refusal(await files.remove("/", recursive=True), 400, "invalid_path")
    other = Files(http, f"{CONTAINERS}/ctr_unknown")
    refusal(await other.stat("/"), 404, "container_not_found")


async def test_the_kernels_own_files_are_as_they_are_to_commands(files: Files) -> None:
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/mm/x"):
        assert (await files.write(path, b"x")).status_code in (403, 404, 409)
        assert (await files.remove(path)).status_code in (403, 404, 409)
    assert (await files.list_folder("/proc/1/root")).status_code == 200


async def test_a_container_that_does_not_run(http: httpx.AsyncClient) -> None:
    async with container(http) as box:
        files = Files(http, f"{CONTAINERS}/{box}")
        assert (await files.stat("/")).status_code == 200
        await cancel(http, box)
        refusal(await files.stat("/"), 409, "container_not_running")
    one_shot = (await create(http, wanted("sleep", "60")))["id"]
    refusal(await Files(http, f"{CONTAINERS}/{one_shot}").stat("/"), 409, "not_persistent")
    await cancel(http, one_shot)


async def test_a_container_that_ends_ends_its_file_calls(http: httpx.AsyncClient) -> None:
    async with container(http) as box:
        files = Files(http, f"{CONTAINERS}/{box}")
        begun, over = asyncio.Event(), asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield bytes(MB)
            begun.set()
            await over.wait()
            for _ in range(64):
                yield bytes(MB)

        await files.write("/x", b"")
        sending = asyncio.create_task(files.write("/f", pieces()))
        await begun.wait()
        await cancel(http, box)
        over.set()
        refusal(await sending, 409, "container_not_running")
