"""The operations on the ports of containers, by their names in the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from ..engine import ContainerGone, EngineError
from ..http import ports
from ..http.requests import Call
from .lazy_engine import engine_unavailable
from .registry import ContainerRegistry, not_running

if TYPE_CHECKING:
    from ..engine import Container


class ContainerPortHandlers:
    """Lets this machine's programs reach what listens in a container."""

    def __init__(self, registry: ContainerRegistry) -> None:
        self._registry = registry

    async def expose_container_port(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        try:
            return await ports.expose((await self._find(container_id)).ports, call.query["port"])
        except ContainerGone:
            raise not_running(await self._registry.record(container_id)) from None
        except EngineError as error:
            raise engine_unavailable(error) from error

    async def list_container_ports(self, call: Call) -> Response:
        return ports.exposed((await self._find(call.path["container_id"])).ports)

    async def unexpose_container_port(self, call: Call) -> Response:
        found = (await self._find(call.path["container_id"])).ports
        return await ports.unexpose(found, call.query["port"])

    async def _find(self, container_id: str) -> Container:
        """The container of this id, one-shot or persistent, once it has started.

        Raises:
            ApiError: 404; 409 with the code container_not_running.
        """
        running = await self._registry.find(container_id)
        if running is not None:
            await running.begun()
        if running is None or running.inner is None or running.record.ended or running.asked:
            raise not_running(await self._registry.record(container_id))
        return running.inner
