"""The ways in which the service misbehaves."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from email.utils import formatdate
from functools import cache
from typing import Any

from tests.facade.server import Behaviour, Received, drip, head, reply, silent
from tests.faults.service import GOOD, Service, good, whole

Answer = Callable[[Service], Behaviour]

NAMED = {"X-Request-Id": "req_fault"}
MIB = 1024 * 1024


def reset(connection: socket.socket) -> None:
    """Ends a connection without a goodbye, when a request has come and before it is read."""
    # Any sooner, it is chance whether the client takes it for a connection that was never made.
    connection.recv(1, socket.MSG_PEEK)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    """Ends a connection before it has brought anything."""
    connection.close()


def keep_quiet(connection: socket.socket) -> None:
    """Says nothing to a connection until its other side gives up."""
    while connection.recv(1000):
        pass
    connection.close()


def say_goodbye(connection: socket.socket) -> None:
    """Ends a connection that has served its call; the client has been told when this returns."""
    connection.shutdown(socket.SHUT_RDWR)


def vanish(connection: socket.socket) -> None:
    """The same, by a reset."""
    reset_now(connection)


def reset_now(connection: socket.socket) -> None:
    """Ends a connection without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # there and then: what reads from it would keep it open


def cut(place: Callable[[bytes], int], *, rudely: bool) -> Answer:
    """The ordinary answer up to some place."""

    def answer(service: Service) -> Behaviour:
        def behave(connection: socket.socket, request: Received) -> None:
            content = whole(request, service.announced)
            connection.sendall(content[: place(content)])
            if rudely:
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise ConnectionAbortedError

        return behave

    return answer


def nowhere(_: bytes) -> int:
    return 0


def in_the_headers(content: bytes) -> int:
    return content.index(b"\r\n\r\n") - 3


def in_the_body(content: bytes) -> int:
    return len(content) - 7


def in_a_chunk(service: Service) -> Behaviour:
    def behave(connection: socket.socket, request: Received) -> None:
        body = json.dumps(good(request)).encode()
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
        headers = {"Transfer-Encoding": "chunked", **service.announced}
        connection.sendall(head(200, headers) + chunk)
        raise ConnectionAbortedError

    return behave


def no_http(_: Service) -> Behaviour:
    def behave(connection: socket.socket, _: Received) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        raise ConnectionAbortedError

    return behave


def nothing(_: Service) -> Behaviour:
    """No answer at all, for as long as anyone waits."""
    return silent


def dripping(service: Service, *, start: bytes = b"", rest: bytes) -> Behaviour:
    return drip(rest, 0.1, over=service.over, first=start)


def slow_headers(service: Service) -> Behaviour:
    return dripping(service, rest=b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 1000)


def slow_body(service: Service) -> Behaviour:
    return dripping(service, start=head(200, {"Content-Length": "1000"}), rest=b" " * 1000)


def close_after(service: Service) -> Behaviour:
    """The ordinary answer, with no word of the connection's end, and the end."""
    return cut(len, rudely=False)(service)


def status(number: int, body: bytes | None = None, **headers: str) -> Answer:
    """An error status: with a JSON error, or with any body."""
    sent = {**NAMED, **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = {"error": f"a {number}"} if body is None else None
    return lambda service: reply(number, data, body=body, headers={**sent, **service.announced})


def later(number: int, value: Callable[[], str], moment: Callable[[], float]) -> Answer:
    """An error status with a `Retry-After`, that is held against the client."""

    def answer(service: Service) -> Behaviour:
        service.ask_not_before(moment())
        sent = {**NAMED, **service.announced, "Retry-After": value()}
        return reply(number, {"error": f"a {number}"}, headers=sent)

    return answer


def in_seconds(number: int, seconds: float) -> Answer:
    return later(number, lambda: f"{seconds:g}", lambda: time.time() + min(seconds, 3600) - 0.001)


def at_a_date(number: int, seconds: int) -> Answer:
    return later(
        number,
        lambda: formatdate(int(time.time()) + seconds, usegmt=True),
        lambda: int(time.time()) + min(seconds, 3600),
    )


def redirect(number: int, *, elsewhere: bool) -> Answer:
    def answer(service: Service) -> Behaviour:
        target = service.elsewhere.url if elsewhere else service.url
        sent = {**NAMED, **service.announced, "Location": f"{target}/other"}
        return reply(number, headers=sent)

    return answer


def success(bodies: Mapping[str, object] | bytes, *, code: int = 200, **headers: str) -> Answer:
    """A 2xx with a body of any kind, or one for each method."""

    def answer(service: Service) -> Behaviour:
        def behave(connection: socket.socket, request: Received) -> None:
            body = bodies
            if not isinstance(body, bytes):
                body = json.dumps(body[request.method]).encode()
            sent = {"Content-Type": "application/json", **NAMED, **service.announced}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            reply(code, body=body, headers=sent)(connection, request)

        return behave

    return answer


def changed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The ordinary answers with other fields in the thing that they are about."""
    bodies = deepcopy(GOOD)
    for thing in (bodies["GET"]["data"]["sessions"][0], bodies["POST"]["data"], bodies["PATCH"]):
        thing.update(fields)
    return bodies


def padded(size: int) -> Answer:
    """The ordinary answer with a field of so many bytes."""

    def answer(_: Service) -> Behaviour:
        def behave(connection: socket.socket, request: Received) -> None:
            before, after = b'{"padding":"', b'",' + json.dumps(GOOD[request.method]).encode()[1:]
            length = len(before) + size + len(after)
            connection.sendall(head(200, {"Content-Length": str(length), **NAMED}) + before)
            for _ in range(size // MIB):
                connection.sendall(b"x" * MIB)
            connection.sendall(after)

        return behave

    return answer


@cache
def _bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * MIB) for _ in range(mebibytes)) + packer.flush()


def bomb(mebibytes: int) -> Answer:
    """A small body that unpacks to a large one."""
    return lambda service: success(_bomb(mebibytes), Content_Encoding="gzip")(service)
