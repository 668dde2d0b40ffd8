"""A Kubernetes cluster, by its API."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ..concurrency.completion import to_completion
from ..sandbox import SandboxError
from .port_forward import PortForward

HEARTBEAT_SECONDS = 15.0
"""Between two pings on a connection into a pod, by which one that leads nowhere any more is found out."""

REQUEST_SECONDS = 30.0
WATCH_SECONDS = 20
"""After so long a watch ends, and another goes on behind it, which asks for no list."""

SILENT_SECONDS = 30.0
"""A watch of which nothing is heard for so long, not even its end, has lost its API server without a word."""

KEEPALIVE = {socket.TCP_KEEPIDLE: 15, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""In seconds, and how often: when a connection is tried that may be silent, and taken for lost."""

BAD_REQUEST, CONFLICT, NOT_FOUND = 400, 409, 404
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
UNPROCESSABLE = 422
"""What a JSON patch is answered whose `test` finds something else."""

NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
"""Where a pod is told in which namespace it is."""

MANAGED = "app.kubernetes.io/managed-by"
"""The label that says that a pod is a sandbox (`cognitora`), or one of the API's containers."""

CONTAINERS = "cognitora-containers"


class ClusterError(Exception):
    """The API server refuses something, or can't be reached: `status` is 0 then.

    Attributes:
        message: why, in its own words; empty where it says nothing.
    """

    def __init__(self, said: str, status: int = 0, message: str = "") -> None:
        super().__init__(said)
        self.status = status
        self.message = message

    @property
    def passes(self) -> bool:
        """Whether it may be otherwise soon: the API server is out of reach, too busy, or broken."""
        return self.status in (0, TOO_MANY_REQUESTS) or self.status >= SERVER_ERROR


class Cluster:
    """One namespace of a cluster. Made by `connect`.

    Attributes:
        namespace: its name.
        version: of the API server.
    """

    def __init__(self, client: Any, configuration: Any, namespace: str) -> None:
        from kubernetes_asyncio import stream

        self.namespace = namespace
        self.version = ""
        self._client = client
        self._api = client.ApiClient(configuration)
        self._sockets = stream.WsApiClient(configuration, heartbeat=HEARTBEAT_SECONDS)
        self._core = client.CoreV1Api(self._api)
        self._networking = client.NetworkingV1Api(self._api)
        self._coordination = client.CoordinationV1Api(self._api)
        self._connecting = client.CoreV1Api(self._sockets)

    @classmethod
    async def connect(cls, namespace: str | None) -> Cluster:
        """The cluster that KUBECONFIG or ~/.kube/config names, else that which this program runs in.

        `namespace`: None for the one that is configured there.

        Raises SandboxError when there is none, or the extra [kubernetes] is missing.
        """
        try:
            from kubernetes_asyncio import client, config
        except ImportError as error:
            raise SandboxError(
                "Sandboxes on Kubernetes need the package kubernetes-asyncio: "
                "pip install 'cognitora[local,kubernetes]'."
            ) from error
        configuration = client.Configuration()
        configuration.connection_pool_maxsize = 0  # without limit: each sandbox has some of its own
        try:
            if "KUBERNETES_SERVICE_HOST" in os.environ and "KUBECONFIG" not in os.environ:
                config.load_incluster_config(client_configuration=configuration)
                configured = NAMESPACE_FILE.read_text("utf-8").strip()
            else:
                await config.load_kube_config(client_configuration=configuration)
                _, active = config.list_kube_config_contexts()
                context = active["context"] if active else {}
                configured = context.get("namespace", "default")
        except (config.ConfigException, OSError) as error:
            raise SandboxError(
                f"There is no Kubernetes cluster to be had: {error}. Set KUBECONFIG to the file that "
                "says where it is, as kubectl has it."
            ) from error
        cluster = cls(client, configuration, namespace or configured)
        try:
            async with cluster._errors("ask for its version"):
                version = client.VersionApi(cluster._api).get_code(_request_timeout=REQUEST_SECONDS)
                cluster.version = (await version).git_version
        except ClusterError as error:
            await cluster.close()
            raise SandboxError(f"The Kubernetes cluster can't be used: {error}.") from error
        return cluster

    async def create_pod(self, manifest: Mapping[str, Any], *, tried: bool = False) -> None:
        """Create a pod; nothing where it is there already, as by a request whose answer was lost.

        `tried`: only see whether it is let. When it is cancelled, it first hears what became of it: a
        pod that came up after its deletion would stay.
        """
        way = {"dry_run": "All"} if tried else {}
        await to_completion(self._create(self._core.create_namespaced_pod, manifest, **way))

    async def put_config_map(self, manifest: Mapping[str, Any]) -> None:
        """Create it; where it is there, have it be annotated as the manifest says."""
        core, metadata = self._core, manifest["metadata"]
        if not await self._create(core.create_namespaced_config_map, manifest):
            async with self._errors("annotate a ConfigMap"):
                await core.patch_namespaced_config_map(
                    metadata["name"],
                    self.namespace,
                    {"metadata": {"annotations": metadata["annotations"]}},
                    _request_timeout=REQUEST_SECONDS,
                )

    async def config_maps(self, labels: str) -> list[Any]:
        async with self._errors("list ConfigMaps"):
            found = await self._core.list_namespaced_config_map(
                self.namespace, label_selector=labels, _request_timeout=REQUEST_SECONDS
            )
        return list(found.items)

    async def delete_config_map(self, name: str) -> None:
        """Remove it; nothing where there is none."""
        async with self._unless("delete a ConfigMap", NOT_FOUND):
            await self._core.delete_namespaced_config_map(
                name, self.namespace, _request_timeout=REQUEST_SECONDS
            )

    async def put_network_policy(self, manifest: Mapping[str, Any]) -> None:
        """Create it, or have it be what the manifest says and no more."""
        networking, name = self._networking, manifest["metadata"]["name"]
        if not await self._create(networking.create_namespaced_network_policy, manifest):
            async with self._errors("replace a NetworkPolicy"):
                await networking.replace_namespaced_network_policy(
                    name, self.namespace, manifest, _request_timeout=REQUEST_SECONDS
                )

    async def pod(self, name: str) -> Any | None:
        """The pod as it is now; None where there is none."""
        try:
            async with self._errors("look at a pod"):
                return await self._core.read_namespaced_pod(
                    name, self.namespace, _request_timeout=REQUEST_SECONDS
                )
        except ClusterError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def lease(self, name: str) -> dict[str, Any] | None:
        """A Lease as it is now; None where there is none."""
        try:
            async with self._errors("look at a Lease"):
                reading = self._coordination.read_namespaced_lease(
                    *(name, self.namespace),
                    _preload_content=False,
                    _request_timeout=REQUEST_SECONDS,
                )
                async with await self._checked(reading) as answer:
                    found: dict[str, Any] = await answer.json()
                    return found
        except ClusterError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def put_lease(self, manifest: Mapping[str, Any]) -> bool:
        """Create it, or replace the version of it that is named; whether nobody was faster."""
        metadata = manifest["metadata"]
        if "resourceVersion" not in metadata:
            return await self._create(self._coordination.create_namespaced_lease, manifest)
        async with self._unless("replace a Lease", CONFLICT, NOT_FOUND) as done:
            await self._coordination.replace_namespaced_lease(
                metadata["name"], self.namespace, manifest, _request_timeout=REQUEST_SECONDS
            )
        return done()

    async def pods(
        self, labels: str, fields: str | None = None
    ) -> tuple[list[dict[str, Any]], str]:
        """The pods with such labels as they are now, and behind which version `changes` goes on."""
        choice = {"label_selector": labels} | ({} if fields is None else {"field_selector": fields})
        async with self._errors("look at pods"):
            listing = self._core.list_namespaced_pod(
                self.namespace,
                _preload_content=False,
                _request_timeout=REQUEST_SECONDS,
                **choice,
            )
            async with await self._checked(listing) as answer:
                found = await answer.json()
        return found["items"], found["metadata"]["resourceVersion"]

    async def changes(self, labels: str, version: str) -> AsyncIterator[dict[str, Any]]:
        """What becomes of pods with such labels, as `object` and `type` (ADDED, MODIFIED or DELETED).

        A BOOKMARK has nothing but the version that all was told up to. It ends now and then. Raises
        ClusterError when it can't go on behind this version.
        """
        async with self._errors("watch pods"):
            watching = self._core.list_namespaced_pod(
                self.namespace,
                label_selector=labels,
                resource_version=version,
                watch=True,
                allow_watch_bookmarks=True,  # the last of them comes before its end
                timeout_seconds=WATCH_SECONDS,
                _preload_content=False,
                _request_timeout=(REQUEST_SECONDS, SILENT_SECONDS),
            )
            async with await self._checked(watching) as answer:
                rest = b""
                async for piece in answer.content.iter_any():
                    *lines, rest = (rest + piece).split(b"\n")
                    for change in map(json.loads, lines):
                        if change["type"] == "ERROR":
                            raise ClusterError(f"pods can't be watched: {change['object']}")
                        yield change

    async def log(
        self, pod: str, opened: Callable[[], None], *, follow: bool
    ) -> AsyncIterator[bytes]:
        """What the one container of a pod has printed; `follow`: and prints, to its end or the connection's.

        `opened` is called once nothing of it can be missed any more.
        """
        async with self._errors("read a pod's log"):
            reading = self._core.read_namespaced_pod_log(
                pod,
                self.namespace,
                follow=follow,
                _preload_content=False,
                _request_timeout=aiohttp.ClientTimeout(None),
            )
            async with asyncio.timeout(REQUEST_SECONDS):
                answer = await self._checked(reading)
            async with answer:
                _keep_alive(answer)  # it may print nothing for days
                opened()
                async for piece in answer.content.iter_any():
                    yield piece

    async def relabel_pod(self, name: str, version: str, labels: Mapping[str, str | None]) -> bool:
        """Change labels of a pod that is as it was in this version; whether it was. None takes one off."""
        patch: list[dict[str, Any]] = [
            {"op": "test", "path": "/metadata/resourceVersion", "value": version}
        ]
        for key, value in labels.items():
            change = {"op": "remove"} if value is None else {"op": "add", "value": value}
            patch.append({**change, "path": f"/metadata/labels/{key.replace('/', '~1')}"})
        lost = (CONFLICT, NOT_FOUND, UNPROCESSABLE)
        async with self._unless("change labels of a pod", *lost) as done:
            await self._core.patch_namespaced_pod(
                name, self.namespace, patch, _request_timeout=REQUEST_SECONDS
            )
        return done()

    async def delete_pod(self, name: str, version: str | None = None) -> None:
        """Have a pod end, unless it isn't as it was in this version; nothing where there is none."""
        only = {} if version is None else {"preconditions": {"resourceVersion": version}}
        async with self._unless("delete a pod", CONFLICT, NOT_FOUND):
            await self._core.delete_namespaced_pod(
                name, self.namespace, body=only, _request_timeout=REQUEST_SECONDS
            )

    async def delete_pods(self, labels: str, fields: str | None = None) -> None:
        """Have all pods with such labels end, of such fields."""
        choice = {"label_selector": labels} | ({} if fields is None else {"field_selector": fields})
        async with self._errors("delete pods"):
            await self._core.delete_collection_namespaced_pod(
                self.namespace, _request_timeout=REQUEST_SECONDS, **choice
            )

    async def port_forward(self, pod: str, port: int) -> PortForward:
        """Connect to a port in a pod. Raises ClusterError."""
        async with self._errors("connect to a pod"):
            connecting = await self._connecting.connect_get_namespaced_pod_portforward(
                pod, self.namespace, ports=port, _preload_content=False
            )
            return PortForward(await connecting)

    async def addresses(self) -> list[tuple[str, int]]:
        """Where the API server is, by IPv4, for others than this machine."""
        server = urlsplit(self._api.configuration.host)
        port = server.port or 443
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            found = await loop.getaddrinfo(server.hostname, port, family=socket.AF_INET)
            ours = {str(each[4][0]) for each in found}
            return [(each, port) for each in sorted(ours) if not ip_address(each).is_loopback]
        return []

    async def close(self) -> None:
        await self._api.close()
        await self._sockets.close()

    async def _checked(self, asking: Awaitable[Any]) -> Any:
        """The answer to a request, to be read; only a good one."""
        answer = await asking
        if answer.status >= BAD_REQUEST:
            said = await answer.text()
            answer.release()
            raise ClusterError(f"the API server says: {said[:1000]}", answer.status)
        return answer

    async def _create(self, create: Any, manifest: Mapping[str, Any], **way: str) -> bool:
        """False: it is there already."""
        what = manifest["kind"]
        try:
            async with self._errors(f"create a {what}"):
                await create(self.namespace, manifest, _request_timeout=REQUEST_SECONDS, **way)
        except ClusterError as error:
            if error.status != CONFLICT:
                raise
            return False
        return True

    @asynccontextmanager
    async def _unless(self, what: str, *statuses: int) -> AsyncIterator[Callable[[], bool]]:
        """Such an answer is none of an error; yields what tells afterwards that there was none."""
        refused = False
        try:
            async with self._errors(what):
                yield lambda: not refused
        except ClusterError as error:
            if error.status not in statuses:
                raise
            refused = True

    @asynccontextmanager
    async def _errors(self, what: str) -> AsyncIterator[None]:
        try:
            yield
        except self._client.ApiException as error:
            why = _message(error.body)
            said = f"the API server doesn't let it {what} ({error.status} {why or error.reason})"
            raise ClusterError(said, int(error.status or 0), why) from error
        except aiohttp.WSServerHandshakeError as error:
            said = f"the API server doesn't let it {what} ({error.status})"
            raise ClusterError(said, error.status) from error
        except (aiohttp.ClientError, OSError, TimeoutError, ssl.SSLError) as error:
            said = f"the API server can't be reached to {what}: {_said(error)}"
            raise ClusterError(said) from error


def _message(body: object) -> str:
    """What an answer of the API server's says that is an error; empty where that can't be told."""
    with suppress(ValueError, TypeError, LookupError):
        return str(json.loads(str(body))["message"])[:1000]
    return ""


def _keep_alive(answer: aiohttp.ClientResponse) -> None:
    """Have reading on fail once the other side is gone without a word."""
    transport = answer.connection.transport if answer.connection else None
    if transport is not None:  # else all of it is here
        ours = transport.get_extra_info("socket")
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE.items():
            ours.setsockopt(socket.IPPROTO_TCP, option, value)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
