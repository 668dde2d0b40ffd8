"""Servers in containers, reached through the runtime's machine."""

from __future__ import annotations

import httpx
import pytest

from tests.addresses import listens
from tests.containers.conftest import (
    CONTAINERS,
    cancel,
    create,
    ended,
    persistent,
    run,
    running,
    wanted,
)
from tests.containers.ports import PORT, SERVER, asked, expose, exposed, gone
from tests.runtime.conftest import refusal


@pytest.mark.parametrize("networking", [False, True])
async def test_a_server_of_a_container_is_reached_until_its_port_is_taken_back(
    http: httpx.AsyncClient, networking: bool
) -> None:
    container = (await create(http, persistent(*SERVER, networking=networking)))["id"]
    found = await exposed(http, container)  # it waits for the start
    assert await asked(found) == "hello\n"
    url = f"{CONTAINERS}/{container}/ports"
    assert (await http.get(url)).json() == {"ports": [found]}
    assert (await http.delete(url, params={"port": str(PORT)})).status_code == 200
    assert not listens(found["address"])
    assert (await http.get(url)).json() == {"ports": []}
    refusal(await http.delete(url, params={"port": str(PORT)}), 404, "port_not_exposed")
    again = await exposed(http, container)
    await cancel(http, container)
    await gone(again)


async def test_a_one_shot_has_ports_too(http: httpx.AsyncClient) -> None:
    container = (await create(http, wanted(*SERVER)))["id"]
    assert await asked(await exposed(http, container)) == "hello\n"
    await cancel(http, container)


async def test_a_container_that_has_ended_has_no_ports(http: httpx.AsyncClient) -> None:
    container = (await run(http, "true"))["id"]
    refusal(await expose(http, container), 409, "container_not_running")
    refusal(await http.get(f"{CONTAINERS}/{container}/ports"), 409, "container_not_running")
    refusal(await expose(http, "ctr_none"), 404, "container_not_found")


async def test_a_server_for_commands_of_before(http: httpx.AsyncClient) -> None:
    """The container runs, nobody listens; then somebody does."""
    container = (await create(http, persistent()))["id"]
    await running(http, container)
    found = await exposed(http, container)
    async with httpx.AsyncClient(trust_env=False) as browser:
        with pytest.raises(httpx.TransportError):
            await browser.get(found["url"])
    command = ["sh", "-c", f"echo late > index.html; httpd -p {PORT}"]
    body = {"command": command, "working_directory": "/tmp"}
    answer = await http.post(f"{CONTAINERS}/{container}/exec", json=body)
    assert answer.json()["status"] == "COMPLETED", answer.text
    assert await asked(found) == "late\n"
    await cancel(http, container)
    assert (await ended(http, container))["status"] == "CANCELLED"
