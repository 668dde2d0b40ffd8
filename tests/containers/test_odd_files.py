"""Files of containers that aren't what they seem: their size, what kind they are, where a link leads."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.containers.conftest import CONTAINERS
from tests.containers.execs import container, output
from tests.filesystem import Files
from tests.runtime.conftest import refusal
from tests.tars import untar


@pytest.fixture
async def box(http: httpx.AsyncClient) -> AsyncIterator[str]:
    """A container that stays up, whose work folder is its root folder."""
    async with container(http) as container_id:
        yield container_id


@pytest.fixture
def files(http: httpx.AsyncClient, box: str) -> Files:
    return Files(http, f"{CONTAINERS}/{box}")


async def test_a_file_of_the_kernel_reads_as_its_content(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    expected = await output(
        http, box, "cat", "/sys/class/net/lo/address", "/proc/sys/kernel/ostype"
    )
    for start in ("", "/"):
        assert (await files.read(f"{start}proc/1/status")).text.startswith("Name:")
        paths = ("sys/class/net/lo/address", "proc/sys/kernel/ostype")
        found = [(await files.read(start + path)).text for path in paths]
        assert "".join(found) == expected
    packed = untar((await files.pack("/proc/sys/kernel/random")).content)
    assert len(packed["boot_id"]) == 37


async def test_errors_name_the_path_that_was_given(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    await output(http, box, "mkdir", "-p", "/srv/d")
    for path in ("dev/null", "/dev/null"):
        for answer in (await files.write(path, b"x"), await files.read(path)):
            told = refusal(answer, 409, "not_a_file")
            assert f"`{path}` isn't a regular file" in told
    for path in ("proc/no-such", "/proc/no-such", "sys/x/y", "srv/d", "/srv/d"):
        answer = await files.write(path, b"x")
        assert answer.status_code in (403, 404, 409), answer.text
        assert f"`{path}" in answer.json()["error"]
        assert ".upload" not in answer.text
    nobody = Files(http, files.url, user="1234:1234")
    for path in ("new", "/srv/new"):
        assert f"`{path}`" in refusal(await nobody.write(path, b""), 403, "permission_denied")


async def test_a_change_of_nothing_is_refused(wrong: httpx.AsyncClient, files: Files) -> None:
    files = Files(wrong, files.url)
    for body in ({}, {"user": "root"}):
        told = refusal(await files.change("/etc", **body), 400, "invalid_request")
        assert "must say what is to change" in told


async def test_a_relative_path_follows_links_as_an_absolute_one_does(
    http: httpx.AsyncClient, box: str, files: Files
) -> None:
    script = """
mkdir -p /srv/there; echo old > /srv/there/old
ln -s /srv/there folder; ln -s /srv/there/old file; ln -s /srv/there/new dangling
"""
    await output(http, box, "sh", "-c", script)
    for start in ("", "/"):
        assert (await files.read(f"{start}file")).text == "old\n", start
        assert (await files.read(f"{start}folder/old")).content == b"old\n"
        assert (await files.write(f"{start}dangling", b"new")).status_code == 200
    assert (await files.write("file", b"through")).status_code == 200
    assert await output(http, box, "cat", "/srv/there/old", "/srv/there/new") == "throughnew"
    assert await output(http, box, "readlink", "file") == "/srv/there/old\n"
