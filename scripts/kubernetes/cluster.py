"""A running cluster, which ends with the process that runs it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.kubernetes import cgroups, credentials, node_settings
from scripts.kubernetes.api import Api
from scripts.kubernetes.build import Programs
from scripts.kubernetes.layout import (
    API_ADDRESS,
    API_PORT,
    CONTROL_PLANE,
    METADATA,
    MOST_NODES,
    OUTSIDE,
    ROOT,
    Layout,
    Node,
)
from scripts.kubernetes.machine import Machine, lay_cable
from tests.images import filesystems, image

_READY_WITHIN_S = 300
_RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"


class Cluster:
    """A control plane and nodes, in a folder that is its own. To be made in the main thread."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self._layout = Layout(folder, cgroups.name())
        self._programs = programs
        self._machines: dict[str, Machine] = {}
        self._proxy: subprocess.Popen[bytes] | None = None

    def up(self, nodes: int, unwanted: Callable[[], bool]) -> None:
        """Start it with so many nodes; returns when pods can be made, or it is unwanted.

        Raises:
            TimeoutError: it isn't ready in time. Its logs are kept beside its folder.
        """
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        credentials.make(self._layout, f"https://127.0.0.1:{listener.getsockname()[1]}")
        self._write_pause()
        control_plane = self._switch_on(CONTROL_PLANE)
        control_plane.configure_network(
            "link set lo up",
            "link add bridge type bridge",
            "link set bridge up",
            f"addr add {API_ADDRESS}/24 dev bridge",
            f"addr add {OUTSIDE}/32 dev lo",
            f"addr add {METADATA}/32 dev lo",
        )
        control_plane.connected()
        self._start_proxy(control_plane, listener)
        for number in range(1, nodes + 1):
            self.start_node(number)
        self._wait_until_ready(nodes, unwanted)

    def down(self) -> None:
        """End it, and remove all that it was."""
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.wait()
        for machine in reversed(self._machines.values()):
            machine.cut_power()
        cgroups.remove(self._layout.cgroup)
        shutil.rmtree(self._layout.folder)

    def start_node(self, number: int) -> None:
        """Switch a node on, for the first time or again."""
        node, control_plane = Node(number), self._machines[CONTROL_PLANE]
        if node.name in self._machines:
            raise ValueError(f"{node.name} runs")
        machine = self._switch_on(node.name)
        lay_cable(control_plane, node.cable, machine, "eth0")
        control_plane.configure_network(
            f"link set {node.cable} master bridge up",
            f"route replace {node.pods} via {node.address}",
        )
        others = [Node(other) for other in range(1, MOST_NODES + 1) if other != number]
        machine.configure_network(
            "link set lo up",
            f"addr add {node.address}/24 dev eth0",
            "link set eth0 up",
            *(f"route add {other.pods} via {other.address}" for other in others),
            *(f"route add {address} via {API_ADDRESS}" for address in (OUTSIDE, METADATA)),
        )
        machine.connected()

    def kill_node(self, number: int) -> None:
        """Have a node lose its power."""
        self._machines.pop(self._running(number).name).cut_power()

    def cut_cable(self, number: int) -> None:
        """Have a node run on without a network."""
        self._set_cable(number, "down")

    def mend_cable(self, number: int) -> None:
        """Undo `cut_cable`."""
        self._set_cable(number, "up")
        node = Node(number)  # whose route went with the device
        self._machines[CONTROL_PLANE].configure_network(
            f"route replace {node.pods} via {node.address}"
        )

    def load(self, archive: str) -> None:
        """Give every node that runs the images of an archive."""
        for name, machine in self._machines.items():
            if name != CONTROL_PLANE:
                ctr = ["nsenter", "--target", str(machine.first), "--mount", "--net"]
                ctr += [str(self._programs.packages / "usr/bin/ctr"), "--namespace=k8s.io"]
                done = subprocess.run(
                    [*ctr, "images", "import", archive], capture_output=True, text=True
                )
                if done.returncode:
                    raise ValueError(f"{name} can't import {archive}: {done.stderr.strip()}")

    def first_process(self, name: str) -> int:
        """The process id of a machine's first process: name spaces are entered by it."""
        if name not in self._machines:
            raise ValueError(f"{name} doesn't run")
        return self._machines[name].first

    def _running(self, number: int) -> Machine:
        name = Node(number).name
        if name not in self._machines:
            raise ValueError(f"{name} doesn't run")
        return self._machines[name]

    def _set_cable(self, number: int, state: str) -> None:
        self._running(number)
        cable = Node(number).cable
        self._machines[CONTROL_PLANE].configure_network(f"link set {cable} {state}")

    def _switch_on(self, name: str) -> Machine:
        machine = self._machines[name] = Machine(name, self._layout, self._programs)
        return machine

    def _start_proxy(self, control_plane: Machine, listener: socket.socket) -> None:
        with listener, (self._layout.folder / "api-proxy.log").open("wb") as log:
            inside = ["setpriv", "--pdeathsig", "KILL"]
            inside += ["nsenter", "--target", str(control_plane.first), "--net"]
            proxy = [sys.executable, "-m", "scripts.kubernetes.api_proxy", str(listener.fileno())]
            self._proxy = subprocess.Popen(
                [*inside, *proxy, API_ADDRESS, str(API_PORT)],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    def _write_pause(self) -> None:
        """The image of each pod's first process: catatonit, which reaps and waits."""
        program = self._programs.packages / "usr/bin/catatonit"
        pause = image.Image(
            filesystems.one_program(program, "catatonit"), entrypoint=["/catatonit", "-P"]
        )
        archive = image.archive(pause, [node_settings.PAUSE])
        (self._layout.folder / "pause.tar").write_bytes(archive)

    def _wait_until_ready(self, nodes: int, unwanted: Callable[[], bool]) -> None:
        until = time.monotonic() + _READY_WITHIN_S
        api = Api(self._layout.kubeconfig)
        isolated = {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": node_settings.ISOLATED},
            "handler": node_settings.ISOLATED,
        }
        steps = [
            api.ready,
            lambda: _ready_nodes(api) == nodes,
            lambda: bool(api.json("/api/v1/namespaces/default/serviceaccounts/default")),
            lambda: bool(api.json(_RUNTIME_CLASSES, isolated)),
        ]
        for step in steps:
            while not unwanted() and not _succeeds(step):
                if time.monotonic() > until:
                    kept = self._keep_logs()
                    raise TimeoutError(
                        f"the cluster isn't ready after {_READY_WITHIN_S} s: see {kept}"
                    )
                time.sleep(0.1)

    def _keep_logs(self) -> Path:
        kept = self._layout.folder.with_name(f"{self._layout.folder.name}.failed")
        shutil.rmtree(kept, ignore_errors=True)
        for log in self._layout.folder.glob("*/logs/*.log"):
            copy = kept / log.parent.parent.name / log.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, copy)
        return kept


def _ready_nodes(api: Api) -> int:
    conditions = (
        condition
        for node in api.json("/api/v1/nodes")["items"]
        for condition in node["status"].get("conditions", [])
    )
    return sum(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _succeeds(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except OSError:
        return False
