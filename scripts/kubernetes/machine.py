"""A machine: name spaces of its own, whose first process is `inside.py`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from scripts.kubernetes import cgroups
from scripts.kubernetes.build import Programs
from scripts.kubernetes.layout import ROOT, Layout

_SEPARATE = ["--net", "--mount", "--pid", "--ipc", "--uts"]


class Machine:
    """A machine that was switched on; `connected` lets it go on once its cables are laid.

    It ends with this process, whatever ends that. To be made in a thread that doesn't end before.
    """

    def __init__(self, name: str, layout: Layout, programs: Programs) -> None:
        self.name = name
        self._cgroup = f"{layout.cgroup}/{name}"
        cgroups.make(f"{self._cgroup}/system")
        folder = layout.machine(name)
        folder.mkdir(exist_ok=True)
        inside = [sys.executable, "-m", "scripts.kubernetes.inside"]
        command = ["setpriv", "--pdeathsig", "KILL"]
        command += ["unshare", *_SEPARATE, "--fork", "--kill-child", "--mount-proc"]
        command += [*inside, name, str(layout.folder), layout.cgroup, str(programs.folder)]
        with (folder / "first.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=os.environ | {"PATH": programs.path},
                start_new_session=True,  # Ctrl-C is for who started the cluster
            )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self._process.wait()
            raise RuntimeError(f"{name} didn't start:\n{(folder / 'first.log').read_text()}")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self.first = int(children.read_text())

    def configure_network(self, *lines: str) -> None:
        """What `ip` is to do in its network."""
        inside = ["nsenter", "--target", str(self.first), "--net"]
        subprocess.run(
            [*inside, "ip", "-batch", "-"], input="\n".join(lines), text=True, check=True
        )

    def connected(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    def cut_power(self) -> None:
        """End all that it runs, at once; what is on its disk stays."""
        if self._process.poll() is None:
            os.kill(self.first, signal.SIGKILL)  # its end is that of its name spaces
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        cgroups.remove(self._cgroup)


def lay_cable(one: Machine, its_end: str, other: Machine, other_end: str) -> None:
    """Connect two machines by a cable, whose ends are devices with these names.

    A cable with this end in `one` may be left from a machine that lost its power: it is taken away.
    """
    left = ["nsenter", "--target", str(one.first), "--net", "ip", "link", "delete", its_end]
    subprocess.run(left, capture_output=True)
    ends = ["netns", str(one.first), "type", "veth", "peer", "name", other_end, "netns"]
    subprocess.run(["ip", "link", "add", its_end, *ends, str(other.first)], check=True)
