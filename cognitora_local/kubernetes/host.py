"""A cluster, as the start-up probe proved it: sandboxes are its pods."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..sandbox import Limits, SandboxError
from ..sandbox.bubblewrap import DRIVERS, WORK
from ..sandbox.host import check
from . import manifests, probe
from .cluster import MANAGED, Cluster, ClusterError
from .command import PodCommand, start_command, why
from .link import Link, LinkLost, Refused
from .options import PodOptions
from .pod import Pod
from .sandbox import PodSandbox

PREFIX = "cognitora-"
"""Of a pod's name; what follows is the name of its work folder."""

NO_STORAGE = (
    "storage_gb can't be kept on Kubernetes: what a pod writes is only bounded afterwards, by its node. "
    "Leave storage_gb out."
)
NO_NODE = "JavaScript can't be had on this cluster: its image has no node. Use one that has."


class PodHost:
    """A cluster whose pods are sandboxes. Its methods are those of `sandbox.Host`."""

    python = Path("python3")

    def __init__(self, cluster: Cluster, options: PodOptions) -> None:
        """For `probe`, which proves afterwards what this only prepares."""
        self._cluster = cluster
        self._options = options
        self._gateway = secrets.token_hex(8)
        self._pods: dict[str, Pod] = {}
        self._path = ""
        self._node: str | None = None

    @property
    def isolation(self) -> dict[str, str]:
        """By what each promise is kept here; "none" and why, for one that is refused."""
        runtime = self._options.runtime_class
        return {
            "sandbox": f"pods of Kubernetes {self._cluster.version}"
            + (f", RuntimeClass {runtime}" if runtime else ""),
            "cgroup": "the limits of containers",
            "network": "none: the sandboxes of this cluster have none",
            "egress": "none: the sandboxes of this cluster have no network",
            "storage": "none: what a pod writes is only bounded afterwards",
            "containers": "pods, each with a user of its own; storageGb is soft: kept some seconds later",
        }

    @classmethod
    async def probe(cls, options: PodOptions) -> PodHost:
        """Finds the cluster, and proves by a real pod that it keeps each promise.

        Raises SandboxError for one that isn't kept: which, why, and what to do.
        """
        cluster = await Cluster.connect(options.namespace)
        host = cls(cluster, options)
        try:
            await host._prepare()
            await host._prove()
        except ClusterError as error:
            await host.close()
            raise SandboxError(f"The Kubernetes cluster can't be used: {error}.") from error
        except BaseException:
            await host.close()
            raise
        return host

    def node(self) -> str:
        """The program that runs JavaScript, inside. Raises SandboxError: there is none."""
        if self._node is None:
            raise SandboxError(NO_NODE)
        return self._node

    async def start(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
    ) -> PodSandbox:
        """Starts `command` in a pod of its own; in that of `folder`, where there is one from before."""
        check(name, environment)
        if limits.storage_gb is not None:
            raise SandboxError(NO_STORAGE)
        inside = self._inside
        if (known := self._pods.get(folder.name)) is not None:
            try:
                link = await self._open(known, command, inside(environment))
            except SandboxError as error:
                raise SandboxError(f"{error} Create another session.") from error
            return PodSandbox(known, link, folder, inside(environment))
        try:
            pod = await self._create(folder.name, limits, name)
            link = await self._open(pod, command, inside(environment))
        except BaseException:
            await self.remove(folder)
            raise
        return PodSandbox(pod, link, folder, inside(environment))

    async def attach(
        self, address: str, *, limits: Limits, environment: Mapping[str, str], tenure: int
    ) -> PodSandbox:
        told = json.loads(address)
        pod = Pod(self._cluster, told["pod"], told["token"], limits, tenure)
        folder = Path(pod.name.removeprefix(PREFIX))
        request = {**pod.credentials, "id": told["driver"]}
        link = Link(pod.dial, request, again=True)
        try:
            await link.open()
        except (Refused, LinkLost) as error:
            raise SandboxError(f"The sandbox can't be taken over: {error}") from error
        pod.link = link
        pod.keep(self._options.silence_seconds / 4)
        self._pods[folder.name] = pod
        return PodSandbox(pod, link, folder, self._inside(environment))

    async def remove(self, folder: Path) -> None:
        """Deletes the pod of `folder`, with its files."""
        pod = self._pods.pop(folder.name, None)
        if pod is not None:
            with suppress(ClusterError):  # its agent ends it, as it is heard of no more
                await pod.delete()

    async def close(self) -> None:
        """Deletes all pods of this gateway's."""
        await asyncio.gather(*(self.remove(Path(key)) for key in list(self._pods)))
        with suppress(ClusterError):
            await self._cluster.delete_pods(f"{manifests.GATEWAY}={self._gateway}")
        await self._cluster.close()

    async def _prepare(self) -> None:
        await self._cluster.create_config_map(manifests.config_map())
        await self._cluster.create_network_policy(manifests.no_network())
        for phase in ("Succeeded", "Failed"):  # which a killed gateway has left
            await self._cluster.delete_pods(f"{MANAGED}=cognitora", f"status.phase={phase}")

    async def _prove(self) -> None:
        names = [f"probe-{self._gateway}-{number}" for number in range(2)]
        try:
            async with asyncio.TaskGroup() as creating:
                made = [
                    creating.create_task(self._create(name, probe.LIMITS, "probe"))
                    for name in names
                ]
            asking, listening = (each.result() for each in made)
            order = probe.order(await asking.addresses(), await listening.addresses())
            async with self._program(listening, probe.LISTENER) as listener:
                if await anext(listener.output, ("stdout", b"")) != ("stdout", probe.LISTENS):
                    raise SandboxError(
                        "The probe's pod that is to be reached by nobody doesn't listen."
                    )
                async with self._program(asking, probe.SOURCE, json.dumps(order)) as running:
                    told = b"".join([data async for _, data in running.output])
                    status = await running.wait()
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await asyncio.gather(*(self.remove(Path(name)) for name in names))
        self._node = probe.check(told, status)

    @asynccontextmanager
    async def _program(self, pod: Pod, source: str, *arguments: str) -> AsyncIterator[PodCommand]:
        command = ["python3", "-I", "-S", "-u", "-c", source, *arguments]
        running = await start_command(pod, command, WORK, self._inside({}), None, uuid4().hex)
        try:
            yield running
        finally:
            running.close()

    async def _create(self, key: str, limits: Limits, name: str) -> Pod:
        options = self._options
        pod = Pod(self._cluster, f"{PREFIX}{key}", secrets.token_hex(32), limits)
        self._pods[key] = pod
        manifest = manifests.pod(
            pod.name,
            labels={manifests.GATEWAY: self._gateway, "cognitora.dev/name": name},
            image=options.image,
            limits=limits,
            runtime_class=options.runtime_class,
            silence_seconds=options.silence_seconds,
            life_seconds=options.life_seconds,
        )
        try:
            await self._cluster.create_pod(manifest)
        except ClusterError as error:
            raise SandboxError(f"The sandbox can't be made: {error}.") from error
        told = await pod.started(options.silence_seconds / 4)
        self._path = self._path or _path(told)
        return pod

    async def _open(self, pod: Pod, command: Sequence[str], environment: Mapping[str, str]) -> Link:
        spec: dict[str, Any] = {
            "kind": "driver",
            "command": list(command),
            "environment": dict(environment),
            "folder": WORK,
        }
        link = Link(pod.dial, {**pod.credentials, "id": uuid4().hex, "spec": spec})
        try:
            await link.open()
        except Refused as error:
            raise SandboxError(f"The sandbox can't be made: {why(error, command, WORK)}") from error
        except LinkLost as error:
            raise SandboxError(f"The sandbox can't be made: {error}") from error
        pod.link = link
        return link

    def _inside(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            "HOME": WORK,
            "TMPDIR": "/tmp",
            "PATH": self._path,
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            **environment,
        }


def _path(told: Mapping[str, Any]) -> str:
    """The session's own programs first, then the image's."""
    programs = str(Path(str(told["python"])).parent)
    return f"{WORK}/.local/bin:{DRIVERS}/bin:{programs}:{told['path']}"
