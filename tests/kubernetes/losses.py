"""What may be lost, or cut off, under the gateways of a cluster while they serve."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import psycopg

from cognitora_local.store.postgresql import SCHEMA
from tests.kubernetes.cluster import Cluster, until
from tests.kubernetes.gateways import KEY, Starting
from tests.kubernetes.relays import Relay, local, to, to_any
from tests.postgresql import PostgresqlServer

CUT_S = 6.0
"""For how long a network is cut: longer than what is asked each second, shorter than a lease."""

STARTS = 5
"""How often a gateway is started that doesn't get ready, since what it needs is lost meanwhile."""

FENCED = 75
"""The exit status of a gateway that was taken for dead."""


class Serving:
    """A gateway with relays to its database and to the cluster's API, and one by which others reach it."""

    def __init__(
        self, cluster: Cluster, place: str, folder: Path, database: PostgresqlServer
    ) -> None:
        folder.mkdir()
        self._stack = ExitStack()
        self._folder, self._place, self._starts = folder, place, 0
        kubeconfig = json.loads(cluster.kubeconfig.read_text())
        server = kubeconfig["clusters"][0]["cluster"]
        host, _, port = server["server"].removeprefix("https://").rpartition(":")
        listener = local()
        server["server"] = f"https://127.0.0.1:{listener.getsockname()[1]}"
        (folder / "kubeconfig").write_text(json.dumps(kubeconfig))
        self.to_api = self._stack.enter_context(Relay(listener, to((host, int(port)))))
        listener = local(str(folder / database.socket.name))
        self.to_database = self._stack.enter_context(Relay(listener, to(str(database.socket))))
        self.address: tuple[str, int] | None = None
        """Where a balancer finds it."""
        self._at: list[tuple[str, int]] = []
        listener = local()
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.to_it = self._stack.enter_context(Relay(listener, to_any(lambda: self._at)))

    def start(self, records: str) -> None:
        """Start it, or start it again; returns when it is ready. What it needs may be away at first."""
        options = ["--api-key", KEY, "--warm-kernels", "1", "--gateway-url", self.url]
        options += ["--database", f"postgresql://postgres@/{records}?host={self._folder}"]
        options += ["--data-dir", str(self._folder / "data")]
        for attempt in range(1, STARTS + 1):
            self._starts += 1
            log = self._folder / f"stderr-{self._starts}"
            self.started = Starting(self._folder / "kubeconfig", self._place, log, *options)
            try:
                ready = self.started.ready()
            except AssertionError:
                self.started.reap()
                if attempt == STARTS:
                    raise
            else:
                host, _, port = ready["base_url"].removeprefix("http://").rpartition(":")
                self.address = (host, int(port))
                self._at = [self.address]
                return

    def kill(self) -> None:
        self.address = None
        self.started.end()

    def expect(self, status: int) -> None:
        """Returns when it has ended so."""
        self.address = None
        self.started.reap()
        assert self.started.process.returncode == status

    def end(self) -> None:
        self.kill()
        self._stack.close()


class World:
    """Gateways behind a balancer, which share their records, and all that they stand on."""

    def __init__(
        self, cluster: Cluster, place: str, folder: Path, database: PostgresqlServer, count: int
    ) -> None:
        self.cluster, self.place, self.database = cluster, place, database
        self.records = place.replace("-", "_")
        database.made(self.records)
        self.gateways = [
            Serving(cluster, place, folder / f"gateway-{number}", database)
            for number in range(count)
        ]
        self._threads = ThreadPoolExecutor()
        self._starting: dict[Serving, Future[None]] = {}
        for each in self.gateways:
            self.start(each)
        wait(self._starting.values())
        listener = local()
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        there = to_any(lambda: [each.address for each in self.gateways if each.address])
        self._stack = ExitStack()
        for each in self.gateways:
            self._stack.callback(each.end)
        self._stack.callback(lambda: wait(self._starting.values()))
        self.from_callers = self._stack.enter_context(Relay(listener, there))

    def serving(self) -> list[Serving]:
        """The gateways that are ready; all that were to be, where none is."""
        if not any(each.address for each in self.gateways):
            wait(self._starting.values())
        return [each for each in self.gateways if each.address]

    def start(self, gateway: Serving) -> None:
        """Have it be ready again, sooner or later."""
        self._starting[gateway] = self._threads.submit(gateway.start, self.records)

    def lives(self, gateway: Serving) -> bool:
        """Whether the database has it among the living."""
        with psycopg.connect(self.database.url(self.records)) as connection:
            asked = f"SELECT 1 FROM {SCHEMA}.gateways WHERE url = %s"
            return connection.execute(asked.encode(), [gateway.url]).fetchone() is not None

    def fallen(self) -> list[str]:
        """Start what has ended by itself, or hasn't started, and tell of it."""
        told = []
        for number, each in enumerate(self.gateways):
            starting = self._starting[each]
            if starting.done() and (error := starting.exception()) is not None:
                told.append(f"gateway {number} didn't start: {error!r}")
                self.start(each)
            elif each.address and (status := each.started.process.poll()) is not None:
                told.append(f"gateway {number} has ended by itself, with status {status}")
                each.kill()
                self.start(each)
        return told

    def end(self) -> None:
        """Once, or again."""
        self._stack.close()


Loss = Callable[[World, random.Random], None]


def gateway(world: World, chance: random.Random) -> None:
    lost = chance.choice(world.serving())
    lost.kill()
    world.start(lost)


def gateway_that_stands_still(world: World, chance: random.Random) -> None:
    lost = chance.choice(world.serving())
    lost.started.process.send_signal(signal.SIGSTOP)
    lost.address = None
    until(lambda: not world.lives(lost))
    lost.started.process.send_signal(signal.SIGCONT)
    lost.expect(FENCED)
    world.start(lost)


def gateway_that_is_told_to_end(world: World, chance: random.Random) -> None:
    lost = chance.choice(world.serving())
    lost.started.process.send_signal(signal.SIGTERM)
    lost.expect(0)
    world.start(lost)


def database(world: World, _: random.Random) -> None:
    world.database.kill()
    world.database.start()


def api_server(world: World, _: random.Random) -> None:
    inside = world.cluster.inside("control-plane", "pid", "mount")
    kill = "cd /proc; kill -KILL $(grep -l kube-apiserver [0-9]*/comm | cut -d/ -f1)"
    subprocess.run([*inside, "sh", "-c", kill], check=True)
    until(lambda: world.cluster.tried("get", "--raw", "/readyz").stdout == "ok")


def agents(world: World, chance: random.Random) -> None:
    """One of each node: the first process of a pod."""
    find = 'cd /proc; grep -lE "^NSpid:.[0-9]+.1$" [0-9]*/status; grep -l python3 [0-9]*/comm'
    for number in range(1, 4):
        inside = world.cluster.inside(f"n{number}", "pid", "mount")
        shown = subprocess.run([*inside, "sh", "-c", find], capture_output=True, text=True).stdout
        pids = [line.partition("/")[0] for line in shown.splitlines()]
        if there := sorted({pid for pid in pids if pids.count(pid) == 2}):
            subprocess.run([*inside, "kill", "-KILL", chance.choice(there)], capture_output=True)


def node(world: World, _: random.Random) -> None:
    world.cluster.kill_node(3)
    world.cluster.start_node(3)
    world.cluster.wait("node/n3", "condition=Ready")


def cable_of_a_node(world: World, chance: random.Random) -> None:
    number = chance.randint(1, 3)
    world.cluster.cut_cable(number)
    time.sleep(CUT_S)
    world.cluster.mend_cable(number)


def way_to_the_database(world: World, chance: random.Random) -> None:
    with chance.choice(world.serving()).to_database.cut():
        time.sleep(CUT_S)


def way_to_the_api(world: World, chance: random.Random) -> None:
    with chance.choice(world.serving()).to_api.cut():
        time.sleep(CUT_S)


def way_to_the_database_for_long(world: World, chance: random.Random) -> None:
    lost = chance.choice(world.serving())
    with lost.to_database.cut():
        until(lambda: not world.lives(lost))
    lost.expect(FENCED)
    world.start(lost)


def way_to_a_gateway(world: World, chance: random.Random) -> None:
    """From the others."""
    with chance.choice(world.serving()).to_it.cut():
        time.sleep(CUT_S)


def way_to_a_gateway_that_breaks(world: World, chance: random.Random) -> None:
    with chance.choice(world.serving()).to_it.broken():
        time.sleep(CUT_S)


def way_of_callers(world: World, _: random.Random) -> None:
    with world.from_callers.cut():
        time.sleep(CUT_S)


def way_of_callers_that_breaks(world: World, _: random.Random) -> None:
    with world.from_callers.broken():
        pass


def cables(world: World, _: random.Random) -> None:
    """Of all nodes: what is between the API and all pods."""
    for number in range(1, 4):
        world.cluster.cut_cable(number)
    time.sleep(CUT_S)
    for number in range(1, 4):
        world.cluster.mend_cable(number)


LOSSES: dict[str, Loss] = {
    each.__name__: each
    for each in (
        gateway,
        gateway_that_stands_still,
        gateway_that_is_told_to_end,
        database,
        api_server,
        agents,
        node,
        cable_of_a_node,
        cables,
        way_to_the_database,
        way_to_the_database_for_long,
        way_to_the_api,
        way_to_a_gateway,
        way_to_a_gateway_that_breaks,
        way_of_callers,
        way_of_callers_that_breaks,
    )
}

HARMLESS = (gateway_that_is_told_to_end,)
"""After which every call is done to its end: a rolling update loses nothing."""
