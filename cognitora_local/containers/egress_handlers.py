"""The operations on what containers may reach, by their names in the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response

from ..engine import EngineError
from ..http import egress
from ..http.errors import ApiError
from ..http.request_limits import egress_of
from ..http.requests import Call
from .lazy_engine import engine_unavailable
from .registry import ContainerRegistry


class ContainerEgressHandlers:
    """Says and changes what of the outside a container may reach."""

    def __init__(self, registry: ContainerRegistry) -> None:
        self._registry = registry

    async def get_container_egress(self, call: Call) -> Response:
        container = await self._registry.find_started(call.path["container_id"])
        with told():
            return egress.status(container.egress, await container.refused())

    async def set_container_egress(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        container = await self._registry.find_started(container_id)
        if not (await self._registry.record(container_id)).networking:
            message = f"Container {container_id} has no networking, so there is nothing to let out."
            raise ApiError(409, "no_networking", f"{message} Create another with `networking`.")
        rules = egress_of(call.body, networking=True)
        assert rules is not None
        with told():
            await (await self._registry.engine()).check_egress()
            await container.set_egress(rules)
            return egress.status(container.egress, await container.refused())


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise engine_unavailable(error) from error
