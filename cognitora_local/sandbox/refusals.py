"""What was refused of what somebody inside wanted to reach: as it is told, and put together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MOST = 1024
"""Refusals that are told apart."""

_Key = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What somebody inside wanted to reach, and wasn't let.

    Attributes:
        protocol: `tcp`, `udp`, `icmp` or another; `dns` for a name that was to be looked up.
        target: the address, or the name; empty for all that were too many to be told apart.
        port: the port, where there is one.
        times: how often.
    """

    protocol: str
    target: str
    port: int | None
    times: int


class Refusals:
    """All that was refused, by one way out after the other. Each counts from its own beginning."""

    def __init__(self) -> None:
        self.of_program: list[Refusal] = []
        """What its program has refused, as it told last."""
        self.of_set: list[Refusal] = []
        """What nftables has refused, as it told last."""
        self._earlier: list[Refusal] = []

    def begin(self) -> None:
        """Another way out counts from here on: what was known before it stays known."""
        self._earlier = self.all()
        self.of_program, self.of_set = [], []

    def all(self) -> list[Refusal]:
        times: dict[_Key, int] = {}
        for each in (*self._earlier, *self.of_program, *self.of_set):
            key: _Key = each.protocol, each.target, each.port
            if key not in times and len(times) >= MOST:
                key = each.protocol, "", None
            times[key] = times.get(key, 0) + each.times
        return [Refusal(*key, count) for key, count in times.items()]


def added(before: Sequence[Refusal], after: Sequence[Refusal]) -> list[Refusal]:
    """What was refused meanwhile, and how often then."""
    times = {(each.protocol, each.target, each.port): each.times for each in before}
    since = [
        replace(each, times=each.times - times.get((each.protocol, each.target, each.port), 0))
        for each in after
    ]
    return [each for each in since if each.times > 0]


def of_program(said: bytes) -> list[Refusal]:
    """The answer of `forwarding/egress.py`. Raises ValueError when it is none."""
    try:
        return [_refusal(*each) for each in json.loads(said)]
    except (TypeError, LookupError) as error:
        raise ValueError(f"the program told it in another way: {error!r}") from error


def of_set(listed: str) -> list[Refusal]:
    """The elements of the set, as nft lists them in JSON. Raises ValueError when it lists none such."""
    try:
        return list(_elements(json.loads(listed)["nftables"]))
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"nft listed it in another way: {error!r}") from error


def _elements(entries: Iterable[dict[str, dict[str, object]]]) -> Iterable[Refusal]:
    for entry in entries:
        elements = entry.get("set", {}).get("elem", [])
        for element in elements if isinstance(elements, list) else []:
            inner = element.get("elem", {"val": element})
            target, protocol, port = inner["val"]["concat"]
            yield _refusal(protocol, target, port, inner.get("counter", {}).get("packets", 1))


def _refusal(protocol: object, target: object, port: object, times: object) -> Refusal:
    return Refusal(str(protocol), str(target), int(str(port)) or None, int(str(times)))
