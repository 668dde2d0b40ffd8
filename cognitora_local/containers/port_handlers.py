"""The operations on the ports of containers, by their names in the contract."""

from __future__ import annotations

from starlette.responses import Response

from ..engine import ContainerGone, EngineError
from ..http import ports
from ..http.requests import Call
from .lazy_engine import engine_unavailable
from .refusals import not_running
from .registry import ContainerRegistry


class ContainerPortHandlers:
    """Lets this machine's programs reach what listens in a container."""

    def __init__(self, registry: ContainerRegistry) -> None:
        self._registry = registry

    async def expose_container_port(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        try:
            return await ports.expose(
                (await self._registry.find_started(container_id)).ports, call.query["port"]
            )
        except ContainerGone:
            raise not_running(await self._registry.record(container_id)) from None
        except EngineError as error:
            raise engine_unavailable(error) from error

    async def list_container_ports(self, call: Call) -> Response:
        return ports.exposed((await self._registry.find_started(call.path["container_id"])).ports)

    async def unexpose_container_port(self, call: Call) -> Response:
        found = (await self._registry.find_started(call.path["container_id"])).ports
        return await ports.unexpose(found, call.query["port"])
