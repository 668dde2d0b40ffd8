"""Images: looked up, else pulled, from a real registry."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import aiodocker
import pytest

from cognitora_local.engine import Image, ImageError
from cognitora_local.engine.images import Images
from tests import images as made
from tests.engine import parts
from tests.engine.parts import RawEngine
from tests.images import Registry, debian


@pytest.fixture(scope="module")
def tool(registry: Registry) -> str:
    """An image that the registry has, and the engine hasn't."""
    image = made.Image(parts.busybox(), working_dir="/tool")
    made.push(image, registry.address, ["some/tool:1"])
    return f"{registry.address}/some/tool:1"


@pytest.fixture
def forgotten(raw_engine: RawEngine, tool: str) -> Iterator[str]:
    """The same, and it is taken out of the engine again at the end."""
    yield tool
    parts.remove_image(raw_engine, tool)


@pytest.fixture
def images(docker: aiodocker.Docker, raw_engine: RawEngine) -> Images:
    return Images(docker, {}, podman=raw_engine.podman)


async def test_an_image_that_is_there_is_found(images: Images) -> None:
    image = await images.get("localhost/busybox:1")
    assert image == Image(
        "localhost/busybox:1", "localhost/busybox:1", image.id, working_dir="/work/dir"
    )
    assert image.id.startswith("sha256:")


async def test_a_missing_image_is_pulled(images: Images, forgotten: str) -> None:
    image = await images.get(forgotten)
    assert (image.name, image.reference) == (forgotten, forgotten)
    assert image.working_dir == "/tool"
    assert await images.get(forgotten) == image


async def test_a_registry_is_reached_as_localhost_too(
    images: Images, raw_engine: RawEngine, tool: str, registry: Registry
) -> None:
    name = f"localhost:{registry.port}/some/tool"
    assert (await images.get(f"{name}:1")).working_dir == "/tool"
    parts.remove_image(raw_engine, f"{name}:1")


async def test_an_image_is_pulled_by_its_digest(
    images: Images, docker: aiodocker.Docker, raw_engine: RawEngine, tool: str
) -> None:
    image = await images.get(tool)
    (named, *_) = (await docker.images.inspect(tool))["RepoDigests"]
    parts.remove_image(raw_engine, tool)
    assert (await images.get(named)).id == image.id
    parts.remove_image(raw_engine, named)


async def test_another_image_stands_for_one(
    docker: aiodocker.Docker, raw_engine: RawEngine, forgotten: str
) -> None:
    images = Images(docker, {"python:3.11": forgotten}, podman=raw_engine.podman)
    for name in ("python:3.11", "docker.io/library/python:3.11"):
        image = await images.get(name)
        assert (image.name, image.reference) == (name, forgotten)
        assert image.working_dir == "/tool"


async def test_an_image_without_a_working_folder_works_in_the_root(
    images: Images, raw_engine: RawEngine
) -> None:
    parts.import_image(
        raw_engine, "localhost/plain:1", parts.scratch(str(debian.program("busybox")))
    )
    assert (await images.get("localhost/plain:1")).working_dir == "/"


async def test_a_short_name_is_one_of_docker_hub_and_no_other(
    images: Images, tool: str, registry: Registry
) -> None:
    for name in ("busybox:1", "some/tool:1"):
        with pytest.raises(ImageError) as failed:
            await images.get(name)
        assert failed.value.code == "image_unavailable"  # there is no Docker Hub in the tests
        assert "docker.io" in str(failed.value)


async def test_an_image_that_isnt_there(images: Images, registry: Registry, tool: str) -> None:
    unknown = "sha256:" + "0" * 64
    for name in ("some/tool:2", "nothing:1", f"some/tool@{unknown}"):
        with pytest.raises(ImageError, match="There is no image") as failed:
            await images.get(f"{registry.address}/{name}")
        assert failed.value.code == "image_not_found"
        assert registry.address in str(failed.value)


async def test_a_registry_that_cant_be_reached(images: Images) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in (f"127.0.0.1:{port}/tool:1", "registry.invalid/tool:1"):
        with pytest.raises(ImageError, match="can't be pulled") as failed:
            await images.get(name)
        assert failed.value.code == "image_unavailable"
        assert "--image" in str(failed.value)


async def test_a_registry_that_wants_a_login(images: Images) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1) != b"\x16":  # an attempt at TLS
            writer.write(
                b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n"
                b"Docker-Distribution-Api-Version: registry/2.0\r\n"
                b'WWW-Authenticate: Basic realm="closed"\r\n\r\n'
            )
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(ImageError, match="log in") as failed:
            await images.get(f"127.0.0.1:{port}/tool:1")
    assert failed.value.code == "image_not_found"


async def test_a_registry_elsewhere_must_speak_https(
    images: Images, registry: Registry, tool: str
) -> None:
    address = parts.other_address()
    with pytest.raises(ImageError) as failed:
        await images.get(f"{address}:{registry.port}/some/tool:1")
    assert failed.value.code == "image_unavailable"


class Slow:
    """Lies before a registry, counts what is asked for, and lets nothing pass until it is told."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self.waiting = asyncio.Event()
        self.passing = asyncio.Event()
        self.gone = asyncio.Event()
        self.port = 0
        self._to = port
        self._serving: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def close(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if (first := await reader.readexactly(1)) == b"\x16":
                return  # an attempt at TLS
            head = first + await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.split()[1].decode())
            self.waiting.set()
            closed = asyncio.ensure_future(reader.read(1))
            passing = asyncio.ensure_future(self.passing.wait())
            await asyncio.wait([closed, passing], return_when=asyncio.FIRST_COMPLETED)
            if not closed.done():
                closed.cancel()
                head = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
                there, back = await asyncio.open_connection("127.0.0.1", self._to)
                try:
                    back.write(head)
                    while piece := await there.read(65536):
                        writer.write(piece)
                finally:
                    back.close()
                    await back.wait_closed()
            else:
                self.gone.set()
            passing.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def slow(registry: Registry) -> AsyncIterator[Slow]:
    proxy = Slow(registry.port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield proxy
        finally:
            await proxy.close()


async def test_who_asks_at_the_same_time_waits_for_one_pull(
    images: Images, raw_engine: RawEngine, tool: str, registry: Registry
) -> None:
    async with slow(registry) as proxy, asyncio.timeout(30):
        name = f"127.0.0.1:{proxy.port}/some/tool:1"
        waiting = [asyncio.ensure_future(images.get(name)) for _ in range(5)]
        await proxy.waiting.wait()
        waiting[0].cancel()  # the one that began it
        waiting[3].cancel()
        proxy.passing.set()
        first, *rest = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        got = [image for image in rest if isinstance(image, Image)]
        assert len(got) == 3
        manifests = [path for path in proxy.asked if "/manifests/1" in path]
        await images.get(name)
    assert len(manifests) <= 2, manifests  # Docker looks (HEAD) before it takes
    parts.remove_image(raw_engine, name)


async def test_a_pull_that_nobody_waits_for_is_given_up(
    images: Images, raw_engine: RawEngine, tool: str, registry: Registry
) -> None:
    async with slow(registry) as proxy, asyncio.timeout(30):
        name = f"127.0.0.1:{proxy.port}/some/tool:1"
        waiting = [asyncio.ensure_future(images.get(name)) for _ in range(2)]
        await proxy.waiting.wait()
        for one in waiting:
            one.cancel()
        await proxy.gone.wait()
        await asyncio.gather(*waiting, return_exceptions=True)
        proxy.passing.set()
        assert (await images.get(name)).working_dir == "/tool"  # and it may be asked for again
    parts.remove_image(raw_engine, name)


async def test_errors_reach_everybody_who_waits(images: Images, registry: Registry) -> None:
    name = f"{registry.address}/nothing:1"
    results = await asyncio.gather(*(images.get(name) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ImageError] * 3
