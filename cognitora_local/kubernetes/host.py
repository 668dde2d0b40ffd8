"""A cluster, as the start-up probe proved it: sandboxes are its pods."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..concurrency.completion import to_completion
from ..kernel.languages import LANGUAGES, around
from ..sandbox import WARM_SECONDS, Limits, SandboxError, Unsupported
from ..sandbox.bubblewrap import DRIVERS, WORK
from ..sandbox.host import check
from . import manifests, probe, programs, room
from .cluster import MANAGED, Cluster, ClusterError
from .command import PodCommand, start_command, why
from .link import Link, LinkLost, Refused
from .manifests import PREFIX
from .networks import Network, policies, probed
from .options import PodOptions
from .pod import Pod
from .sandbox import PodSandbox
from .warm import NAME, Kind, WarmPods

SPARE_SECONDS = 60 * 60
"""How much longer the cluster leaves a pod than anybody can want it."""

NO_NETWORK = (
    "Networking can't be had: the sandboxes of this cluster have no network (--no-networking). Code that "
    "needs none runs with networking=False, in a session that was created so."
)
NO_NODE = "JavaScript can't be had on this cluster: its image has no node. Use one that has."


class PodHost:
    """A cluster whose pods are sandboxes. Its methods are those of `sandbox.Host`."""

    python = Path("python3")

    def __init__(
        self, cluster: Cluster, options: PodOptions, on_taken_over: Callable[[], None]
    ) -> None:
        """For `probe`, which proves afterwards what this only prepares."""
        self._on_taken_over = on_taken_over
        self._cluster = cluster
        self._options = options
        self._gateway = secrets.token_hex(8)
        self._pods: dict[str, Pod] = {}
        self._path = self._python = ""
        self._node: str | None = None
        self._outside = False
        self._noting: asyncio.Task[None] | None = None
        self._warm: WarmPods | None = None

    @property
    def networks(self) -> Sequence[bool]:
        return (True, False) if self._options.networking else (False,)

    @property
    def life_seconds(self) -> float:
        return self._options.life_seconds

    @property
    def isolation(self) -> dict[str, str]:
        """By what each promise is kept here; "none" and why, for one that is refused."""
        runtime = self._options.runtime_class
        return {
            "sandbox": f"pods of Kubernetes {self._cluster.version}"
            + (f", RuntimeClass {runtime}" if runtime else ""),
            "cgroup": "the limits of containers",
            "network": self._network(),
            "egress": "none: network plugins know addresses and no names",
            "storage": "soft: a pod that writes more is ended by its node some seconds afterwards",
            "containers": "pods, each with a user of its own; storageGb is soft: kept some seconds later",
        }

    def _network(self) -> str:
        if not self._options.networking:
            return "none: the sandboxes of this cluster have none (--no-networking)"
        far = "was" if self._outside else "wasn't"
        return f"NetworkPolicy, chosen at a sandbox's start; the internet {far} reached from one"

    @classmethod
    async def probe(
        cls, options: PodOptions, on_taken_over: Callable[[], None] = lambda: None
    ) -> PodHost:
        """Finds the cluster, and proves by a real pod that it keeps each promise.

        `on_taken_over` is called when another gateway has a pod that was this one's: it was taken for dead.

        Raises SandboxError for one that isn't kept: which, why, and what to do.
        """
        cluster = await Cluster.connect(options.namespace)
        host = cls(cluster, options, on_taken_over)
        try:
            await host._prepare()
            await host._prove()
            host._noting = asyncio.create_task(programs.keep(cluster))
            if options.warm:
                warm = WarmPods(cluster, host._gateway, host._kinds(), options)
                await warm.start()
                host._warm = warm
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
        networking: bool,
    ) -> PodSandbox:
        """Starts `command` in a pod of its own; in that of `folder`, where there is one from before."""
        check(name, environment)
        if networking and not self._options.networking:
            raise Unsupported(NO_NETWORK)
        inside = self._inside
        if (known := self._pods.get(folder.name)) is not None:
            try:
                link = await self._open(known, command, inside(environment))
            except SandboxError as error:
                raise SandboxError(f"{error} Create another session.") from error
            return PodSandbox(known, link, folder, inside(environment))
        try:
            driver = _driver(command, inside(environment))
            taken = await self._take(driver, limits, name, networking=networking)
            if taken is None:
                pod = await self._create(folder.name, limits, name, _network(networking))
                link = await self._open(pod, command, inside(environment))
            else:
                pod, link = taken
                self._pods[folder.name] = pod
        except BaseException:
            await self.remove(folder)
            raise
        return PodSandbox(pod, link, folder, inside(environment))

    async def attach(
        self, address: str, *, limits: Limits, environment: Mapping[str, str], term: int
    ) -> PodSandbox:
        told = json.loads(address)
        pod = Pod(
            *(self._cluster, told["pod"], told["token"], limits, term),
            networking=told["networking"],
            on_taken_over=self._on_taken_over,
        )
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
        try:
            return PodSandbox(pod, link, folder, self._inside(environment))
        except BaseException:
            link.close()
            await to_completion(self.remove(folder))
            raise

    async def remove(self, folder: Path) -> None:
        """Deletes the pod of `folder`, with its files."""
        pod = self._pods.pop(folder.name, None)
        if pod is not None:
            with suppress(ClusterError):  # its agent ends it, as it is heard of no more
                await pod.delete()

    async def close(self) -> None:
        """Deletes all pods of this gateway's."""
        if self._noting is not None:
            self._noting.cancel()
        if self._warm is not None:
            await self._warm.close()
        await asyncio.gather(*(self.remove(Path(key)) for key in list(self._pods)))
        with suppress(ClusterError):
            await self._cluster.delete_pods(f"{manifests.GATEWAY}={self._gateway}")
        await self._cluster.close()

    async def _prepare(self) -> None:
        await programs.note_use(self._cluster)
        await programs.remove_unused(self._cluster)
        for policy in policies(self._options):
            await self._cluster.put_network_policy(policy)
        for phase in ("Succeeded", "Failed"):  # which a killed gateway has left
            await self._cluster.delete_pods(f"{MANAGED}=cognitora", f"status.phase={phase}")

    async def _prove(self) -> None:
        networks = probed(self._options)
        names = [f"probe-{self._gateway}-{network}" for network in networks]
        try:
            async with asyncio.TaskGroup() as creating:
                made = [
                    creating.create_task(self._create(name, probe.LIMITS, "probe", network))
                    for network, name in zip(networks, names, strict=True)
                ]
            pods = [each.result() for each in made]
            addresses = [await pod.addresses() for pod in pods]
            there: dict[Network, probe.Addresses] = dict(zip(networks, addresses, strict=True))
            api = await self._cluster.addresses()
            async with AsyncExitStack() as listening, asyncio.TaskGroup() as asking:
                for pod in pods:
                    await self._listen(pod, listening)
                asked = [
                    asking.create_task(self._ask(pod, probe.order(network, there, api)))
                    for network, pod in zip(networks, pods, strict=True)
                ]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await asyncio.gather(*(self.remove(Path(name)) for name in names))
        for network, each in zip(networks, asked, strict=True):
            found = each.result()
            probe.check(network, found)
            self._node = found["node"]
            self._outside |= network == "outside" and "the outside" in found["reached"]

    async def _listen(self, pod: Pod, until: AsyncExitStack) -> None:
        listener = await until.enter_async_context(self._program(pod, probe.LISTENER))
        if await anext(listener.output, ("stdout", b"")) != ("stdout", probe.LISTENS):
            raise SandboxError("The probe's pod that is to be reached by nobody doesn't listen.")

    async def _ask(self, pod: Pod, order: Mapping[str, Any]) -> dict[str, Any]:
        async with self._program(pod, probe.SOURCE, json.dumps(order)) as running:
            said = b"".join([data async for _, data in running.output])
            return probe.parsed(said, await running.wait())

    @asynccontextmanager
    async def _program(self, pod: Pod, source: str, *arguments: str) -> AsyncIterator[PodCommand]:
        command = ["python3", "-I", "-S", "-u", "-c", source, *arguments]
        running = await start_command(pod, command, WORK, self._inside({}), None, uuid4().hex)
        try:
            yield running
        finally:
            running.close()

    async def _create(self, key: str, limits: Limits, name: str, network: Network) -> Pod:
        options = self._options
        pod = Pod(
            *(self._cluster, f"{PREFIX}{key}", secrets.token_hex(32), limits),
            networking=network != "none",
            on_taken_over=self._on_taken_over,
        )
        self._pods[key] = pod
        labels = {manifests.GATEWAY: self._gateway, NAME: name}
        manifest = self._manifest(pod.name, labels, limits=limits, network=network)
        try:
            await self._cluster.create_pod(manifest)
        except ClusterError as error:
            raise room.refusal(error) from error
        told = await pod.started(options.silence_seconds / 4)
        self._path = self._path or _path(told)
        self._python = str(told["python"])
        return pod

    def _manifest(
        self,
        name: str,
        labels: Mapping[str, str],
        *,
        limits: Limits,
        network: Network,
        driver: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return manifests.pod(
            name,
            labels=labels,
            image=self._options.image,
            limits=limits,
            network=network,
            life_seconds=self._options.life_seconds + int(WARM_SECONDS) + SPARE_SECONDS,
            options=self._options,
            driver=driver,
        )

    def _kinds(self) -> list[Kind]:
        """What warm pods there can be: of each language that can be had, with each network."""
        kinds = []
        for name, language in LANGUAGES.items():
            with suppress(SandboxError):  # its image hasn't what this language needs
                driver = _driver(language.command(self), self._inside(around({})))
                for networking in self.networks:
                    make = partial(
                        self._manifest, limits=Limits(), network=_network(networking), driver=driver
                    )
                    kinds.append(Kind(name, networking, driver, make))
        return kinds

    async def _take(
        self, driver: Mapping[str, Any], limits: Limits, name: str, *, networking: bool
    ) -> tuple[Pod, Link] | None:
        """A warm pod in which this driver runs; None: there is none."""
        if self._warm is None or limits != Limits():
            return None
        kind = self._warm.kind(driver, networking=networking)
        if kind is None:
            return None
        return await self._warm.take(kind, name, self._on_taken_over)

    async def _open(self, pod: Pod, command: Sequence[str], environment: Mapping[str, str]) -> Link:
        spec = _driver(command, environment)
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
            "COGNITORA_SANDBOX_PYTHON": self._python,  # for what is in kernel/drivers
            **environment,
        }


def _network(networking: bool) -> Network:
    return "outside" if networking else "none"


def _driver(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """What an agent is told to start."""
    return {
        "kind": "driver",
        "command": list(command),
        "environment": dict(environment),
        "folder": WORK,
    }


def _path(told: Mapping[str, Any]) -> str:
    """The session's own programs first, then the image's."""
    programs = str(Path(str(told["python"])).parent)
    return f"{WORK}/.local/bin:{DRIVERS}/bin:{programs}:{told['path']}"
