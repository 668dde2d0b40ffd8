"""Containers whose lists of users and groups would keep their engine waiting."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from cognitora_local.engine import CommandError, ContainerGone, EngineError, user_lists
from cognitora_local.engine import container as container_of_an_engine
from tests.engine.containers.world import World, execute

pytestmark = pytest.mark.asyncio(loop_scope="session")

SWAP = """
mkfifo /pipe; cp /etc/passwd /list
while :; do
    ln -f /pipe /etc/new; mv -f /etc/new /etc/passwd
    ln -f /list /etc/new; mv -f /etc/new /etc/passwd
done > /dev/null 2>&1 &
"""


@pytest.mark.parametrize("name", ["passwd", "group"])
@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("mkfifo {}", "{} is a pipe in the container"),
        ("mkdir {}", "{} is a folder in the container"),
        ("ln -s {} {}", "{} is a link that can't be followed in the container"),
        (
            "dd if=/dev/null of={} bs=1M seek=1M",
            "{} is longer than 16777216 bytes in the container",
        ),
    ],
)
async def test_what_stands_instead_of_one_is_told(
    world: World, name: str, made: str, told: str
) -> None:
    container, other = await world.stay(), await world.stay()
    path = f"/etc/{name}"
    await execute(container, "sh", "-c", f"rm {path}; {made} 2>&1".replace("{}", path))
    for user in ("", "1234", "nobody"):
        with pytest.raises(CommandError, match=told.replace("{}", path)) as refused:
            await container.execute(["id"], folder=None, environment={}, user=user)
        assert refused.value.exit_code == 126
    assert await execute(other, "echo", "on") == ("on\n", 0)
    async with asyncio.timeout(30):
        await container.kill()
        assert (await container.wait()).exit_code == 137


@pytest.mark.parametrize(
    ("name", "made", "why"),
    [
        ("passwd", "mkdir {}", "is a directory."),
        ("group", "mkdir {}", "is a directory."),
        ("passwd", "ln -s {} {}", "too many levels of symbolic links."),
        ("passwd", "head -c 100000 /dev/zero > {}", "token too long."),
    ],
)
@pytest.mark.parametrize("user", ["", "nobody", "1:1"])
async def test_what_the_engine_says_of_one_names_nothing_of_this_machine(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, made: str, why: str, user: str
) -> None:
    """As it does of one that has come since it was looked at."""
    container = await world.stay()
    path = f"/etc/{name}"
    await execute(container, "sh", "-c", f"rm {path}; {made}".replace("{}", path))
    monkeypatch.setattr(user_lists, "_check", lambda _: None)
    with pytest.raises(CommandError) as refused:
        await execute(container, "id", user=user)
    assert refused.value.exit_code == 126
    assert str(refused.value).endswith(why)
    assert "/run" not in str(refused.value)


async def test_one_that_comes_and_goes_keeps_nobody_waiting(world: World) -> None:
    container = await world.stay()
    await execute(container, "sh", "-c", SWAP)
    for _ in range(20):
        async with asyncio.timeout(30):
            with suppress(CommandError):  # it was there when it was looked at
                assert await execute(container, "echo", "on") == ("on\n", 0)
    async with asyncio.timeout(30):
        await container.kill()
        await container.wait()


async def test_a_container_that_keeps_its_engine_waiting_is_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does that has put the pipe there since it was looked at."""
    container = await world.stay()
    holding = "rm /etc/passwd; mkfifo /etc/passwd; sleep 1000 3<> /etc/passwd > /dev/null 2>&1 &"
    await execute(container, "sh", "-c", holding)
    monkeypatch.setattr(user_lists, "_check", lambda _: None)
    monkeypatch.setattr(user_lists, "_PATIENCE_S", 1.0)
    monkeypatch.setattr(container_of_an_engine, "_TELLING_S", 1.0)
    async with asyncio.timeout(30):
        with pytest.raises((CommandError, ContainerGone, EngineError)):
            await execute(container, "echo", "on")
        assert (await container.wait()).exit_code == 137


async def test_an_engine_that_is_slow_costs_no_container_its_life(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = await world.stay()
    monkeypatch.setattr(user_lists, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(user_lists, "_PAUSE_S", 0.0)
    silences = iter((False, False, False))

    async def answers() -> bool:
        return next(silences, True)

    pid = await container._first_process()
    watching = user_lists.watch(pid, container.engine_id, answers)
    assert watching is not None
    await watching
    assert await execute(container, "echo", "on") == ("on\n", 0)
