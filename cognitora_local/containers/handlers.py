"""The operations on containers, by their names in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from cognitora_openapi.models import (
    Acknowledgement,
    CollectedGarbage,
    ContainerExecutionsResponse,
    ContainerLogsResponse,
    CostEstimate,
    ExecutionsResponse,
)

from ..http import event_stream
from ..http.disconnect import cancel_on_disconnect
from ..http.errors import bad_request, not_found
from ..http.idempotency import Replay
from ..http.request_limits import egress_of, environment_of, expires_at_of, metadata_of
from ..http.requests import Call
from ..http.responses import model_response
from ..store.containers import ContainerStore
from ..store.models import ContainerRecord
from . import admission, responses
from .log_stream import log_stream
from .prices import MAX_CREDITS, credits_for
from .registry import ContainerRegistry
from .running import log_of

CREATED = 201


class ContainerHandlers:
    """Starts containers, and tells of them."""

    def __init__(self, registry: ContainerRegistry, store: ContainerStore) -> None:
        self._registry = registry
        self._store = store

    def replays(self) -> Mapping[str, Replay]:
        return {"create_container": self.replay_container}

    async def create_container(self, call: Call) -> Response:
        record = admission.container_of(call.body, datetime.now(UTC))
        environment = environment_of(call.body)
        egress = egress_of(call.body, networking=record.networking)
        await self._registry.create(record, environment, call.claim, egress)
        return model_response(responses.created(record), CREATED)

    async def replay_container(self, call: Call, container_id: str) -> Response:
        """What `create_container` has answered to a call before."""
        return model_response(responses.created(await self._registry.record(container_id)), CREATED)

    async def list_containers(self, call: Call) -> Response:
        metadata = metadata_of(call.query.pop("metadata"))
        page = await self._store.containers(metadata=metadata, **call.query)
        containers = [responses.container(each) for each in page.rows]
        return model_response(ExecutionsResponse(executions=containers, next=page.next))

    async def get_container(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        seconds = call.query["wait_seconds"]
        if seconds:
            # Nobody is waited for on behalf of a caller who went away.
            await cancel_on_disconnect(
                call.request.receive, self._wait(container_id, seconds), grace=lambda: 0.0
            )
        return model_response(responses.container(await self._registry.record(container_id)))

    async def update_container(self, call: Call) -> Response:
        running = await self._registry.find_running(call.path["container_id"])
        life_seconds = self._registry.life_seconds
        now = datetime.now(UTC)
        if "expires_at" in call.body:
            expires_at = expires_at_of(call.body, now)
            await running.extend(expires_at, None, life_seconds=life_seconds)
        else:
            seconds = admission.seconds_of(call.body, persistent=True)
            expires_at = now + timedelta(seconds=seconds)
            await running.extend(expires_at, seconds, life_seconds=life_seconds)
        return model_response(responses.update(running.record, now))

    async def cancel_container(self, call: Call) -> Response:
        container_id = call.path["container_id"]
        running = await self._registry.cancel(container_id)
        message = cancellation(await self._registry.record(container_id), before=running is None)
        return model_response(Acknowledgement(success=True, message=message))

    async def get_container_logs(self, call: Call) -> Response:
        record = await self._registry.record(call.path["container_id"])
        if event_stream.wants_events(call.request):
            running = await self._registry.find(record.id)
            main = await self._store.main_command(record.id)
            return log_stream(record, running, main, self._store)
        await self._registry.bring_logs_up_to_date(record.id)
        main = await self._store.main_command(record.id)
        printed = await self._store.outputs.read(log_of(record, main))
        return model_response(ContainerLogsResponse(logs=responses.text_of(printed)))

    async def list_container_executions(self, call: Call) -> Response:
        container = await self._registry.record(call.path["container_id"])
        return await self._page(container_id=container.id, **call.query)

    async def list_all_container_executions(self, call: Call) -> Response:
        return await self._page(**call.query)

    async def get_container_execution(self, call: Call) -> Response:
        execution_id = call.path["execution_id"]
        record = await self._store.command(execution_id)
        if record is None:
            message = f"There is no container execution {execution_id[:80]!r} here. Check the id."
            raise not_found("execution_not_found", message)
        await self._registry.bring_logs_up_to_date(record.container_id)
        return model_response(
            responses.execution(record, await self._store.outputs.read(record.id))
        )

    async def estimate_cost(self, call: Call) -> Response:
        price = credits_for(
            cpu_cores=call.body["cpuCores"],
            memory_mb=call.body["memoryMb"],
            storage_gb=call.body["storageGb"],
            gpu_count=int(call.body["gpuCount"]),
            seconds=call.body["timeoutSeconds"],
        )
        if price > MAX_CREDITS:
            message = "Nobody has so much for so long: give smaller resources, or less time."
            raise bad_request(message)
        return model_response(CostEstimate(estimated_credits=price))

    async def collect_garbage(self, call: Call) -> Response:
        found = await self._registry.collect()
        return model_response(
            CollectedGarbage(
                containers=found.containers, volumes=found.volumes, networks=found.networks
            )
        )

    async def _wait(self, container_id: str, seconds: float) -> None:
        if (running := await self._registry.find(container_id)) is not None:
            await running.ended(seconds)

    async def _page(self, **choice: Any) -> Response:
        """Executions without what they have printed: that may be 10 MiB of each."""
        page = await self._store.commands(**choice)
        executions = [responses.execution(each) for each in page.rows]
        return model_response(ContainerExecutionsResponse(executions=executions, next=page.next))


def cancellation(record: ContainerRecord, *, before: bool) -> str:
    """What became of a cancellation, in a sentence."""
    if not record.ended:
        return f"Container {record.id} is being stopped."
    if before or record.status != "CANCELLED":
        return f"Container {record.id} had ended already: it is {record.status}."
    return f"Container {record.id} is cancelled."
