from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...identifiers import identifier
from ...models.egress_status import EgressStatus
from ...models.set_egress_request import SetEgressRequest
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def build_request(
    session_id: str,
    *,
    body: SetEgressRequest,
) -> dict[str, Any]:
    """What is sent, as httpx.Client.request takes it."""
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/interpreter/sessions/{session_id}/egress".format(
            session_id=quote(identifier("session_id", session_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EgressStatus:
    from ... import exchange

    return exchange.parsed(client, "set_session_egress", response, EgressStatus.from_dict)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[EgressStatus]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> Response[EgressStatus]:
    """Change what a session may reach

     Says what the session may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        session_id (str): The session's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "set_session_egress",
        build_request,
        session_id=session_id,
        body=body,
    )

    response = exchange.send(client, "set_session_egress", kwargs)

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> EgressStatus:
    """Change what a session may reach

     Says what the session may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        session_id (str): The session's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> Response[EgressStatus]:
    """Change what a session may reach

     Says what the session may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        session_id (str): The session's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        Response[EgressStatus]
    """

    from ... import exchange

    kwargs = exchange.built(
        "set_session_egress",
        build_request,
        session_id=session_id,
        body=body,
    )

    response = await exchange.async_send(client, "set_session_egress", kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SetEgressRequest,
) -> EgressStatus:
    """Change what a session may reach

     Says what the session may reach with networking from now on. It takes the place of what was said
    before; open
    connections to what isn't named any more are broken off.

    Args:
        session_id (str): The session's id.
        body (SetEgressRequest): What may be reached from now on.

    Raises:
        CognitoraError: It failed; see `exchange.send`.

    Returns:
        EgressStatus
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            body=body,
        )
    ).parsed
