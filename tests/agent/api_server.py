"""What of an API server tells of pods, and connections to it that go silent."""

from __future__ import annotations

import asyncio
import ctypes
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Any

from aiohttp import web
from kubernetes_asyncio import client

from cognitora_local.concurrency.changes import Changes, wait_for
from cognitora_local.kubernetes.cluster import Cluster

_ATTACH_FILTER, _DROP_ALL = 26, struct.pack("HBBI", 0x06, 0, 0, 0)  # SO_ATTACH_FILTER; BPF_RET 0


class _Streamed:
    """An answer that has begun."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response
        self._silent = False

    def vanish(self) -> None:
        self._silent, transport = True, self._request.transport
        if transport is not None and not transport.is_closing():
            program = ctypes.create_string_buffer(_DROP_ALL)
            drop = struct.pack("HL", 1, ctypes.addressof(program))
            ours = transport.get_extra_info("socket")
            ours.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, drop)

    async def say(self, data: bytes) -> None:
        await self._heard()
        if data:
            await self._response.write(data)

    async def end(self) -> web.StreamResponse:
        await self._heard()
        await self._response.write_eof()
        return self._response

    async def _heard(self) -> None:
        if self._silent:
            await asyncio.Event().wait()


class ApiServer:
    """Lists and watches pods, and tells their one log, as a cluster's does.

    Attributes:
        listed: how often pods were.
        watched: behind which version each watch went on.
        log: what was printed.
    """

    def __init__(self) -> None:
        self.listed = 0
        self.watched: list[str] = []
        self.log = b""
        self._version = 1
        self._pods: dict[str, dict[str, Any]] = {}
        self._told: list[dict[str, Any]] = []
        self._changes = Changes()
        self._open: list[_Streamed] = []

    def add(self, name: str) -> None:
        self.go_on()
        metadata = {"name": name, "resourceVersion": str(self._version)}
        self._pods[name] = {"metadata": metadata, "spec": {}, "status": {}}
        self._told.append({"type": "ADDED", "object": self._pods[name]})

    def go_on(self) -> None:
        """Something becomes of what isn't watched here."""
        self._version += 1
        self._changes.notify()

    def print(self, data: bytes) -> None:
        self.log += data
        self._changes.notify()

    def vanish(self) -> None:
        """As a machine does that has no power. New connections reach another one."""
        for each in self._open:
            each.vanish()

    async def pods(self, request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            self.listed += 1
            pods = list(self._pods.values())
            return web.json_response(
                {"items": pods, "metadata": {"resourceVersion": str(self._version)}}
            )
        behind, seconds = request.query["resourceVersion"], int(request.query["timeoutSeconds"])
        self.watched.append(behind)
        response = await self._answer(request)
        loop = asyncio.get_running_loop()
        deadline, taken = loop.time() + seconds, int(behind)
        while loop.time() < deadline:
            changed = self._changes.next
            for each in self._told:
                if (version := int(each["object"]["metadata"]["resourceVersion"])) > taken:
                    taken = version
                    await response.say(json.dumps(each).encode() + b"\n")
            await wait_for(changed, deadline - loop.time())
        if "allowWatchBookmarks" in request.query:
            metadata = {"resourceVersion": str(self._version), "creationTimestamp": None}
            told = {"type": "BOOKMARK", "object": {"metadata": metadata, "status": {}}}
            await response.say(json.dumps(told).encode() + b"\n")
        return await response.end()

    async def tell_log(self, request: web.Request) -> web.StreamResponse:
        response, told = await self._answer(request), 0
        while True:
            changed = self._changes.next
            await response.say(self.log[told:])
            told = len(self.log)
            await changed.wait()

    async def _answer(self, request: web.Request) -> _Streamed:
        response = web.StreamResponse()
        await response.prepare(request)
        self._open.append(streamed := _Streamed(request, response))
        return streamed


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[ApiServer, Cluster]]:
    """One, and the cluster that it is of."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        server, app = ApiServer(), web.Application()
        pods = "/api/v1/namespaces/default/pods"
        app.add_routes([web.get(pods, server.pods), web.get(pods + "/{name}/log", server.tell_log)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        configuration = client.Configuration(host=f"http://127.0.0.1:{listener.getsockname()[1]}")
        cluster = Cluster(client, configuration, "default")
        stack.push_async_callback(cluster.close)
        yield server, cluster
