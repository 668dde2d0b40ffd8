"""A server that costs next to nothing: one answer for every request, in a process of its own.

It parses only what it must to know where a request ends.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ANSWER = {
    "data": {
        "session_id": "ses_0123456789abcdef",
        "execution_id": "exec_0123456789abcdef",
        "status": "completed",
        "outputs": [
            {
                "type": "stdout",
                "data": "Hello\n",
                "timestamp": "2025-06-01T12:00:00.123456+00:00",
            }
        ],
        "execution_time_ms": 12,
        "created_at": "2025-06-01T12:00:00.100000+00:00",
    },
    "errors": None,
}


def answer() -> bytes:
    body = json.dumps(ANSWER).encode()
    head = [
        "HTTP/1.1 200 OK",
        "date: Sun, 01 Jun 2025 12:00:00 GMT",
        "server: stub",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "x-request-id: req_0123456789abcdef",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


class Stub(asyncio.Protocol):
    """One connection."""

    ANSWER = answer()

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            _, named, rest = head.partition(b"content-length:")
            end += 4 + (int(rest.partition(b"\r")[0]) if named else 0)
            if len(self._received) < end:
                return
            self._received = self._received[end:]
            self._transport.write(self.ANSWER)


async def serve() -> None:
    """Serves until its stdin is closed, so never longer than who started it."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextmanager
def stub() -> Iterator[str]:
    """The server in a process of its own; gives its address."""
    command = [sys.executable, str(Path(__file__))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve())
