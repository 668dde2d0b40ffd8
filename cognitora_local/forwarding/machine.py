"""The addresses at which this machine itself answers."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

_LOOPBACK = IPv4Network("127.0.0.0/8")
# Beside what it answers at: itself, what is near it alone, and nobody.
_NEVER = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
    )
)


def addresses_of_this_machine() -> frozenset[IPv4Network]:
    """Every IPv4 address and prefix that this machine answers on, except those of its loopback.

    From all its routing tables: an address of an interface is a route of the type `local`, and so
    is a prefix for which an operator has added one.
    """
    found: set[IPv4Network] = set()
    address = ""
    for line in Path("/proc/net/fib_trie").read_text().splitlines():
        words = line.split()
        if words[0] == "|--":
            address = words[1]
        elif words[2:3] == ["LOCAL"]:
            found.add(IPv4Network(address + words[0]))
    return frozenset(each for each in found if not each.subnet_of(_LOOPBACK))


def is_outside(address: IPv4Address) -> bool:
    """Whether it is another machine's, as far as this one knows at the moment."""
    return not any(address in each for each in (*_NEVER, *addresses_of_this_machine()))
