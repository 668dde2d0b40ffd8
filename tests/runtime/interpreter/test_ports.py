"""Servers in sessions, reached through the runtime's machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.addresses import listens
from tests.runtime.conftest import (
    SESSIONS,
    Process,
    Start,
    open_session,
    printed,
    refusal,
    run,
    until,
)

PORT = 8000
SERVER = f"""
import http.server, threading
class Greeter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.headers.get("Upgrade") == "websocket":
            self.wfile.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\n"
                             b"Connection: Upgrade\\r\\n\\r\\n")
            while frame := self.connection.recv(1000):
                self.connection.sendall(frame)
            self.close_connection = True
            return
        said = f"hello {{self.path}}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", {PORT}), Greeter)
threading.Thread(target=server.serve_forever, daemon=True).start()
"""


async def expose(http: httpx.AsyncClient, session: str, port: object = PORT) -> httpx.Response:
    return await http.put(f"{SESSIONS}/{session}/ports", params={"port": str(port)})


async def listed(http: httpx.AsyncClient, session: str) -> list[dict[str, Any]]:
    answer = await http.get(f"{SESSIONS}/{session}/ports")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["ports"]
    return found


async def take_back(http: httpx.AsyncClient, session: str, port: int = PORT) -> httpx.Response:
    return await http.delete(f"{SESSIONS}/{session}/ports", params={"port": str(port)})


async def asked(exposed: dict[str, Any], path: str = "/") -> str:
    async with httpx.AsyncClient(trust_env=False) as browser:
        return (await browser.get(exposed["url"] + path, timeout=30)).text


async def test_a_server_of_a_session_is_reached_until_its_port_is_taken_back(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http)
    assert await listed(http, session) == []
    await run(http, SERVER, session_id=session)
    exposed = (await expose(http, session)).json()
    host, _, number = exposed["address"].partition(":")
    assert exposed == {
        "port": PORT,
        "url": f"http://{host}:{number}",
        "address": f"{host}:{number}",
    }
    assert host == "127.0.0.1"
    assert await asked(exposed, "/there") == "hello /there"
    assert (await expose(http, session)).json() == exposed
    other = (await expose(http, session, 81)).json()
    assert await listed(http, session) == [other, exposed]
    answer = await take_back(http, session)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert not listens(exposed["address"])
    assert await listed(http, session) == [other]
    refusal(await take_back(http, session), 404, "port_not_exposed")
    await http.delete(f"{SESSIONS}/{session}")
    assert not listens(other["address"])


async def test_web_sockets_go_through(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, SERVER, session_id=session)
    host, _, number = (await expose(http, session)).json()["address"].partition(":")
    reader, writer = await asyncio.open_connection(host, int(number))
    async with asyncio.timeout(30):
        writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n")
        writer.write(b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        for _ in range(3):
            frame = b"\x81\x82\0\0\0\0hi"
            writer.write(frame)
            assert await reader.readexactly(len(frame)) == frame
    writer.close()
    await writer.wait_closed()


async def test_a_port_is_exposed_while_code_runs(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    code = SERVER.replace("threading.Thread(target=server.serve_forever, daemon=True).start()", "")
    code += "server.handle_request()\nserver.server_close()"
    running = asyncio.create_task(printed(http, code, session_id=session))
    exposed = (await expose(http, session)).json()

    async def answers() -> bool:
        try:
            return await asked(exposed) == "hello /"
        except httpx.TransportError:
            return False

    await until(answers)
    assert await running == ""


async def test_what_replaces_a_dead_process_has_no_ports(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, SERVER, session_id=session)
    exposed = (await expose(http, session)).json()
    await run(http, "import os; os.kill(os.getpid(), 9)", session_id=session)
    assert await listed(http, session) == []
    assert not listens(exposed["address"])
    await run(http, SERVER, session_id=session)
    assert await asked((await expose(http, session)).json()) == "hello /"


async def test_sessions_have_ports_of_their_own(http: httpx.AsyncClient) -> None:
    sessions = [await open_session(http) for _ in range(2)]
    for name, session in zip("ab", sessions, strict=True):
        await run(http, SERVER.replace("hello", name), session_id=session)
    exposed = [(await expose(http, session)).json() for session in sessions]
    assert [await asked(each) for each in exposed] == ["a /", "b /"]
    assert [await listed(http, session) for session in sessions] == [[each] for each in exposed]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
async def test_what_is_no_port_is_refused(wrong: httpx.AsyncClient, port: str) -> None:
    session = await open_session(wrong)
    sentence = refusal(await expose(wrong, session, port), 400, "invalid_request")
    assert "`port`" in sentence


async def test_a_session_that_isnt_there_has_no_ports(http: httpx.AsyncClient) -> None:
    for answer in (
        await expose(http, "ses_none"),
        await http.get(f"{SESSIONS}/ses_none/ports"),
        await take_back(http, "ses_none"),
    ):
        refusal(answer, 404, "session_not_found")


async def test_there_is_an_end_to_the_ports_of_a_session(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    for port in range(1, 65):
        assert (await expose(http, session, port)).status_code == 200
    answer = await expose(http, session)
    assert "Take one of them back" in refusal(answer, 429, "too_many_ports")
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_ports_end_with_the_runtime(
    start: Start, http_of: Callable[[Process], httpx.AsyncClient], number: int
) -> None:
    runtime = await start("--host", "0.0.0.0")  # they are on the loopback all the same
    async with http_of(runtime) as http:
        session = await open_session(http)
        await run(http, SERVER, session_id=session)
        exposed = (await expose(http, session)).json()
        assert exposed["url"].startswith("http://127.0.0.1:")
        assert await asked(exposed) == "hello /"
    await runtime.stop(number)

    async def is_gone() -> bool:
        return not listens(exposed["address"])

    await until(is_gone)
