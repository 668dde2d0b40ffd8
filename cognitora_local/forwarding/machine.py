"""The addresses at which this machine itself answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path

_LOOPBACK = IPv4Network("127.0.0.0/8")
# Beside what it answers at: itself, what is near it alone, and nobody.
_NEVER = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_PODMANS_MARK, _DOCKERS_MARK = Path("/run/.containerenv"), Path("/.dockerenv")
# By which engines lead to the machine that they are on: in a virtual machine, to that one's own loopback.
_ENGINES_NAMES = {"host.docker.internal", "gateway.docker.internal", "host.containers.internal"}


@cache
def is_container() -> bool:
    """Whether this machine is a container of Podman or Docker.

    Virtual machines made from an image have Docker's mark too, and a whole file system as their root.
    """
    if _PODMANS_MARK.exists():
        return True
    if not _DOCKERS_MARK.exists():
        return False
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    root = next(fields for fields in mounts if fields[4] == "/")
    return root[3] != "/" or "overlay" in root[root.index("-") + 1]


def addresses_of_this_machine() -> frozenset[IPv4Network]:
    """Every IPv4 address and prefix that this machine answers on, except those of its loopback.

    From all its routing tables: an address of an interface is a route of the type `local`, and so
    is a prefix for which an operator has added one. In a container, those too by which it reaches the
    machine that its engine is on.
    """
    found = set(_of_engines_machine()) if is_container() else set[IPv4Network]()
    address = ""
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        words = line.split()
        if words[0] == "|--":
            address = words[1]
        elif words[2:3] == ["LOCAL"]:
            found.add(IPv4Network(address + words[0]))
    return frozenset(each for each in found if not each.subnet_of(_LOOPBACK))


def _of_engines_machine() -> Iterator[IPv4Network]:
    """The gateway, and what /etc/hosts names after the machine."""
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _, target, gateway, *_ = line.split()
        if target == "00000000" and gateway != "00000000":
            yield IPv4Network(int.from_bytes(bytes.fromhex(gateway), "little"))
    with suppress(OSError):
        for line in Path("/etc/hosts").read_text().splitlines():
            address, *names = line.partition("#")[0].split() or [""]
            with suppress(AddressValueError):
                if _ENGINES_NAMES.intersection(names):
                    yield IPv4Network(IPv4Address(address))


def is_outside(address: IPv4Address) -> bool:
    """Whether it is another machine's, as far as this one knows at the moment."""
    return not any(address in each for each in (*_NEVER, *addresses_of_this_machine()))
