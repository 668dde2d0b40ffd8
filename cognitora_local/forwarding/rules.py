"""Egress: what may be reached from inside, name by name and address by address.

A rule is `pypi.org`, `*.pythonhosted.org`, `93.184.216.34` or `10.1.0.0/16`, and behind a colon the port
or the ports, as in `10.1.0.0/16:5432` and `example.com:8000-8010`; without them any port.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

MOST_RULES = 256
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)*{_LABEL}\.?")
_RULE = re.compile(r"(?P<target>[^:]+)(?::(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?)?")
_NUMBERS = re.compile(r"[0-9.]+(/[0-9]+)?")


class Rule:
    """One entry of a list. Raises ValueError, with what is wrong with it, for what is none."""

    def __init__(self, text: str) -> None:
        found = _RULE.fullmatch(text)
        if found is None:
            raise ValueError(
                "is no name or IPv4 address with a port: write pypi.org, *.pythonhosted.org, "
                "example.com:443, 10.1.0.0/16:5432 or 10.1.2.3:8000-8010"
            )
        self.text = text
        self.first, self.last = _ports(found["first"], found["last"])
        self.network: IPv4Network | None = None
        self.name = ""
        target = found["target"]
        if _NUMBERS.fullmatch(target):
            self.network = _network(target)
        elif len(target) <= 253 and _NAME.fullmatch(target):
            self.name = target.lower().rstrip(".")
        else:
            raise ValueError(
                "is no host name: one is of letters, digits, - and _, with dots between"
            )

    def names(self, name: str) -> bool:
        """Whether it is about a name, which is in lower case."""
        if self.name.startswith("*."):
            return name.endswith(self.name[1:]) and len(name) > len(self.name) - 1
        return self.name == name

    def has_port(self, port: int) -> bool:
        return self.first <= port <= self.last


class Rules:
    """A whole list: what isn't in it may not be reached."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises ValueError for the first that is no rule."""
        self._rules = [Rule(text) for text in texts]

    def allow_name(self, name: str, port: int | None = None) -> bool:
        """Whether a name may be looked up, or reached at a port."""
        return any(
            rule.names(name) and (port is None or rule.has_port(port)) for rule in self._rules
        )

    def allow_address(self, address: IPv4Address, port: int) -> bool:
        """Whether an address is listed itself, whatever names it has."""
        return any(
            rule.network is not None and address in rule.network and rule.has_port(port)
            for rule in self._rules
        )


def _ports(first: str | None, last: str | None) -> tuple[int, int]:
    if first is None:
        return 1, 65535
    found = int(first), int(last or first)
    if not 1 <= found[0] <= found[1] <= 65535:
        raise ValueError("has no such port: ports are from 1 to 65535, the lower one first")
    return found


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"is no address or range of addresses: {error}") from None
