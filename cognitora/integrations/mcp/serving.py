"""Runs a server: by standard input and output, or over HTTP with tokens."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from hashlib import sha256
from typing import Any, Literal

from mcp.server.auth.provider import AccessToken

from ... import CognitoraAsync, InvalidRequestError
from ...config import is_local
from .limits import Limits
from .sandboxes import Callers
from .server import server_for

TOKENS = "COGNITORA_MCP_TOKEN"
"""The variable that has the tokens, spaces between them: all of the machine may read command lines."""
SHORTEST = 16
"""Characters of a token at least."""
END_SECONDS = 5
"""How long open requests may go on when the server is stopped."""


class Tokens:
    """The tokens of a server: who has one is who has it alone."""

    def __init__(self, tokens: Sequence[str]) -> None:
        for token in tokens:
            if len(token) < SHORTEST or not token.isascii() or not token.isprintable():
                raise InvalidRequestError(
                    f"A token must have {SHORTEST} or more visible ASCII characters. "
                    "One that nobody guesses: `openssl rand -hex 32`."
                )
        self._tokens = [token.encode() for token in tokens]

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who has this token; None where nobody has it."""
        given = token.encode(errors="surrogateescape")
        found = [each for each in self._tokens if secrets.compare_digest(each, given)]
        if not found:
            return None
        return AccessToken(token=token, client_id=sha256(found[0]).hexdigest()[:16], scopes=[])


def serve(
    transport: Literal["stdio", "http"] = "stdio",
    *,
    local: bool | None = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    tokens: Sequence[str] | None = None,
    limits: Limits | None = None,
) -> None:
    """Runs a server until its input ends, or it is interrupted.

    Args:
        transport: `"stdio"`, by which a program speaks with a server that it has started, or `"http"`.
        local: Whether sandboxes are made on this machine, by a runtime of the server's own; by default where
            there is no `COGNITORA_API_KEY`.
        host: Where HTTP listens.
        port: The port; 0 for any that is free.
        tokens: What callers send as `Authorization: Bearer …`; each has sessions of its own. By default
            those of the variable `COGNITORA_MCP_TOKEN`, else a new one, which is told on standard error.
        limits: How much each caller may use.

    Raises:
        InvalidRequestError: An argument is wrong.
        CognitoraError: There is no local runtime to be had; the message says why.
    """
    if transport not in ("stdio", "http"):
        raise InvalidRequestError(f"transport must be 'stdio' or 'http', not {transport!r}.")
    on_this_machine = is_local() if local is None else local
    serving = _http(tokens, host, port) if transport == "http" else _stdio
    asyncio.run(_serve(serving, limits or Limits(), local=on_this_machine))


async def _serve(
    serving: Callable[[Callers], Coroutine[Any, Any, None]], limits: Limits, *, local: bool
) -> None:
    """Serves until its input ends, or a signal comes: then it ends by that, once nothing is left."""
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []
    stop = asyncio.Event()

    def end(by: signal.Signals) -> None:
        received.append(by)
        stop.set()

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, end, each)
    async with CognitoraAsync.local() if local else CognitoraAsync() as client:
        callers = Callers(client, limits)
        task = asyncio.create_task(serving(callers))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        await callers.close()
        if task.done():
            task.result()
    if received:
        # A read of standard input can't be called back: it would keep this program for ever.
        signal.signal(received[0], signal.SIG_DFL)
        signal.raise_signal(received[0])


async def _stdio(callers: Callers) -> None:
    await server_for(callers, None).run_stdio_async()


def _http(
    tokens: Sequence[str] | None, host: str, port: int
) -> Callable[[Callers], Coroutine[Any, Any, None]]:
    given = tokens if tokens is not None else os.environ.get(TOKENS, "").split()
    known = given or [secrets.token_urlsafe(32)]
    verifier = Tokens(known)
    try:
        listening = socket.create_server((host, port), family=_family(host))
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "there are 0 to 65535"
        raise InvalidRequestError(f"HTTP can't listen at {host}, port {port}: {why}.") from error

    async def serve_http(callers: Callers) -> None:
        import uvicorn

        app = server_for(callers, verifier).streamable_http_app(
            host=host, max_request_body_size=callers.limits.request_bytes
        )
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=END_SECONDS, lifespan="on"
        )
        shown = f"[{host}]" if ":" in host else host
        if not given:
            _say(f"the token of this server is {known[0]}")
        _say(f"serving at http://{shown}:{listening.getsockname()[1]}/mcp")
        await uvicorn.Server(config).serve(sockets=[listening])

    return serve_http


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _say(what: str) -> None:
    """Tells whoever has started the server: its output is the protocol's."""
    sys.stderr.write(f"cognitora: {what}\n")
    sys.stderr.flush()
