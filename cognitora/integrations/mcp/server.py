"""The server: its tools, and what clients are told of them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from mcp.server import MCPServer
from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from ... import CognitoraError, __version__
from ..gone import is_gone
from .code import RUN_CODE, RUN_COMMAND, CodeTools
from .containers import ContainerTools
from .files import FileTools
from .limits import Limits
from .processes import ProcessTools
from .sandboxes import Callers

if TYPE_CHECKING:
    from ... import CognitoraAsync

P = ParamSpec("P")
T = TypeVar("T")

INSTRUCTIONS = (
    "Runs code, commands and containers in sandboxes that are closed off from this machine. Code runs in "
    "sessions, which keep variables and files; a session is made when it is first named. Other tools work "
    "on the files, processes and ports of a session, or of a container where one is named."
)
READS = ToolAnnotations(read_only_hint=True)
ENDS = ToolAnnotations(destructive_hint=True)
DOES = ToolAnnotations(destructive_hint=False)


def make_server(
    client: CognitoraAsync, limits: Limits | None = None, *, verifier: TokenVerifier | None = None
) -> MCPServer[Callers]:
    """A server whose tools run code, commands and containers.

    What its callers have left open is ended when it stops. `client` isn't closed.

    Args:
        client: What the sandboxes are made by.
        limits: How much each caller may use.
        verifier: Over HTTP, what says who has which token; each has sessions and containers of its own.

    Returns:
        The server: `run_stdio_async()`, or `streamable_http_app()`.
    """
    return server_for(Callers(client, limits or Limits()), verifier)


def server_for(callers: Callers, verifier: TokenVerifier | None) -> MCPServer[Callers]:
    """A server for callers that are known to who asks for it."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Callers]) -> AsyncGenerator[Callers]:
        try:
            yield callers
        finally:
            await callers.close()

    server = MCPServer(
        "cognitora",
        title="Cognitora",
        instructions=INSTRUCTIONS,
        version=__version__,
        lifespan=lifespan,
        token_verifier=verifier,
        auth=_auth() if verifier else None,
        log_level="WARNING",
    )
    _add_tools(server, callers)
    return server


def _auth() -> AuthSettings:
    # Tokens are given out by whoever runs the server: nobody issues them by OAuth.
    return AuthSettings.model_validate(
        {"issuer_url": "http://localhost", "resource_server_url": None, "required_scopes": []}
    )


def _add_tools(server: MCPServer[Callers], callers: Callers) -> None:
    code, files = CodeTools(callers), FileTools(callers)
    containers, processes = ContainerTools(callers), ProcessTools(callers)
    tools: list[tuple[Callable[..., Awaitable[object]], ToolAnnotations, str | None]] = [
        (code.run_code, DOES, RUN_CODE),
        (code.run_command, DOES, RUN_COMMAND),
        (code.list_sessions, READS, None),
        (code.close_session, ENDS, None),
        (files.upload_file, ENDS, None),
        (files.download_file, READS, None),
        (files.list_files, READS, None),
        (processes.start_process, DOES, None),
        (processes.read_process, READS, None),
        (processes.write_process, DOES, None),
        (processes.stop_process, ENDS, None),
        (processes.list_processes, READS, None),
        (processes.expose_port, DOES, None),
        (processes.list_ports, READS, None),
        (processes.unexpose_port, DOES, None),
        (containers.run_container, DOES, None),
        (containers.start_container, DOES, None),
        (containers.run_in_container, DOES, None),
        (containers.list_containers, READS, None),
        (containers.stop_container, ENDS, None),
    ]
    for tool, hints, description in tools:
        told = description or inspect.cleandoc(tool.__doc__ or "")
        server.add_tool(_told(tool, callers), description=told, annotations=hints)


def _told(tool: Callable[P, Awaitable[T]], callers: Callers) -> Callable[P, Awaitable[T]]:
    """A tool whose errors the model reads: they say what was wrong and what to do."""

    @functools.wraps(tool)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await tool(*args, **kwargs)
        except CognitoraError as error:
            told = [str(error), *getattr(error, "__notes__", [])]
            if is_gone(error):
                ended = await callers.now().forget_ended()
                told += [f"The {name} has ended, with all that was in it." for name in ended]
            raise ToolError("\n".join(told)) from error

    return call
