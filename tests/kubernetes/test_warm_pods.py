"""Warm pods, which belong to all gateways of a namespace: taken by one, made anew by one."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cognitora_local.kernel import Kernel
from cognitora_local.kubernetes.cluster import Cluster as Api
from cognitora_local.kubernetes.host import PodHost
from cognitora_local.kubernetes.link import ask
from cognitora_local.kubernetes.options import PodOptions
from cognitora_local.kubernetes.pod import Pod
from cognitora_local.kubernetes.warm import is_ready
from cognitora_local.sandbox import Limits
from scripts.kubernetes.layout import ROOT
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.pods import PYTHON, pod

WARM = "cognitora.dev/warm"
SECONDS = 20.0
"""Of silence, after which pods end."""


class Place:
    """A namespace, and gateways that make pods there."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name

    @asynccontextmanager
    async def gateway(self, **options: Any) -> AsyncIterator[PodHost]:
        usual = {"image": PYTHON, "namespace": self.name, "silence_seconds": SECONDS, "warm": 1}
        if "networking" not in options:
            usual |= {"networking": False, "runtime_class": "isolated"}
        host = await PodHost.probe(PodOptions(**{**usual, **options}))
        try:
            yield host
        finally:
            await host.close()

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        api = await Api.connect(self.name)
        try:
            yield api
        finally:
            await api.close()

    def pods(self, labels: str = WARM) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cluster.get("-n", self.name, "pods", "-l", labels)[
            "items"
        ]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def ready(self, labels: str = WARM) -> set[str]:
        """The names of warm pods that can be taken."""
        return {pod["metadata"]["name"] for pod in self.pods(labels) if is_ready(pod)}

    async def warmed(self, count: int = 1, labels: str = WARM) -> set[str]:
        """The same, once there are so many."""
        await holds(lambda: len(self.ready(labels)) == count)
        return self.ready(labels)

    def holder(self) -> str:
        lease = self.cluster.get("-n", self.name, "lease", "cognitora-warm")
        return str(lease["spec"]["holderIdentity"])


async def holds(condition: Callable[[], bool], within_s: float = 120) -> None:
    await asyncio.to_thread(until, condition, within_s)


@pytest.fixture
def gateways(cluster: Cluster, place: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    return Place(cluster, place)


async def started(
    host: PodHost, language: str = "python", *, networking: bool = False, limits: Limits = Limits()
) -> Kernel:
    return await Kernel.start(
        host,
        language=language,
        folder=Path(uuid4().hex),
        limits=limits,
        environment={},
        name="test",
        networking=networking,
    )


def pod_of(kernel: Kernel) -> str:
    assert kernel.address is not None
    name: str = kernel.address.split('"pod": "')[1].split('"')[0]
    return name


async def works(kernel: Kernel, code: str = "print(6 * 7)") -> None:
    usual: dict[str, Any] = {"timeout_seconds": 60, "environment": {}}
    outcome = await kernel.execute(code, networking=kernel.networking, **usual)
    assert [output.data for output in outcome.outputs] == ["42\n"], outcome


async def test_one_of_many_claims_wins_and_those_that_lose_go_on(gateways: Place) -> None:
    async with gateways.gateway(warm=2) as one, gateways.gateway(warm=2) as other:
        warm = await gateways.warmed(2)
        name = sorted(warm)[0]
        version = gateways.cluster.get("-n", gateways.name, "pod", name)["metadata"][
            "resourceVersion"
        ]
        async with gateways.api() as api:
            claims = [api.relabel_pod(name, version, {WARM: None}) for _ in range(6)]
            assert sorted(await asyncio.gather(*claims)) == [False] * 5 + [True]
            await api.delete_pod(name)
        warm = await gateways.warmed(2)
        kernels = await asyncio.gather(*(started(host) for host in (one, other) * 3))
        names = [pod_of(kernel) for kernel in kernels]
        assert len(set(names)) == 6
        assert warm <= set(names)  # the others are new ones, or were made meanwhile
        for kernel in kernels:
            await works(kernel)
            await kernel.close()
        assert not set(names) & await gateways.warmed(2)  # what was used doesn't come back
    await holds(lambda: not gateways.pods("app.kubernetes.io/managed-by=cognitora"))


async def test_pods_that_change_while_their_gateway_ends_go_too(
    gateways: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = set[str]()
    delete = Api.delete_pod

    async def delete_what_has_changed(api: Api, name: str, version: str | None = None) -> None:
        change = {"changed": "meanwhile"}  # as one does that becomes ready
        first = version is not None and name not in changed
        if first and await api.relabel_pod(name, version or "", change):
            changed.add(name)
        await delete(api, name, version)

    async with gateways.gateway(warm=3):
        warm = await gateways.warmed(3)
        monkeypatch.setattr(Api, "delete_pod", delete_what_has_changed)
    assert changed == warm
    assert not gateways.pods()  # not even one that has ended, which would stay as an object


async def test_what_was_to_be_created_is_there_once_its_cancelling_is_over(
    gateways: Place,
) -> None:
    async with gateways.api() as api:
        creating = asyncio.create_task(api.create_pod(pod("cancelled")))
        await asyncio.sleep(0)
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating
        assert await api.pod("cancelled") is not None  # else it might come up after it was deleted


async def test_another_refills_when_the_owner_is_killed(gateways: Place) -> None:
    program = (
        "import asyncio, sys\n"
        "from cognitora_local.kubernetes.host import PodHost, PodOptions\n"
        "async def main():\n"
        "    host = await PodHost.probe(PodOptions(image=sys.argv[1], namespace=sys.argv[2],\n"
        f"        networking=False, runtime_class='isolated', warm=1, silence_seconds={SECONDS}))\n"
        "    await asyncio.sleep(10**6)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-P", "-c", program, PYTHON, gateways.name]
    owner = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        left = await gateways.warmed()
        first = gateways.holder()
        async with gateways.gateway() as other:
            owner.kill()
            kernel = await started(other)
            assert {pod_of(kernel)} == left  # it goes on being of use
            await works(kernel)
            await gateways.warmed()
            assert gateways.holder() not in ("", first)
            assert left.isdisjoint(gateways.ready())
            await kernel.close()
    finally:
        if owner.returncode is None:
            owner.kill()
        await owner.wait()
    await holds(lambda: not gateways.pods())


async def test_a_pod_of_a_lost_node_is_not_taken(gateways: Place) -> None:
    cluster = gateways.cluster
    async with gateways.gateway(warm=3) as one:
        await gateways.warmed(3)
        node = gateways.pods()[0]["spec"]["nodeName"]
        there = {p["metadata"]["name"] for p in gateways.pods() if p["spec"]["nodeName"] == node}
        cluster.kill_node(int(node.removeprefix("n")))
        try:
            # As long as the cluster doesn't know, their agents don't answer.
            kernels = await asyncio.gather(*(started(one) for _ in range(3)))
            for kernel in kernels:
                await works(kernel)
                assert pod_of(kernel) not in there
            cluster.wait(f"node/{node}", "condition=Ready=Unknown")
            await holds(lambda: there.isdisjoint(gateways.ready()))
            await gateways.warmed(3)
            for kernel in kernels:
                await kernel.close()
        finally:
            cluster.start_node(int(node.removeprefix("n")))
            cluster.wait(f"node/{node}", "condition=Ready")


async def test_languages_networks_and_runtime_classes_are_kept_apart(gateways: Place) -> None:
    language, network = "cognitora.dev/language", "cognitora.dev/network"
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(gateways.gateway(networking=True))
        await gateways.warmed(1, f"{language}=python,{network}=outside")
        assert len(gateways.pods()) == 1
        for kernel in (
            await started(one, "bash", networking=False),
            await started(one, networking=False),
        ):
            assert "warm" not in pod_of(kernel)
            await kernel.close()
        bash = await gateways.warmed(1, f"{language}=bash,{network}=none")
        none = await gateways.warmed(1, f"{language}=python,{network}=none")
        outside = await gateways.warmed(1, f"{language}=python,{network}=outside")
        assert len(gateways.pods()) == 3
        other = await stack.enter_async_context(gateways.gateway())  # of a RuntimeClass
        kernel = await started(other, networking=False)
        assert "warm" not in pod_of(kernel)
        await kernel.close()
        for name, networking, expected in (
            ("bash", False, bash),
            ("python", False, none),
            ("python", True, outside),
        ):
            kernel = await started(one, name, networking=networking)
            assert {pod_of(kernel)} == expected
            assert kernel.networking is networking
            await works(kernel, "echo 42" if name == "bash" else "print(42)")
            await kernel.close()
        more = await started(one, networking=False, limits=Limits(memory_mb=300))
        assert "warm" not in pod_of(more)
        await more.close()


async def test_a_pod_that_was_tampered_with_is_not_taken(gateways: Place) -> None:
    async with gateways.gateway() as one:
        [name] = await gateways.warmed()
        labels = ("-n", gateways.name, "label", "--overwrite", "pod", name)
        gateways.cluster.kubectl(*labels, "cognitora.dev/network=open")
        kernel = await started(one)
        assert pod_of(kernel) != name
        await kernel.close()
        [name] = (await gateways.warmed()) - {name}
        # Somebody has asked it for something, and so could have left something there.
        async with gateways.api() as api:
            asked = Pod(api, name, secrets.token_hex(32), Limits(), networking=False)
            stream, _ = await ask(asked.dial, op="tell", **asked.credentials)
            stream.close()
        kernel = await started(one)
        assert pod_of(kernel) != name
        await works(kernel)
        await kernel.close()
        await holds(lambda: name not in {pod["metadata"]["name"] for pod in gateways.pods()})


async def test_a_pod_of_another_version_is_not_taken_and_goes(gateways: Place) -> None:
    async with gateways.gateway() as one:
        [name] = await gateways.warmed()
        made = gateways.cluster.get("-n", gateways.name, "pod", name)
        spec = made["spec"]
        del spec["nodeName"]
        spec["volumes"] = [v for v in spec["volumes"] if v["name"] != "programs"]
        [container] = spec["containers"]
        mounts = container["volumeMounts"]
        container["volumeMounts"] = [m for m in mounts if m["name"] != "programs"]
        container["command"] = ["sleep", "100000"]
        metadata = {"name": "cognitora-warm-other", "labels": made["metadata"]["labels"]}
        other = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        gateways.cluster.create(other, namespace=gateways.name)
        await holds(lambda: {p["metadata"]["name"] for p in gateways.pods()} == {name})
        kernel = await started(one)
        assert pod_of(kernel) == name
        await kernel.close()


async def test_a_gateway_that_is_killed_between_claim_and_use_leaves_nothing(
    gateways: Place,
) -> None:
    program = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from cognitora_local.kernel import Kernel\n"
        "from cognitora_local.kubernetes import warm\n"
        "from cognitora_local.kubernetes.host import PodHost, PodOptions\n"
        "from cognitora_local.sandbox import Limits\n"
        "async def die(*_):\n"
        "    os.kill(os.getpid(), 9)\n"
        "warm.WarmPods._open = die\n"
        "async def main():\n"
        "    host = await PodHost.probe(PodOptions(image=sys.argv[1], namespace=sys.argv[2],\n"
        "        networking=False, runtime_class='isolated', warm=1, silence_seconds=10))\n"
        "    await Kernel.start(host, language='python', folder=Path('f'), limits=Limits(),\n"
        "        environment={}, name='test', networking=False)\n"
        "asyncio.run(main())\n"
    )
    async with gateways.gateway(silence_seconds=10):
        warm = await gateways.warmed()
        command = [sys.executable, "-P", "-c", program, PYTHON, gateways.name]
        killed = await asyncio.to_thread(
            subprocess.run, command, cwd=ROOT, env=os.environ, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        taken = gateways.pods(f"!{WARM},cognitora.dev/name=test")
        assert {pod["metadata"]["name"] for pod in taken} == warm
        await holds(lambda: not gateways.pods(f"!{WARM}"))
        assert warm.isdisjoint(await gateways.warmed())
