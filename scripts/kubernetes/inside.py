"""The first process of a machine, in its name spaces: `python -m scripts.kubernetes.inside`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from scripts.kubernetes import cgroups, control_plane, node
from scripts.kubernetes.build import Programs
from scripts.kubernetes.daemons import run
from scripts.kubernetes.layout import CONTROL_PLANE, Layout, Node


def main(name: str, folder: str, cgroup: str, programs: str) -> None:
    """Never returns, but where it is told by the end of its input that it isn't wanted."""
    layout, built = Layout(Path(folder), cgroup), Programs(Path(programs))
    socket.sethostname(name)
    cgroups.join(f"{cgroup}/{name}/system")
    logs = layout.machine(name) / "logs"
    logs.mkdir(exist_ok=True)
    if name == CONTROL_PLANE:
        daemons = control_plane.prepare(layout)
    else:
        daemons = node.prepare(Node(int(name.removeprefix("n"))), layout, built)
    print("ready", flush=True)
    if sys.stdin.readline():
        run(daemons, logs)


if __name__ == "__main__":
    main(*sys.argv[1:])
