"""Where everything of a cluster is: its folder, its addresses, its cgroups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""
FOLDER = ROOT / ".cache" / "kubernetes"
"""Where a cluster is that isn't told another place."""
MOST_NODES = 9
CONTROL_PLANE = "control-plane"
API_ADDRESS = "10.250.0.1"
API_PORT = 6443
SERVICES = "10.253.0.0/24"
API_SERVICE = "10.253.0.1"
PODS = "10.251.0.0/16"
OUTSIDE = "198.51.100.1"
"""Where the rest of the world is, as nodes and pods see it: on the control plane's machine."""
METADATA = "169.254.169.254"
"""Where clouds tell a machine who it is: on the control plane's machine as well."""
_OF_NODES = ("/run", "/var/lib", "/var/log")


@dataclass(frozen=True, slots=True)
class Layout:
    """A cluster in `folder`.

    Attributes:
        cgroup: the name of its cgroups' root, in every hierarchy.
    """

    folder: Path
    cgroup: str

    @property
    def kubeconfig(self) -> Path:
        """By which whoever is on this machine is its administrator."""
        return self.folder / "kubeconfig"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def machine(self, name: str) -> Path:
        """What a machine has on its disk. It outlives a loss of power."""
        return self.folder / name


@dataclass(frozen=True, slots=True)
class Node:
    """The node with a number, from 1 on."""

    number: int

    @property
    def name(self) -> str:
        return f"n{self.number}"

    @property
    def address(self) -> str:
        return f"10.250.0.{10 + self.number}"

    @property
    def pods(self) -> str:
        """The addresses of its pods."""
        return f"10.251.{self.number}.0/24"

    @property
    def nowhere(self) -> str:
        """Addresses that pods without a network are said to have, and that nobody has."""
        return f"10.252.{self.number}.0/24"

    @property
    def cable(self) -> str:
        """The end of its cable that is plugged into the control plane's bridge."""
        return f"to-{self.name}"


def control(folder: Path) -> Path:
    """The socket by which a cluster is told what to do."""
    return folder / "control.sock"


def refused(folder: Path) -> str:
    """Why a cluster can't be in a folder, or nothing."""
    for place in _OF_NODES:
        if folder.is_relative_to(place):
            return f"{folder} can't hold a cluster: nodes have a {place} of their own"
    return ""
