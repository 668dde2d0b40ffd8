"""The ports of a session or container that are exposed, as both halves of the API tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.responses import Response

from cognitora_openapi.models import Acknowledgement, ExposedPort, ExposedPortsResponse

from ..sandbox import SandboxError, TooManyPorts
from .errors import not_found, too_many, unavailable
from .responses import model_response

LOOPBACK = "127.0.0.1"
RETRY_SECONDS = 5  # after which a caller may ask again for a port that there was no room for


class Ports(Protocol):
    """Those of a sandbox or of a container."""

    @property
    def exposed(self) -> Mapping[int, int]: ...

    async def expose(self, port: int) -> int: ...

    async def unexpose(self, port: int) -> bool: ...


async def expose(ports: Ports, port: int) -> Response:
    """Let this machine's programs reach a port.

    Raises:
        ApiError: 429, when there are too many; 503, when it can't be reached.
    """
    try:
        return model_response(exposed_port(port, await ports.expose(port)))
    except TooManyPorts as error:
        message = f"{error} Take one of them back first."
        raise too_many("too_many_ports", message, seconds=RETRY_SECONDS) from error
    except SandboxError as error:
        raise unavailable("port_unavailable", str(error)) from error


def exposed(ports: Ports | None) -> Response:
    """All that are exposed now, by their numbers; None: none is."""
    found = sorted(ports.exposed.items()) if ports is not None else []
    return model_response(ExposedPortsResponse(ports=[exposed_port(*each) for each in found]))


async def unexpose(ports: Ports | None, port: int) -> Response:
    """Take a port back.

    Raises:
        ApiError: 404, when it isn't exposed.
    """
    if ports is None or not await ports.unexpose(port):
        raise not_found("port_not_exposed", f"The port {port} isn't exposed. Nothing to take back.")
    return model_response(Acknowledgement(success=True, message=f"Port {port} is taken back."))


def exposed_port(port: int, number: int) -> ExposedPort:
    address = f"{LOOPBACK}:{number}"
    return ExposedPort(port=port, url=f"http://{address}", address=address)
