"""Ports of a sandbox that this machine's programs reach: what goes through is what was sent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import struct
from pathlib import Path

import pytest

from cognitora_local.forwarding.carrier import MOST, WIDE
from cognitora_local.sandbox import Limits, SandboxError, TooManyPorts, ports
from tests.sandbox.programs import Start

pytestmark = pytest.mark.asyncio(loop_scope="session")

PORT = 8000
MIB = 2**20
ECHO = """
import threading
def serve(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=echo, args=(client,), daemon=True).start()
def echo(client):
    with client:
        while said := client.recv(2**16):
            client.sendall(said)
"""
SERVER = f"""
server = socket.create_server(("127.0.0.1", {PORT}), backlog=1000)
threading.Thread(target=serve, args=(server,), daemon=True).start()
say()
hear()
"""


async def echoed(number: int, content: bytes) -> bytes:
    """What comes back of what is sent, the end of which is told."""
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        try:
            writer.write(content)
            writer.write_eof()
            return await reader.read(-1)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def is_refused(number: int) -> bool:
    try:
        return await echoed(number, b"?") != b"?"
    except ConnectionError:
        return True


async def test_what_goes_in_comes_out_as_it_was(start: Start) -> None:
    async with start(ECHO + SERVER) as live:
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        assert number == await live.sandbox.ports.expose(PORT)
        assert live.sandbox.ports.exposed == {PORT: number}
        contents = [secrets.token_bytes(size) for size in (0, 1, 3000, MIB, 20 * MIB + 1)]
        assert await asyncio.gather(*(echoed(number, each) for each in contents)) == contents


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
async def test_a_server_may_listen_on_any_of_its_addresses(start: Start, address: str) -> None:
    program = f"""
family = socket.AF_INET6 if ":" in {address!r} else socket.AF_INET
server = socket.create_server(({address!r}, {PORT}), family=family)
say()
serve(server)
"""
    async with start(ECHO + program) as live:
        await live.hear()
        assert await echoed(await live.sandbox.ports.expose(PORT), b"hello") == b"hello"


async def test_a_port_may_be_exposed_before_anybody_listens(start: Start) -> None:
    async with start("hear()\n" + ECHO + SERVER) as live:
        number = await live.sandbox.ports.expose(PORT)
        with pytest.raises(ConnectionError):
            await echoed(number, b"hello")
        live.say(None)
        await live.hear()
        assert await echoed(number, b"hello") == b"hello"


async def test_either_side_may_say_that_it_has_no_more_to_say(start: Start) -> None:
    program = f"""
server = socket.create_server(("127.0.0.1", {PORT}))
say()
client, _ = server.accept()
client.sendall(b"first")
client.shutdown(socket.SHUT_WR)
say(client.recv(100, socket.MSG_WAITALL).decode())
"""
    async with start(program) as live, asyncio.timeout(30):
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        assert await reader.read(-1) == b"first"
        writer.write(b"x" * 100)
        assert await live.hear() == "x" * 100
        writer.close()
        await writer.wait_closed()


async def test_a_connection_that_is_broken_off_is_seen_to_be(start: Start) -> None:
    program = f"""
import struct
server = socket.create_server(("127.0.0.1", {PORT}))
say()
client, _ = server.accept()
client.recv(1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()
client, _ = server.accept()
client.sendall(b"x")
say(tried(client.recv, 1))
"""
    async with start(program) as live, asyncio.timeout(30):
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
        with socket.create_connection(("127.0.0.1", number)) as client:
            client.settimeout(20)
            assert await asyncio.to_thread(client.recv, 1) == b"x"
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert await live.hear() == ["failed", "ECONNRESET"]


async def test_who_doesnt_read_holds_back_who_sends(start: Start) -> None:
    program = f"""
server = socket.create_server(("127.0.0.1", {PORT}))
say()
client, _ = server.accept()
client.settimeout(0.5)
sent, piece = 0, bytes(2**16)
try:
    while sent < 2**30:
        sent += client.send(piece)
except TimeoutError:
    pass
say(sent)
client.close()
"""
    async with start(program) as live:
        await live.hear()
        with socket.create_connection(
            ("127.0.0.1", await live.sandbox.ports.expose(PORT))
        ) as client:
            sent = await live.hear()
            assert 0 < sent < 32 * MIB
            received = 0
            while piece := client.recv(2**20):
                received += len(piece)
        assert received == sent


async def test_all_who_dont_read_hold_little_together(start: Start) -> None:
    """The first connections may have much on its way, the next ones little each."""
    program = f"""
server = socket.create_server(("127.0.0.1", {PORT}))
server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**16)
say()
held = []
while True:
    client, _ = server.accept()
    client.settimeout(0.5)
    held.append(client)
    sent, piece = 0, bytes(2**16)
    try:
        while len(held) in (1, {WIDE + 1}):
            sent += client.send(piece)
    except TimeoutError:
        pass
    say(sent)
"""
    async with start(program) as live, contextlib.AsyncExitStack() as held:
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        sent = []
        for _ in range(WIDE + 1):
            held.enter_context(socket.create_connection(("127.0.0.1", number)))
            sent.append(await live.hear())
        assert sent[0] > 4 * sent[-1] > 0
        assert sent[-1] < 2 * MIB


async def test_connections_beyond_the_most_wait_for_their_turn(start: Start) -> None:
    limits = Limits(processes=2 * MOST)  # it has a thread for each
    async with start(ECHO + SERVER, limits=limits) as live, asyncio.timeout(60):
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        held = []
        for _ in range(MOST):
            reader, writer = await asyncio.open_connection("127.0.0.1", number)
            writer.write(b"x")
            assert await reader.read(1) == b"x"
            held.append(writer)
        waiting = [asyncio.create_task(echoed(number, b"late")) for _ in range(20)]
        done, _ = await asyncio.wait(waiting, timeout=0.2)
        assert not done
        for writer in held:
            writer.close()
        assert await asyncio.gather(*waiting) == [b"late"] * 20


async def test_a_port_that_is_taken_back_is_closed_with_its_connections(start: Start) -> None:
    async with start(ECHO + SERVER) as live, asyncio.timeout(30):
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        other = await live.sandbox.ports.expose(PORT + 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(b"x")
        assert await reader.read(1) == b"x"
        assert await live.sandbox.ports.unexpose(PORT)
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()
        assert await is_refused(number)
        assert live.sandbox.ports.exposed == {PORT + 1: other}
        assert not await live.sandbox.ports.unexpose(PORT)


async def test_a_sandbox_has_so_many_and_no_more(start: Start) -> None:
    async with start("hear()") as live:
        numbers = [await live.sandbox.ports.expose(port) for port in range(1, ports.MOST_PORTS + 1)]
        assert len(set(numbers)) == ports.MOST_PORTS
        with pytest.raises(TooManyPorts):
            await live.sandbox.ports.expose(PORT)
        assert await live.sandbox.ports.unexpose(1)
        await live.sandbox.ports.expose(PORT)


async def test_ports_end_with_the_sandbox(start: Start) -> None:
    async with start(ECHO + SERVER) as live:
        await live.hear()
        number = await live.sandbox.ports.expose(PORT)
        process = live.sandbox.ports._process
        assert process is not None
        await live.sandbox.kill()
        assert process.ended.done()
        assert await is_refused(number)
        assert live.sandbox.ports.exposed == {}
        with pytest.raises(SandboxError, match="it has ended"):
            await live.sandbox.ports.expose(PORT)


async def test_a_program_that_died_is_started_again(start: Start) -> None:
    async with start(ECHO + SERVER) as live:
        await live.hear()
        first = await live.sandbox.ports.expose(PORT)
        process = live.sandbox.ports._process
        assert process is not None
        process.kill()
        await process.wait()
        assert await is_refused(first)
        assert live.sandbox.ports.exposed == {}
        assert await echoed(await live.sandbox.ports.expose(PORT), b"again") == b"again"


async def test_who_stops_waiting_leaves_no_trace(start: Start) -> None:
    async with start(ECHO + SERVER) as live:
        await live.hear()
        asking = asyncio.create_task(live.sandbox.ports.expose(PORT))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await echoed(await live.sandbox.ports.expose(PORT), b"hello") == b"hello"


async def test_the_program_has_no_rights(start: Start) -> None:
    async with start("hear()") as live:
        await live.sandbox.ports.expose(PORT)
        process = live.sandbox.ports._process
        assert process is not None
        lines = Path(f"/proc/{process._process.pid}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines)
        assert "0" not in status["Uid"].split()
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["NoNewPrivs"] == "1"
        open_files = {
            os.readlink(f"/proc/{process._process.pid}/fd/{number}").partition(":")[0]
            for number in os.listdir(f"/proc/{process._process.pid}/fd")
        }
        assert open_files == {"/dev/null", "/memfd", "socket", "anon_inode"}
