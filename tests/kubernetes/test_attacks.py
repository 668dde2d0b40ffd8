"""Attacks from inside pods, on gateways that are pods as well, as the chart has them, and their database."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from cognitora import Cognitora
from scripts.kubernetes.layout import API_ADDRESS, API_SERVICE, METADATA, OUTSIDE
from tests import helm
from tests.images import services
from tests.kubernetes import attacks, outside
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.images import GATEWAY, gateway
from tests.kubernetes.pods import PYTHON, pod
from tests.runtime.conftest import EXECUTE, SESSIONS
from tests.runtime.test_accounts import CONTAINERS, KEYS, digest, everything, nothing_is_told

HOME = "attacked"
POSTGRESQL = "docker.io/library/postgres:15"
NODES = {"n1": "10.250.0.11", "n2": "10.250.0.12", "n3": "10.250.0.13"}
NODE_PORT = 30080
SERVES = ("python3", "-m", "http.server")
NO_RIGHTS = " ".join(["0" * 16] * 3 + ["1", "2"])


@dataclass(frozen=True)
class Scene:
    """Two gateways, and what else there is.

    Attributes:
        urls: where each of them is reached from outside of the cluster.
        targets: what code wants to reach: each with its address and port.
    """

    urls: list[str]
    targets: list[tuple[str, str, int]]

    def client(self, name: str = "alice", number: int = 0) -> Cognitora:
        return Cognitora(KEYS[name], self.urls[number], timeout=150)


@pytest.fixture(scope="module")
def scene(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with ExitStack() as stack:
        pages = tmp_path_factory.mktemp("outside")
        stack.enter_context(outside.there_is(cluster, pages))
        cluster.load(gateway(), GATEWAY)
        cluster.load(services.postgres(), POSTGRESQL)
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}})
        stack.callback(_removed, cluster)
        until(lambda: cluster.tried("-n", HOME, "get", "serviceaccount", "default").returncode == 0)
        database = _made(cluster, _database())
        url = f"postgresql://postgres@{database}/postgres"
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "records"}}
        cluster.create({**secret, "stringData": {"url": url}}, namespace=HOME)
        accounts = "\n".join(
            f'[{name}]\napi_keys = ["{digest(key)}"]' for name, key in KEYS.items()
        )
        values = {
            "accounts": {"toml": accounts},
            "replicas": 2,
            "database": {"existingSecret": "records"},
            "image": {"pullPolicy": "Never"},
            "sandboxes": {"image": PYTHON},
            "extraArguments": ["--warm-kernels=0"],
        }
        place = {"kubeconfig": str(cluster.kubeconfig), "namespace": HOME}
        helm.run("install", values=values, **place)
        stack.callback(helm.run, "uninstall", **place)
        cluster.kubectl("-n", HOME, "rollout", "status", "deployment/cognitora", within_s=300)
        label = "app.kubernetes.io/name=cognitora"
        gateways = cluster.get("-n", HOME, "pods", "-l", label)["items"]
        names = [each["metadata"]["name"] for each in gateways]
        forwarded = [cluster.forwarded(f"pod/{each}", 8700, namespace=HOME) for each in names]
        urls = [stack.enter_context(each) for each in forwarded]
        told = [(f"gateway {n}", each["status"]["podIP"], 8700) for n, each in enumerate(gateways)]
        for name in ("n1", "n2"):
            command = [*cluster.inside(name), *SERVES, str(NODE_PORT), "--directory", "/tmp"]
            served = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            stack.callback(served.kill)
        told += [("the database", database, 5432), ("the API server", API_ADDRESS, 6443)]
        told += [("the API's Service", API_SERVICE, 443), ("metadata", METADATA, 80)]
        ports = {"kubelet": 10250, "kubelet, readable": 10255, "port of a node": NODE_PORT}
        for node, address in NODES.items():
            told += [(f"{node}'s {what}", address, port) for what, port in ports.items()]
        told.append(("the outside", OUTSIDE, 80))
        yield Scene(urls, told)


def _removed(cluster: Cluster) -> None:
    cluster.kubectl("delete", "namespace", HOME, "--wait=false")


def _database() -> dict[str, Any]:
    """PostgreSQL that trusts whoever reaches it."""
    rules = "/tmp/rules"
    command = f"echo host all all all trust >{rules}; chmod 644 {rules}; exec entrypoint postgres"
    command += f" -c listen_addresses=* -c jit=off -c hba_file={rules}"
    made = pod("database", "sh", "-c", command, image=POSTGRESQL)
    made["spec"]["containers"][0]["readinessProbe"] = {"tcpSocket": {"port": 5432}}
    return made


def _made(cluster: Cluster, described: dict[str, Any]) -> str:
    """A pod that is there: its address."""
    name = described["metadata"]["name"]
    cluster.create(described, namespace=HOME)
    cluster.wait(f"pod/{name}", "condition=Ready", namespace=HOME)
    address: str = cluster.get("-n", HOME, "pod", name)["status"]["podIP"]
    return address


@pytest.fixture(scope="module")
def neighbour(scene: Scene, cluster: Cluster) -> Iterator[str]:
    """The address of another account's sandbox, which nothing reaches."""
    with scene.client("bob") as client, client.code_interpreter.session() as session:
        session.run_python(attacks.NEIGHBOUR).raise_for_error()
        label = f"cognitora.dev/name={session.id}"
        [found] = cluster.get("pods", "--all-namespaces", "-l", label)["items"]
        yield found["status"]["podIP"]
        assert session.run_python("heard").text == "[]"


@pytest.fixture(scope="module")
def targets(scene: Scene, cluster: Cluster, neighbour: str) -> list[tuple[str, str, int]]:
    """All that there is, the neighbour too; other pods reach what listens there."""
    targets = [*scene.targets, ("another sandbox", neighbour, 8000)]
    program = "import os\nos.environ['TARGETS'] = os.sys.argv[1]\n" + attacks.REACHED
    command = ["python3", "-c", program, json.dumps(targets)]
    found = set[str]()
    for node in (1, 2):  # of its own node the tests' plugin lets a pod reach nothing
        name = f"another-{node}"
        cluster.create(pod(name, image=PYTHON, node=node), namespace=HOME)
        cluster.wait(f"pod/{name}", "condition=Ready", namespace=HOME)
        found |= set(json.loads(cluster.run(name, *command, namespace=HOME)))
    assert found >= {name for name, *_ in scene.targets}
    return targets


def in_a_session(client: Cognitora, code: str, networking: bool, environment: Any) -> str:
    with client.code_interpreter.session(networking=networking, environment=environment) as session:
        return session.run_python(code).stdout


def in_a_process(client: Cognitora, code: str, networking: bool, environment: Any) -> str:
    with client.code_interpreter.session(networking=networking) as session:
        command = ["python3", "-c", code]
        return session.start(command, environment=environment).communicate(timeout=120).stdout


def in_a_one_shot(client: Cognitora, code: str, networking: bool, environment: Any) -> str:
    run = client.code_interpreter.run_python
    return run(code, networking=networking, environment=environment).stdout


def in_a_container(client: Cognitora, code: str, networking: bool, environment: Any) -> str:
    with client.containers.container(PYTHON, 1, 128, 50, networking=networking) as box:
        return str(box.run(["python3", "-c", code], environment=environment).stdout)


def in_a_container_s_command(
    client: Cognitora, code: str, networking: bool, environment: Any
) -> str:
    command, options = ["python3", "-c", code], {"environment": environment}
    made = client.containers.create_container(
        PYTHON, command, 1, 128, 50, networking=networking, **options
    )
    client.containers.wait_for_completion(made.id, 150)
    return client.containers.get_container_logs(made.id)


PLACES = (
    in_a_session,
    in_a_process,
    in_a_one_shot,
    in_a_container,
    in_a_container_s_command,
)
SHORT = ((in_a_session, True), (in_a_container, False))
Place = Callable[[Cognitora, str, bool, Any], str]


@pytest.mark.parametrize(
    ("place", "networking"),
    [
        pytest.param(place, networking, marks=[pytest.mark.short] * ((place, networking) in SHORT))
        for place in PLACES
        for networking in (True, False)
    ],
    ids=lambda value: getattr(value, "__name__", "outside" if value else "nothing"),
)
def test_nothing_is_reached_or_had_that_is_not_the_sandbox_s_own(
    scene: Scene,
    targets: list[tuple[str, str, int]],
    neighbour: str,
    place: Place,
    networking: bool,
) -> None:
    environment = {"TARGETS": json.dumps(targets), "NEIGHBOUR": neighbour}
    with scene.client() as client:
        told = json.loads(place(client, attacks.CODE, networking, environment))
    once = place is in_a_container_s_command
    assert told["reached"] == (["the outside"] if networking else [])
    assert told["in its name"] != "done"
    assert told["transparent"] == "EPERM"
    assert told["asking who is there"] == "EACCES"
    assert told["the agent"] == ([] if once else ["{'error': 'denied'}"])
    assert told["token of an account"] is False
    assert told["of others"] == 0
    if once:  # the first process is the pod's own, of the same user, and has nothing more
        assert {each.split()[1] for each in told["rights"]} == {"0" * 16}
        assert {each[-3:] for each in told["rights"]} == {"1 2"}
        assert set(told["written"]) <= {"/proc/1/oom_score_adj"}
    else:
        assert "done" not in told["its port"]
        assert told["of the first process"] == []
        assert told["rights"] == [NO_RIGHTS]
        assert told["written"] == []


@pytest.mark.parametrize("place", [in_a_session, in_a_container], ids=lambda place: place.__name__)
def test_the_kernel_refuses(scene: Scene, place: Place) -> None:
    with scene.client() as client:
        told = json.loads(place(client, attacks.ALL_OF_THE_KERNEL, False, {}))
    assert set(told) == set(attacks.KERNEL)
    assert [name for name, outcome in told.items() if "done" in outcome or not outcome] == []


@pytest.mark.short
async def test_what_an_account_has_is_not_there_for_another(scene: Scene) -> None:
    def client(name: str, number: int) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {KEYS[name]}"}
        return httpx.AsyncClient(base_url=scene.urls[number], headers=headers, timeout=150)

    async with client("alice", 0) as alice, client("bob", 0) as bob, client("bob", 1) as there:
        ids = await everything(alice)
        for each in (bob, there):
            await nothing_is_told(each, ids)
        same = {"Idempotency-Key": "the-same"}
        body = {"code": "1", "networking": False}
        ran = []
        for each in (alice, bob, there):
            answer = await each.post(EXECUTE, json=body, headers=same)
            ran.append(answer.json()["data"]["execution_id"])
        assert ran[0] != ran[1] == ran[2]
        await alice.delete(f"{SESSIONS}/{ids['session_id']}")
        await alice.delete(f"{CONTAINERS}/{ids['container_id']}")
