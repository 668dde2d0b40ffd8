"""Whom a container's users are on the machine, and what its root may do with what is its own."""

from __future__ import annotations

import json

import pytest

from cognitora_local.engine import Engine
from cognitora_local.engine.api import Api
from cognitora_local.engine.users import ids_of_machine, users_of
from tests.engine.containers.world import World, execute

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def own_users(engine: Engine) -> None:
    if engine._factory.users.ids is None:
        pytest.skip("this engine has no user namespace for each container")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("touch /f; chown 33:34 /f; stat -c %u:%g /f", "33:34"),
        ("su nobody -s /bin/sh -c 'id -u'", "65534"),
        ("touch /f; chmod 600 /f; chown nobody /f; echo mine > /f; cat /f", "mine"),
        (
            "nc -l -p 80 & until nc 127.0.0.1 80 </dev/null 2>/dev/null; do :; done; echo taken",
            "taken",
        ),
        ("chroot /bin /busybox echo there", "there"),
        (
            "mkdir /d; chown nobody /d; su nobody -s /bin/sh -c 'touch /d/f; stat -c %U /d/f'",
            "nobody",
        ),
        ("echo there > /dev/stdout", "there"),
        ("echo there > /dev/stderr", "there"),
        ("su nobody -s /bin/sh -c 'kill 1' 2>/dev/null || echo refused", "refused"),
    ],
)
async def test_root_does_what_root_does_in_its_container(
    world: World, script: str, told: str
) -> None:
    ran = await world.run("sh", "-c", script)
    assert ran.output.splitlines()[-1] == told
    container = await world.stay()
    output, code = await execute(container, "sh", "-c", script)
    assert (output.splitlines()[-1], code) == (told, 0)


async def test_its_users_are_nobody_s_on_the_machine(world: World, engine: Engine) -> None:
    ids = ids_of_machine()
    assert ids is not None
    ran = await world.run("cat", "/proc/self/uid_map", "/proc/self/gid_map")
    assert [line.split() for line in ran.output.splitlines()] == [
        ["0", str(ids.first), str(ids.count)]
    ] * 2


async def test_our_own_podman_need_not_be_asked_whose_it_is(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await engine._api.libpod("GET", "info")
    assert told["host"]["security"]["rootless"] is False
    asked: list[object] = []
    monkeypatch.setattr(Api, "libpod", lambda *args: asked.append(args))
    assert await users_of(engine._api) == engine._factory.users
    assert asked == []


async def test_an_image_is_mapped_once(world: World, engine: Engine) -> None:
    assert engine._api.graph is not None
    layers = engine._api.graph / "btrfs-layers" / "layers.json"

    async def kept() -> int:
        """Layers that remain when a container is gone."""
        await world.run("true")
        await world.close()
        return len(json.loads(layers.read_text()))

    assert await kept() == await kept()
