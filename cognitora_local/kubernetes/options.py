"""How pods are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

IMAGE = "docker.io/library/python:3.13"


@dataclass(frozen=True, slots=True)
class PodOptions:
    """What pods are made with.

    Attributes:
        image: their image, which has Python 3.11 or later as `python3`.
        namespace: where they are; None: the one that is configured.
        runtime_class: the RuntimeClass they run by; None: the cluster's default.
        networking: whether those that ask for it reach the outside.
        cluster_ranges: what isn't the outside, beside the addresses that are nobody's own in the internet.
        nameservers: who tells them names; empty: the cluster's DNS.
        silence_seconds: after which a pod ends when it has heard of no gateway.
        life_seconds: how long a session or a persistent container may live. The cluster ends its pod some
            time after that, as the last resort.
        warm: how many are kept started of each language and network, by all gateways together.
    """

    image: str = IMAGE
    namespace: str | None = None
    runtime_class: str | None = None
    networking: bool = True
    cluster_ranges: Sequence[str] = ()
    nameservers: Sequence[str] = ()
    silence_seconds: float = 60.0
    life_seconds: int = 7 * 24 * 60 * 60
    warm: int = 0
