"""The operations on processes, wherever they run, by their names in the contract."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import Response

from cognitora_openapi.models import ProcessesResponse, ProcessOutput, ProcessStdin

from ..http.errors import ApiError
from ..http.event_stream import EventStream, event, wants_events
from ..http.requests import Call, FileBody
from ..http.responses import large_response, model_response
from ..sandbox import Terminal
from ..settings import Settings
from ..store.models import ProcessRecord
from . import responses
from .output_stream import PIECES, output_events
from .process import check_given
from .registry import ProcessRegistry


class ProcessHandlers:
    """Tells of processes, and hands on what they are told."""

    def __init__(self, registry: ProcessRegistry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    async def get_process(self, call: Call) -> Response:
        process_id = call.path["process_id"]
        if process := self._registry.live(process_id):
            await process.ended(call.query.get("wait_seconds") or 0)
        return model_response(responses.process(await self._registry.find(process_id)))

    async def get_process_output(self, call: Call) -> Response:
        record = await self._registry.find(call.path["process_id"])
        offset = call.query["offset"]
        if wants_events(call.request):
            return EventStream(self._events(record, offset))
        ended = record.ended  # looked at first: what it has printed is in the records then
        pieces = await self._registry.store.outputs.read(record.id, offset, pieces=PIECES)
        following = pieces[-1].end if pieces else offset
        answer = ProcessOutput(
            pieces=[responses.piece(each) for each in pieces],
            next_offset=following,
            ended=ended and following >= record.output_bytes,
        )
        return await large_response(answer.to_dict())

    async def write_process_stdin(self, call: Call) -> Response:
        record = await self._registry.find(call.path["process_id"])
        process = self._registry.live(record.id)
        pieces = FileBody(call.request, self._settings.max_file_bytes)
        if process is None:
            await check_given(record, call.query["offset"], pieces)
            closed = True
        else:
            await process.write(call.query["offset"], pieces, close=call.query["close"])
            closed = process.stdin_closed or record.ended
        return model_response(ProcessStdin(offset=record.stdin_bytes, closed=closed))

    async def signal_process(self, call: Call) -> Response:
        record = await self._registry.find(call.path["process_id"])
        if process := self._registry.live(record.id):
            await process.signal(signal.Signals[f"SIG{call.body['signal']}"])
        return model_response(responses.process(record))

    async def resize_process(self, call: Call) -> Response:
        record = await self._registry.find(call.path["process_id"])
        if not record.terminal:
            message = "The process has no terminal. Start it with `terminal`."
            raise ApiError(409, "no_terminal", message)
        if process := self._registry.live(record.id):
            await process.resize(Terminal(call.body["rows"], call.body["columns"]))
        return model_response(responses.process(record))

    async def _events(self, record: ProcessRecord, offset: int) -> AsyncIterator[bytes]:
        process = self._registry.live(record.id)
        async for part in output_events(
            self._registry.store.outputs,
            record.id,
            offset,
            changes=None if process is None else process.changes,
            ended=lambda: record.ended,
        ):
            yield part
        async for part in event("end", responses.process(record).to_dict()):
            yield part


async def page(
    registry: ProcessRegistry,
    query: Mapping[str, Any],
    *,
    session_id: str | None = None,
    container_id: str | None = None,
) -> Response:
    """The processes of a session or of a container."""
    found = await registry.page(session_id=session_id, container_id=container_id, **query)
    processes = [responses.process(each) for each in found.rows]
    return model_response(ProcessesResponse(processes=processes, next=found.next))
