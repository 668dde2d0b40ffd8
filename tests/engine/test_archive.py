"""Files into a container and out of it."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiodocker
import pytest
import pytest_asyncio

from cognitora_local.engine import ContainerGone, EngineError, NotAFile, files, rootfs
from cognitora_local.engine.container_user import ContainerProcess, find_process
from tests.engine import parts
from tests.engine.parts import RawEngine

MB = 2**20


class Box:
    """A running container, as the tests use it. Its commands run in `run_in`, or the image's folder."""

    def __init__(
        self,
        docker: aiodocker.Docker,
        container: str,
        folder: str,
        spool: Path,
        run_in: str | None = None,
    ) -> None:
        self.docker = docker
        self.id = container
        self.folder = folder
        self.spool = spool
        self.run_in = run_in

    async def put(self, path: str, *pieces: bytes) -> int:
        return await self.put_stream(path, stream(*pieces))

    async def put_stream(self, path: str, pieces: AsyncIterator[bytes]) -> int:
        return await files.put(self.docker, self.id, self.folder, path, pieces, spool=self.spool)

    async def get(self, path: str) -> bytes:
        file = await files.get(self.docker, self.id, self.folder, path)
        content = b"".join([piece async for piece in file.pieces()])
        assert len(content) == file.size
        return content

    async def run(self, script: str) -> str:
        """What a shell in it prints."""
        container = self.docker.containers.container(self.id)
        execution = await container.exec(["sh", "-c", script], workdir=self.run_in)
        async with execution.start(detach=False) as output:
            pieces = []
            while (message := await output.read_out()) is not None:
                pieces.append(message.data)
        return b"".join(pieces).decode()


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.fixture(params=["root folder", "archives"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """By what files go; the second where this program may not look into containers."""
    way = str(request.param)
    if way == "archives":

        def refuse(*_: object) -> int:
            raise PermissionError

        monkeypatch.setattr(rootfs, "openat2", refuse)
    return way


StartBox = Callable[..., Awaitable[Box]]


@pytest_asyncio.fixture
async def start(
    docker: aiodocker.Docker, tmp_path: Path, raw_engine: RawEngine
) -> AsyncIterator[StartBox]:
    started = []

    async def starting(
        image: str = "localhost/busybox:1",
        folder: str = "/work/dir",
        command: Sequence[str] = ("sleep", "1000"),
        **host: Any,
    ) -> Box:
        limits: dict[str, Any] = {"NetworkMode": "none", "CapDrop": ["ALL"], **host}
        made = await docker.containers.create(
            {"Image": image, "Cmd": list(command), "HostConfig": limits}
        )
        started.append(made)
        await made.start()
        return Box(docker, made.id, folder, tmp_path)

    yield starting
    await asyncio.gather(*(container.delete(force=True, v=True) for container in started))


@pytest.fixture(scope="session")
def shared(raw_engine: RawEngine) -> str:
    """A container for all tests that do it no harm: starting one takes long."""
    return parts.start_container(raw_engine, "localhost/busybox:1", "sleep", "100000")


@pytest_asyncio.fixture
async def box(docker: aiodocker.Docker, shared: str, tmp_path: Path) -> Box:
    """A folder of the test's own in the shared container."""
    folder = f"/work/{tmp_path.name}"
    process = await find_process(docker, shared)
    assert process is not None
    # From here: a command in a container takes the engine a third of a second.
    Path(f"/proc/{process.pid}/root", folder[1:]).mkdir(parents=True)
    return Box(docker, shared, folder, tmp_path, run_in=folder)


async def test_what_was_put_is_got(box: Box) -> None:
    assert await box.put("a.txt", b"one ", b"", b"two") == 7
    assert (
        await box.run("cat a.txt; stat -c ' %u:%g %a %F' a.txt") == "one two 0:0 644 regular file\n"
    )
    assert await box.get("a.txt") == b"one two"


async def test_sizes_around_the_blocks_of_an_archive(box: Box) -> None:
    for size in (0, 1, 511, 512, 513, 1024, 256 * 1024, 256 * 1024 + 1):
        content = os.urandom(size)
        assert await box.put("file", content) == size
        assert await box.get("file") == content


NAMES = (
    "with space",
    "a+b&c=%2F#e;f",
    "what?",
    "[a-z]*",
    "-option",
    "ünï/cödé 日本",
    "quote\"d'",
    "back\\slash",
    "new\nline",
    "x" * 255,
    "/".join(["deep" * 20] * 20),
)


async def test_any_name_is_taken_as_it_is(box: Box, way: str) -> None:
    for name in NAMES:
        content = name.encode()
        await box.put(name, content)
        if way == "archives" and set(name) & set("*?[\\"):
            with pytest.raises(EngineError, match="pattern"):
                await box.get(name)
        else:
            assert await box.get(name) == content


async def test_folders_on_the_way_are_made_and_old_ones_stay_as_they_are(box: Box) -> None:
    await box.run("mkdir -m 700 old")
    await box.put("old/new/file", b"x")
    assert await box.run("stat -c %a:%u old old/new old/new/file") == "700:0\n755:0\n644:0\n"


async def test_a_working_folder_doesnt_climb_out(box: Box) -> None:
    await box.run("rm -rf /climbed")
    for folder in ("/none/../../../../climbed", "none/../..//climbed", "//climbed"):
        box.folder = folder
        await box.put("file", folder.encode())
        assert await box.run("cat /climbed/file; ls -d /n* 2> /dev/null") == folder
        assert await box.get("file") == folder.encode()
    assert not Path("/climbed").exists()


async def test_a_file_is_replaced(box: Box) -> None:
    await box.put("a", b"a longer one")
    await box.run("chmod 600 a; exec 3< a; ln a same")
    await box.put("a", b"short")
    assert await box.get("a") == b"short"
    assert await box.get("same") == b"a longer one"


async def test_a_file_that_is_replaced_keeps_its_permissions(box: Box) -> None:
    await box.put("secret", b"first")
    await box.run("chmod 640 secret")
    await box.put("secret", b"second")
    assert await box.run("cat secret; stat -c %a secret") == "second640\n"


async def test_paths_are_relative_to_the_working_folder(start: StartBox) -> None:
    box = await start(folder="/")
    await box.put("work/dir/a", b"x")
    assert await box.run("cat /work/dir/a") == "x"
    assert await box.get("work/dir/a") == b"x"


async def test_a_file_appears_when_it_is_whole(box: Box) -> None:
    await box.put("a", b"old")
    seen: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        yield b"new"
        seen.append(await box.run("cat a; ls"))
        yield b"er"

    await box.put_stream("a", pieces())
    assert seen == ["olda\n"]
    assert await box.get("a") == b"newer"


async def test_a_folder_of_another_file_system_is_reached(
    start: StartBox, raw_engine: RawEngine, way: str
) -> None:
    if way == "archives" and not raw_engine.podman:
        pytest.skip("Docker's archives go under what is mounted in memory")
    box = await start(Tmpfs={"/memory": "rw"}, folder="/memory")
    await box.put("a/b", b"x")
    assert await box.run("cat /memory/a/b") == "x"
    assert await box.get("a/b") == b"x"


async def test_folders_links_and_devices_are_refused_both_ways(box: Box, way: str) -> None:
    await box.run(
        "mkdir folder; touch folder/kept; echo kept > target; ln -s target link; ln -s nowhere dangling;"
        "ln -s loop loop; mkfifo pipe; ln -s ../../../../etc/hostname climbing; ln -s folder way"
    )
    for path in ("folder", "link", "dangling", "loop", "pipe", "climbing", "way", "target/file"):
        with pytest.raises(NotAFile):
            await box.put(path, b"new")
    for path in ("folder", "link", "dangling", "loop", "pipe", "climbing", "way"):
        with pytest.raises(NotAFile):
            await box.get(path)
    # Docker's archives know nothing of what is mounted in memory.
    with pytest.raises((NotAFile, FileNotFoundError) if way == "archives" else NotAFile):
        await files.get(box.docker, box.id, "/dev", "null")
    assert await box.run("cat target; ls folder; test -L link && test -p pipe && echo same") == (
        "kept\nkept\nsame\n"
    )


async def test_links_lead_nowhere_on_this_machine(box: Box, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    await box.run(f"mkdir -p {tmp_path}; ln -s {tmp_path} out; ln -s / root")
    with pytest.raises(FileNotFoundError):
        await box.get("out/secret")
    await box.put("out/secret", b"of the container")
    assert secret.read_text() == "secret"
    assert await box.get("out/secret") == b"of the container"
    assert await box.get(f"root/{box.folder}/out/secret") == b"of the container"


async def test_a_file_that_isnt_there(box: Box) -> None:
    for path in ("nothing", "no/thing"):
        with pytest.raises(FileNotFoundError):
            await box.get(path)


async def test_an_upload_that_breaks_off_changes_nothing(box: Box) -> None:
    await box.put("a", b"old")

    async def broken() -> AsyncIterator[bytes]:
        yield b"new" * MB
        raise ConnectionResetError

    for path in ("a", "b/c"):
        with pytest.raises(ConnectionResetError):
            await box.put_stream(path, broken())
    assert (
        await box.run("rmdir b 2> /dev/null; ls -A; cat a") == "a\nold"
    )  # an empty folder may be left
    assert list(box.spool.iterdir()) == []


async def test_an_upload_that_is_cancelled_changes_nothing(box: Box) -> None:
    await box.put("a", b"old")
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"new"
        begun.set()
        await asyncio.Event().wait()

    upload = asyncio.ensure_future(box.put_stream("a", slow()))
    await begun.wait()
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await box.get("a") == b"old"


@pytest.mark.parametrize("user", ["user", "1234", "1234:77", "user:group"])
async def test_what_is_put_belongs_to_the_containers_user(
    start: StartBox, raw_engine: RawEngine, user: str
) -> None:
    name = f"localhost/user:{user.replace(':', '-')}"
    files = {
        "etc/passwd": "root:x:0:0::/:/bin/sh\nuser:x:1234:55::/:/bin/sh\n",
        "etc/group": "root:x:0:\nuser:x:55:\ngroup:x:77:\n",
    }
    tar = parts.busybox(files)
    parts.import_image(raw_engine, name, tar, "ENV PATH=/bin", "WORKDIR /work", f"USER {user}")
    box = await start(name, folder="/work")
    await box.put("new/folder/file", b"first")
    group = "55" if user in {"user", "1234"} else "77"
    assert await box.run("stat -c %u:%g new new/folder new/folder/file; id -u; id -g") == (
        f"1234:{group}\n" * 3 + f"1234\n{group}\n"
    )
    assert await box.run("echo second > new/folder/file; touch new/other; cat new/folder/file") == (
        "second\n"
    )


async def test_what_doesnt_fit_says_so_and_leaves_what_was_there(
    docker: aiodocker.Docker, raw_engine: RawEngine, tmp_path: Path, way: str
) -> None:
    box = await limited(docker, raw_engine, tmp_path, 20 * MB)
    try:
        await box.put("big", b"old")
        with pytest.raises(OSError, match=r"quota|space") as failed:
            await box.put_stream("big", zeros(50))
        assert failed.value.errno in {errno.EDQUOT, errno.ENOSPC}
        if way == "root folder":  # the engines' archives can't be had so
            assert await box.run("cat big; ls -a") == "old.\n..\nbig\n"
    finally:
        await docker.containers.container(box.id).kill()
        await docker.containers.container(box.id).delete(force=True)


async def limited(docker: aiodocker.Docker, engine: RawEngine, spool: Path, size: int) -> Box:
    """A box whose disk has `size` bytes, by each engine's own option."""
    if engine.podman:
        spec = {
            "image": "localhost/busybox:1",
            "command": ["sleep", "1000"],
            "storage_opts": {"size": str(size)},
            "netns": {"nsmode": "none"},
        }
        url = "http://engine/v4.0.0/libpod/containers/create"
        async with docker.session.post(url, json=spec) as answer:
            made = (await answer.json())["Id"]
    else:
        host: Any = {"StorageOpt": {"size": str(size)}, "NetworkMode": "none"}
        config = {"Image": "localhost/busybox:1", "Cmd": ["sleep", "1000"], "HostConfig": host}
        made = (await docker.containers.create(config)).id
    await docker.containers.container(made).start()
    return Box(docker, made, "/work/dir", spool)


async def zeros(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield bytes(MB)


async def test_200_mb_go_through_in_little_memory(box: Box) -> None:
    piece = os.urandom(MB)
    expected = hashlib.sha256(piece * 200).hexdigest()

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield piece

    await box.put("warm", piece)
    await box.get("warm")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert await box.put_stream("big", pieces()) == 200 * MB
    assert (await box.run("sha256sum big")).split()[0] == expected
    file = await files.get(box.docker, box.id, box.folder, "big")
    digest = hashlib.sha256()
    async for received in file.pieces():
        digest.update(received)
    assert file.size == 200 * MB
    assert digest.hexdigest() == expected
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024


async def test_a_file_that_becomes_shorter_is_no_file(box: Box) -> None:
    await box.put("a", bytes(MB))
    file = await files.get(box.docker, box.id, box.folder, "a")
    await box.run("echo short > a")
    with pytest.raises(EngineError, match="shorter"):
        [piece async for piece in file.pieces()]


async def test_a_file_that_grows_is_read_as_it_was(box: Box) -> None:
    await box.put("a", b"old")
    file = await files.get(box.docker, box.id, box.folder, "a")
    await box.run("printf ' and new' >> a")
    assert b"".join([piece async for piece in file.pieces()]) == b"old"


async def test_a_container_that_calls_itself_something_unreadable(start: StartBox) -> None:
    script = (
        r"printf '\377\nUid:\t1\t1\t1\t1' > /proc/$$/comm; touch named; while :; do sleep 1; done"
    )
    box = await start(command=["sh", "-c", script])
    async with asyncio.timeout(20):
        while "named" not in await box.run("ls"):
            pass
    await box.put("a", b"x")
    assert await box.run("stat -c %u a") == "0\n"
    assert await box.get("a") == b"x"


def killed_while_writing(process: ContainerProcess, path: str) -> None:
    """A program like this one is killed half-way."""
    pid = os.fork()
    if pid == 0:
        try:
            with rootfs.new_file(process, path) as file:
                file.write(b"half")
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


async def test_what_a_killed_program_was_writing_is_gone_with_it(
    box: Box, docker: aiodocker.Docker, way: str
) -> None:
    if way == "archives":
        pytest.skip("what hasn't come whole is in no container")
    process = await find_process(docker, box.id)
    assert process is not None
    await box.put("kept", b"as it was")
    killed_while_writing(process, f"{box.folder}/kept")
    assert await box.run("ls -A; cat kept") == "kept\nas it was"


@pytest.mark.parametrize("refusal", [errno.EOPNOTSUPP, errno.EISDIR])
async def test_a_file_system_without_unnamed_files(
    box: Box, way: str, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    if way == "archives":
        pytest.skip("the engine writes it")
    really = os.open

    def as_older_ones(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(refusal, os.strerror(refusal))
        return really(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", as_older_ones)
    assert await box.put("a", b"one") == 3
    assert await box.run("ls -A; cat a") == "a\none"


async def test_no_process_but_the_containers_is_looked_into(
    start: StartBox, docker: aiodocker.Docker, way: str
) -> None:
    if way == "archives":
        pytest.skip("the engine looks into it")
    one, other = await start(), await start()
    process = await find_process(docker, one.id)
    stranger = await find_process(docker, other.id)
    assert process is not None
    assert stranger is not None
    for pid in (stranger.pid, os.getpid(), 2**22 - 1):
        reused = replace(process, pid=pid)  # as if the container had ended, and pid were new
        with pytest.raises(ContainerGone), rootfs.new_file(reused, "/tmp/file"):
            pass
        with pytest.raises(ContainerGone):
            rootfs.get(reused, "/etc/passwd")


async def test_a_container_that_is_gone(start: StartBox, docker: aiodocker.Docker) -> None:
    box = await start()
    await docker.containers.container(box.id).kill()
    await docker.containers.container(box.id).wait()
    with pytest.raises(ContainerGone):
        await box.put("a", b"x")
    box.id = "0" * 64
    with pytest.raises(ContainerGone):
        await box.put("a", b"x")
    with pytest.raises((ContainerGone, FileNotFoundError)):
        await box.get("a")
