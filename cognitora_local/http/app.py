"""The ASGI application: who may come in, what each answer carries, and how errors are answered."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import health
from .errors import ApiError, bad_request, error_body, from_exception, unavailable
from .metrics import Metrics
from .responses import json_response

FEATURES = (
    "idempotency, streaming, wait, files, filesystem, after, outputs, ports, "
    "processes, exec, stdin, update, metadata, egress, session_networking"
)
"""The contract's extensions that this runtime honours."""

ONCE = ("Authorization", "Idempotency-Key", "Content-Type")
"""Headers whose values decide what is done: of two, a server before this one might take the other."""

READING = ("GET", "HEAD")

# A refused body is read on for as long as more of it comes, so that its sender sees the refusal.
LINGER_SECONDS = 2.0
LINGER_AT_MOST = 30.0

log = logging.getLogger("cognitora_local")


class App:
    """Authenticates, numbers and answers each request.

    Args:
        keys: by the digest of each API key where its requests go; None: its account isn't ready yet.
        health: what is answered without a key.
        metrics: what counts the requests, if anything does.
        look_again: brings `keys` up to date, where others make some; None: they stay as they are.
    """

    def __init__(
        self,
        keys: Mapping[bytes, ASGIApp | None],
        health: Sequence[Route] = (),
        metrics: Metrics | None = None,
        look_again: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._keys = keys
        self._look_again = look_again
        self._health: ASGIApp = Router(health, redirect_slashes=False)
        self._metrics = metrics
        self._changing: set[asyncio.Task[Any]] = set()  # those that answer what changes something

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} isn't served here")
        exchange = Exchange(Headers(scope=scope), receive, send)
        # The path is matched undecoded: see `PathRoute.dispatch`. "app" makes the router raise its errors.
        path = scope["raw_path"].decode("ascii", "replace")
        scope = {**scope, "path": path, "app": self, "request_id": exchange.request_id}
        try:
            router = self._health
            if path not in health.PATHS:
                router = await self._account(exchange.headers)
                if "connection" in scope.get("state", {}):
                    scope["state"]["connection"].authenticated()
            check_unmistakable(exchange.headers)
            with self._under_way(scope["method"]):
                await router(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            log.info("%s the caller went away", exchange.request_id)
        except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets an answer
            await self._refuse(error, exchange, scope)
        if log.isEnabledFor(logging.INFO):
            told = {
                "request_id": exchange.request_id,
                "method": scope["method"],
                "path": scope["path"],
                "status": exchange.status,
                "milliseconds": round(exchange.elapsed_ms(), 1),
            }
            log.info("%s %s %s -> %s in %s ms", *told.values(), extra={"fields": told})
        if self._metrics is not None and exchange.status is not None:
            operation = scope.get("operation", "none")
            self._metrics.answered(operation, exchange.status, exchange.elapsed_ms() / 1000)

    @property
    def is_changing(self) -> bool:
        """Whether a call is at work that changes something."""
        return bool(self._changing)

    async def finish_calls(self) -> None:
        """Wait until those are answered that have come until now and change something."""
        if self._changing:
            await asyncio.wait(self._changing)

    @contextmanager
    def _under_way(self, method: str) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        if method not in READING:
            self._changing.add(task)
        try:
            yield
        finally:
            self._changing.discard(task)

    async def _account(self, headers: Headers) -> ASGIApp:
        """Where the requests go of the account whose key this is."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise unauthorized("missing_api_key", "There is no API key in this request.")
        given = sha256(key.strip(" \t").encode("latin-1")).digest()  # of the bytes as they came
        # Nobody chooses the digest of a key: the time that this takes tells nothing about those known.
        if given not in self._keys and self._look_again is not None:
            await self._look_again()
        if given not in self._keys:
            raise unauthorized("invalid_api_key", "The API key isn't one of this runtime's keys.")
        if (router := self._keys[given]) is None:
            said = "What the account of this key needs isn't ready yet. Ask again in a moment."
            raise unavailable("account_not_ready", said)
        return router

    async def _refuse(self, error: Exception, exchange: Exchange, scope: Scope) -> None:
        refusal = from_exception(error, exchange.request_id)
        if refusal.status == 500:
            log.error("%s failed", exchange.request_id, exc_info=error)
        if exchange.status is not None:
            raise error  # too late for another answer: the connection is cut, so that it shows
        response = error_response(refusal, exchange.request_id)
        if exchange.body_unread:
            await send_and_linger(response, exchange)
        else:
            await response(scope, exchange.receive, exchange.send)


def router_of(routes: Sequence[Route]) -> ASGIApp:
    return Router(routes, redirect_slashes=False)


class Exchange:
    """One request and its answer: puts the headers that every answer has on this one."""

    def __init__(self, headers: Headers, receive: Receive, send: Send) -> None:
        # Always our own: an id that a caller could choose would be no name for a line of the log.
        self.request_id = f"req_{secrets.token_hex(8)}"
        self.headers = headers
        self.status: int | None = None
        self.body_unread = (
            "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        )
        self._receive = receive
        self._send = send
        self._started = time.perf_counter()

    async def receive(self) -> Message:
        message = await self._receive()
        if not message.get("more_body", False):
            self.body_unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Request-Id", self.request_id)  # it may be another gateway's
            headers["X-Cognitora-Features"] = FEATURES
        await self._send(message)
        if message.get("more_body", False):
            # The server takes what it sends nobody without ever waiting: a body that comes without
            # waiting either would keep the loop to itself, and never hear that its caller is gone.
            await asyncio.sleep(0)

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000


def check_unmistakable(headers: Headers) -> None:
    """Refuse a request that means one thing here and may mean another to a server on its way.

    Raises:
        ApiError: 400.
    """
    if "content-length" in headers and "transfer-encoding" in headers:
        raise bad_request("The body's end is told twice. Send Content-Length or Transfer-Encoding.")
    for name in ONCE:
        if len(headers.getlist(name)) > 1:
            raise bad_request(f"The header {name} is there more than once. Send it once.")
    packing = headers.get("content-encoding") or "identity"
    if packing.lower() != "identity":
        raise bad_request(f"The body is packed ({packing[:80]}). Send it as it is.")


def unauthorized(code: str, message: str) -> ApiError:
    headers = {"WWW-Authenticate": "Bearer", "Connection": "close"}
    advice = "Send one that the runtime was started with, as `Authorization: Bearer <key>`."
    return ApiError(401, code, f"{message} {advice}", headers=headers)


def error_response(error: ApiError, request_id: str) -> Response:
    response = json_response(error_body(error, request_id), error.status)
    response.headers.update(error.headers)
    return response


async def send_and_linger(response: Response, exchange: Exchange) -> None:
    """Answer a request whose body nobody wants, without cutting its sender off.

    A connection that is closed while bytes are still coming in is reset, and the reset can overtake
    the answer. So the answer goes out whole, the rest is read and dropped while it comes, and only
    then is the connection closed.
    """
    response.headers["Connection"] = "close"
    start = {"status": response.status_code, "headers": response.raw_headers}
    await exchange.send({"type": "http.response.start", **start})
    await exchange.send({"type": "http.response.body", "body": response.body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_AT_MOST), asyncio.timeout(LINGER_SECONDS) as silence:
            while exchange.body_unread:
                await exchange.receive()
                silence.reschedule(asyncio.get_running_loop().time() + LINGER_SECONDS)
    await exchange.send({"type": "http.response.body", "body": b""})
