from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.exposed_port import ExposedPort
from ...types import UNSET, Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    port: int,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""

    params: dict[str, Any] = {}

    params["port"] = port

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/interpreter/sessions/{session_id}/ports".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ExposedPort:
    from ... import exchange

    return exchange.parsed(client, "expose_session_port", response, ExposedPort.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ExposedPort]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Response[ExposedPort]:
    """Expose a port of a session

     Lets a server that listens in the session be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the session's sandbox ends. The server may
    listen on the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        session_id (str): The session's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPort]
    """

    from ... import exchange

    kwargs = exchange.built(
        "expose_session_port",
        build_request,
        session_id=session_id,
        port=port,
    )

    response = exchange.send(client, "expose_session_port", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> ExposedPort:
    """Expose a port of a session

     Lets a server that listens in the session be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the session's sandbox ends. The server may
    listen on the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        session_id (str): The session's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPort
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        port=port,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> Response[ExposedPort]:
    """Expose a port of a session

     Lets a server that listens in the session be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the session's sandbox ends. The server may
    listen on the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        session_id (str): The session's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[ExposedPort]
    """

    from ... import exchange

    kwargs = exchange.built(
        "expose_session_port",
        build_request,
        session_id=session_id,
        port=port,
    )

    response = await exchange.async_send(client, "expose_session_port", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    port: int,
) -> ExposedPort:
    """Expose a port of a session

     Lets a server that listens in the session be reached from outside. TCP goes there, so HTTP and
    WebSockets too, with
    networking off as well, until the port is taken back or the session's sandbox ends. The server may
    listen on the loopback
    or on all addresses. Exposing a port again gives the same address. Nothing needs to listen yet:
    until something does,
    connections are closed at once.

    Args:
        session_id (str): The session's id.
        port (int): The port inside that the server listens on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        ExposedPort
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            port=port,
        )
    ).parsed
