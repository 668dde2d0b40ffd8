"""Requests to a container engine, through its socket on this machine."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiodocker import Docker, DockerError

from .attachment import Attachment, attach
from .errors import ContainerGone, EngineError

# 1.40 is what Podman 3 and 4 and Docker since 2019 all speak.
VERSION = "v1.40"
LIBPOD = "v4.0.0/libpod"
HALF_REMOVED = "container not known"
"""What Podman says, with status 500, of a container that it was killed in the midst of removing."""

_SERVER = re.compile(r"(?P<name>Libpod|Docker)/(?P<version>\S+)")
# RuntimeError is what aiohttp raises once the connection was closed on this side.
_NO_ANSWER = (aiohttp.ClientError, RuntimeError)
_ANSWERS_WITHIN = aiohttp.ClientTimeout(total=10)


class Api:
    """A connection to an engine; as many at a time as there are requests.

    Attributes:
        docker: the connection, for what aiodocker knows.
        socket: where the engine answers.
        podman: whether the engine is Podman; Docker otherwise.
        version: the engine's.
        graph: where it keeps containers on this machine, if it is our own.
        exits: where, then, their monitors note down how they have ended.
    """

    docker: Docker
    socket: Path
    podman: bool
    version: str
    graph: Path | None = None
    exits: Path | None = None

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._outputs: set[Attachment] = set()
        # No limit: each container that runs holds a connection, and so does each command in one.
        connector = aiohttp.UnixConnector(str(socket), limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout())
        self.docker = Docker("http://localhost", session=self._session, api_version=VERSION)

    @classmethod
    async def connect(cls, socket: Path) -> Api:
        """Raises EngineError when no engine answers there."""
        try:
            if not stat.S_ISSOCK(socket.stat().st_mode):
                raise EngineError(f"{socket} is no socket.")
        except OSError as error:
            raise EngineError(f"There is no engine at {socket}: {error.strerror}.") from error
        api = cls(socket)
        try:
            with failing(f"The engine at {socket} can't be used"):
                await api._ask_who()
        except BaseException:
            await api.close()
            raise
        return api

    async def close(self) -> None:
        for output in list(self._outputs):
            output.close()
        await self.docker.close()
        await self._session.close()

    async def get(self, path: str, **params: str) -> Any:
        return await self.request("GET", f"{VERSION}/{path}", params=params)

    async def post(self, path: str, body: Any = None, **params: str) -> Any:
        return await self.request("POST", f"{VERSION}/{path}", json=body, params=params)

    async def delete(self, path: str, **params: str) -> None:
        await self.request("DELETE", f"{VERSION}/{path}", params=params)

    async def libpod(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """Podman's own API, for what Docker's doesn't know."""
        return await self.request(method, f"{LIBPOD}/{path}", json=body, params=params)

    async def request(self, method: str, path: str, **rest: Any) -> Any:
        """The answer's JSON, or None. Raises DockerError, status 900 when there is no answer."""
        try:
            async with self._session.request(method, f"http://localhost/{path}", **rest) as answer:
                if answer.status >= 400:
                    raise DockerError(answer.status, await _message(answer))
                if answer.content_type == "application/json":
                    return await answer.json()
                await answer.read()
                return None
        except _NO_ANSWER as error:
            raise DockerError(900, f"it doesn't answer ({error})") from error

    async def attach(
        self, path: str, body: Any = None, *, terminal: bool = False, **params: str
    ) -> Attachment:
        """The standard streams of a container or of a command: the connection turns into them."""
        return await attach(
            self.socket, f"/{VERSION}/{path}", params, body, self._outputs, terminal=terminal
        )

    async def follow(self, path: str, **params: str) -> AsyncIterator[bytes]:
        """The pieces of a multiplexed answer, as they come."""
        url = f"http://localhost/{VERSION}/{path}"
        try:
            async with self._session.get(url, params=params) as answer:
                if answer.status >= 400:
                    raise DockerError(answer.status, await _message(answer))
                while header := await answer.content.read(1):
                    header += await answer.content.readexactly(7)
                    size = int.from_bytes(header[4:], "big")
                    yield await answer.content.readexactly(size)
        except (*_NO_ANSWER, EOFError):
            return  # the engine is gone; whoever asks for the state next is told

    async def _ask_who(self) -> None:
        # Podman takes a third of a second to answer what Docker's clients ask first, /version.
        url = "http://localhost/_ping"
        async with self._session.get(url, timeout=_ANSWERS_WITHIN) as answer:
            found = _SERVER.match(answer.headers.get("Server", ""))
        if found is None:
            raise ValueError("it doesn't say who it is")
        self.podman = found["name"] == "Libpod"
        self.version = found["version"]


@contextmanager
def failing(what: str) -> Iterator[None]:
    """Turns the engine's refusals into EngineErrors, and what says that it isn't there into ContainerGone."""
    try:
        yield
    except DockerError as error:
        if error.status == 404 or HALF_REMOVED in error.message:
            raise ContainerGone(f"{what}: {error.message}") from error
        raise EngineError(f"{what}: {error.message}.") from error
    except (*_NO_ANSWER, TimeoutError, KeyError, ValueError, TypeError, OSError) as error:
        raise EngineError(f"{what}: it gave no proper answer ({error!r}).") from error


async def _message(answer: aiohttp.ClientResponse) -> str:
    text = await answer.text(errors="replace")
    try:
        found = await answer.json()
    except (aiohttp.ClientError, ValueError):
        return text.strip()
    return str(found.get("message", text)) if isinstance(found, Mapping) else text.strip()
